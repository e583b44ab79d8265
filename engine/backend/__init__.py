"""Where stacks live: a folder in Pulumi's own layout, so that the pulumi CLI opens the same state."""

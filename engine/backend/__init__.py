"""The state folder. It has Pulumi's own layout, so the pulumi CLI opens the same state."""

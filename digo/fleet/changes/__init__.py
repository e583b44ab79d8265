"""Which stacks the changes since a commit reach."""

"""fleet.yaml: what it may have, and what it says of the project's stacks."""

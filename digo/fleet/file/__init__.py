"""fleet.yaml: what may stand in it, and what it says of the project's stacks."""

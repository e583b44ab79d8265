"""The plan of a fleet: what an up of each of its stacks would do."""

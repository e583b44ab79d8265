"""The fields of agents, in one table, and the types of their values."""

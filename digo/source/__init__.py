"""YAML with positions: reading it, substituting variables, explaining problems, quoting lines."""

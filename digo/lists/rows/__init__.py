"""The rows of a list as config wants them: numbers, values, positions, and what is suppressed."""

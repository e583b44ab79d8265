"""The command line, with the pulumi CLI's commands and flags. Each command has a small file."""

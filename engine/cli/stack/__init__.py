"""`stack`: make, choose, look at, move and remove stacks."""

from engine.cli.stack.commands import stack

__all__ = ["stack"]

"""`stack`: create, select, show, import, export, rename and remove stacks."""

from engine.cli.stack.commands import stack

__all__ = ["stack"]

"""Many stacks in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from digo.text.counts import counted

NAMED = 5
"""How many a message names."""


def some(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more:,} more" if more > 0 else "")


def these(names: Sequence[str]) -> str:
    """How many stacks, their first names, and the verb: `2 stacks (a, b) are`."""
    return f"{counted(len(names), 'stack')} ({some(names)}) {'is' if len(names) == 1 else 'are'}"

"""Many stacks in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from digo.text.counts import counted
from digo.text.counts import some as some


def these(names: Sequence[str]) -> str:
    """How many stacks, their first names, and the verb: `2 stacks (a, b) are`."""
    return f"{counted(len(names), 'stack')} ({some(names)}) {'is' if len(names) == 1 else 'are'}"

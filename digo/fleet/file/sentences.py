"""Many stacks in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from digo.text.counts import counted, some


def stacks_are(names: Sequence[str]) -> str:
    """How many stacks there are, their first names, and the verb: `2 stacks (a, b) are`."""
    return f"{counted(len(names), 'stack')} ({some(names)}) {'is' if len(names) == 1 else 'are'}"

"""Samples of long listings: the first lines, the number of the others, and how to see all.

Whatever prints or joins over entries uses it, so that nothing prints a thousand lines by itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

SAMPLE = 20
"""How many lines a listing has by itself."""
MOST_KINDS = 10

# Whatever differs between two messages of one kind: quoted values, and tokens with a digit. A token is looked through
# at its start, and behind a quoted value; from each of its letters, a long one would take minutes.
_VALUE = re.compile(r"`[^`]*`|\"[^\"]*\"|'[^']*'|(?<![^\s`\"'])\S*\d\S*")


def sample(lines: Sequence[str], see_all: str, most: int | None = SAMPLE) -> list[str]:
    """At most `most` lines, and a last one with the number of the others.

    Args:
        lines: all lines.
        see_all: how to see all: "--all lists them".
        most: how many lines are kept; None for all.
    """
    if most is None or len(lines) <= most:
        return list(lines)
    return [*lines[:most], f"and {len(lines) - most:,} more; {see_all}"]


def kind_of(text: str) -> str:
    """A message without what differs between messages of its kind: `…` for values in quotes and for numbers."""
    return _VALUE.sub("…", text)


def counts_of_kinds(kinds: Iterable[str], most: int = MOST_KINDS) -> list[str]:
    """A line for each kind of message with its count, the most frequent first: `980 x is not a phone number: …`."""
    counts = sorted(Counter(kinds).items(), key=lambda one: (-one[1], one[0]))
    lines = [f"{count:,} x {kind}" for kind, count in counts]
    rest = len(lines) - most
    if rest <= 1:
        return lines
    return [*lines[:most], f"and {sum(count for _, count in counts[most:]):,} of {rest:,} other kinds"]

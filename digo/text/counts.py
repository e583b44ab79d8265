"""Counts in words. JSON has plain numbers instead."""

from __future__ import annotations

from collections.abc import Sequence

NAMED = 5
"""How many of many names a message has."""


def counted(count: int, thing: str, things: str | None = None) -> str:
    """The count with its noun: `1 lead`, `2 leads`, `1,000 leads`. `things` is an irregular plural."""
    return f"{count:,} {thing if count == 1 else things or plural(thing)}"


def at_most(count: int, unit: str = "") -> str:
    """The clause of a limit that was passed: `at most 1 is allowed`, `at most 30 % are allowed`."""
    return f"at most {count:,}{unit} {'is' if count == 1 else 'are'} allowed"


def plural(thing: str) -> str:
    """The plural: `entries`, `branches`, `rows`. The last word of several gets the ending."""
    if thing.endswith("y") and thing[-2:-1] not in "aeiou":
        return f"{thing[:-1]}ies"
    return f"{thing}es" if thing.endswith(("s", "x", "ch", "sh")) else f"{thing}s"


def some(names: Sequence[str]) -> str:
    """The first names, and how many more there are: `a, b, c, d, e and 495 more`."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more:,} more" if more > 0 else "")

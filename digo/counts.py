"""How many of something, in words. JSON has plain numbers instead."""

from __future__ import annotations


def counted(count: int, thing: str, things: str | None = None) -> str:
    """`1 lead`, `2 leads`, `1,000 leads`. `things` is a plural that no rule gives."""
    return f"{count:,} {thing if count == 1 else things or plural(thing)}"


def plural(thing: str) -> str:
    """The word for several: `entries`, `branches`, `rows`. Of several words the last one has the ending."""
    if thing.endswith("y") and thing[-2:-1] not in "aeiou":
        return f"{thing[:-1]}ies"
    return f"{thing}es" if thing.endswith(("s", "x", "ch", "sh")) else f"{thing}s"

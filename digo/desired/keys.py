"""What no two entries may share: keys, natural keys and former keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from digo.source.positions import Position
from digo.source.problems import Problem
from digo.text.names import invisible_difference, look_alike

Uses = Mapping[str, Sequence[tuple[str, Position]]]


def duplicate_problems(kind: str, what: str, uses: Uses) -> Iterable[Problem]:
    """A problem for each use of a value after the first. `uses` maps each value to its keys and positions."""
    for found in uses.values():
        first_key, first = found[0]
        for key, position in found[1:]:
            where = f"{kind}.{key}" if what == "key" else f"{kind}.{key}.{what}"
            owner = "this key" if what == "key" else f"`{first_key}` has the same {what}; it"
            yield Problem(position, where, f"{owner} is already at {first}")


def alike(kind: str, keys: Uses) -> Iterable[Problem]:
    """A problem for each key that looks like an earlier one. `keys` maps each key to its positions."""
    first: dict[str, tuple[str, Position]] = {}
    for key, found in keys.items():
        other, there = first.setdefault(look_alike(key), (key, found[0][1]))
        if other != key:
            why = invisible_difference(key, other) or "they differ only in the spelling of their characters"
            message = f"this key looks like the one at {there} ({why}); give one of them another name"
            yield Problem(found[0][1], f"{kind}.{key}", message)


def duplicate_renames(kind: str, formerly: Iterable[tuple[str, str, Position]], keys: Uses) -> Iterable[Problem]:
    """A problem for each former key that is still in use, or that two entries claim.

    `formerly` has the former key, the current key and the position.
    """
    claimed: dict[str, Position] = {}
    for old, key, position in formerly:
        where = f"{kind}.{key}.formerly"
        if old in keys:
            yield Problem(position, where, f"`{old}` is a key still, at {keys[old][0][1]}")
        elif old in claimed:
            yield Problem(position, where, f"`{old}` is said to be the former key of another entry, at {claimed[old]}")
        claimed.setdefault(old, position)

"""Divides the room of a text among its parts, so that no part hides another one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, takewhile


def fair_shares(needs: Sequence[int], room: int, least: int) -> list[int]:
    """How much room each part gets: what it needs, or an equal share of what the smaller parts leave.

    Where the room is too small for a useful share (`least`), the first parts get that, and the last ones nothing.
    """
    shares = [0] * len(needs)
    left = room
    by_need = sorted(range(len(needs)), key=lambda index: needs[index])
    for place, index in enumerate(by_need):
        shares[index] = max(0, min(needs[index], left // (len(needs) - place)))
        left -= shares[index]
    if all(share >= min(need, least) for share, need in zip(shares, needs, strict=True)):
        return shares
    left = room
    for index, need in enumerate(needs):
        share = min(need, least)
        shares[index] = share if share <= left else 0
        left -= shares[index]
    return shares


def count_that_fit(sizes: Iterable[int], room: int) -> int:
    """How many rows of these sizes fit into the room, from the first one on."""
    return sum(1 for _ in takewhile(lambda end: end <= room, accumulate(sizes)))

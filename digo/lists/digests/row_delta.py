"""What differs between two versions of a list, row by row, without a number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

PRIME = 2**31 - 1
"""Digests of rows are reduced to the field of this many elements, and the sums of a sketch are in it."""


class RowId(NamedTuple):
    """Names a row without its number: its bucket, and the digest `n` of its number.

    Two numbers of a list of a million rows have one id in one list of ten. If one of them differs, both count as such.
    """

    bucket: int
    n: int


@dataclass(frozen=True)
class RowDelta:
    """What makes the new version of a row out of the old one. To add it to a sketch of the old list does just that.

    Attributes:
        id: the row.
        d1: the first digest of the new row less that of the old one, modulo `PRIME`. A missing row has the digest 0.
        d2: the same of the second digest.
        count: 1 for a new row, 0 for a changed one, -1 for one that is gone.
    """

    id: RowId
    d1: int
    d2: int
    count: int

    @property
    def undone(self) -> RowDelta:
        """The delta from the new version to the old one."""
        return RowDelta(self.id, -self.d1 % PRIME, -self.d2 % PRIME, -self.count)


@dataclass(frozen=True)
class SketchDifference:
    """The difference between two sketches.

    Attributes:
        rows: the rows that differ, sorted by `id`. With them, all buckets but those in `whole` are exactly equal.
        whole: the buckets that differ and did not decode, in order. Nothing is known of their rows but counts.
    """

    rows: tuple[RowDelta, ...]
    whole: tuple[int, ...]

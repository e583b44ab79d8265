"""A sketch of a list's rows, of constant size. From two sketches follows which rows differ, if not too many do.

A sketch is a set of sums over a list's rows, modulo the prime 2**31 - 1. Each row has a digest `n` of its number and two
digests `c1` and `c2` of all of it (`digo.lists.row_digests`). A cell has Σc1, Σc2, Σc1·n, Σc2·n and a count. If one
number differs between two sketches in a cell, the differences d1 and d2 of the first two sums are the row's, its n is
the third one divided by d1, and the fourth one proves it. What was found is taken out of the other cells that have it,
which may show the next (peeling: Goodrich, Mitzenmacher 2011; Eppstein, Goodrich, Uyeda, Varghese: *What's the
Difference?*, 2011). Each row is in one cell of its bucket, and in one further cell of each of four tables.

Sketches add up: that of a list is the sum of those of its parts, in any order. It has no number in it, and without the
ledger key nothing can be compared with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from digo.lists.row_digests import RowDigests


class RowId(NamedTuple):
    """Names a row without its number: its bucket, and the digest `n` of its number.

    In a list of a million rows, one list in ten has two rows with one id somewhere. Both count as differing then.
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
        raise NotImplementedError


@dataclass(frozen=True)
class SketchDifference:
    """The difference between two sketches.

    Attributes:
        rows: the rows that differ, sorted by `id`. With them, all buckets but those in `whole` are exactly equal.
        whole: the buckets that differ and did not decode, in order. Nothing is known of their rows but counts.
    """

    rows: tuple[RowDelta, ...]
    whole: tuple[int, ...]


class Sketch:
    """A sketch of the rows of one shard: of every `of`-th bucket from `index` on. It never changes.

    `complete` is False if its further cells are unknown, because a bucket was replaced without its old rows. Then only
    rows that are alone in their bucket can be found.
    """

    index: int
    of: int
    complete: bool

    @classmethod
    def empty(cls, index: int, of: int) -> Sketch:
        """The sketch of no row."""
        raise NotImplementedError

    @classmethod
    def of_rows(cls, digests: RowDigests, index: int, of: int) -> Sketch:
        """The sketch of one shard of these rows. Rows of other shards are left out."""
        raise NotImplementedError

    @property
    def rows(self) -> int:
        """How many rows it has."""
        raise NotImplementedError

    @property
    def counts(self) -> Mapping[int, int]:
        """How many rows each bucket has that has any."""
        raise NotImplementedError

    def digest(self, bucket: int) -> bytes:
        """The digest of a bucket's rows: 62 bits in 8 bytes, `NO_ROWS` if it has none."""
        raise NotImplementedError

    def differing(self, have: Sketch) -> tuple[int, ...]:
        """The buckets that are not the same in both, in order."""
        raise NotImplementedError

    def plus(self, other: Sketch) -> Sketch:
        """The sketch of the rows of both. A row that both have counts twice.

        Raises:
            ValueError: they are not of the same shard.
        """
        raise NotImplementedError

    def minus(self, other: Sketch) -> Sketch:
        """The sketch of its rows without those of the other.

        Raises:
            ValueError: they are not of the same shard.
        """
        raise NotImplementedError

    def with_deltas(self, deltas: Iterable[RowDelta]) -> Sketch:
        """The sketch after these changes. It copies 90 KB, so give it many at once."""
        raise NotImplementedError

    def with_bucket(self, bucket: int, of_other: Sketch) -> Sketch:
        """The sketch with a bucket as the other one has it. It is not complete, unless they have the bucket alike."""
        raise NotImplementedError

    def difference(self, have: Sketch, known_empty: Collection[int] = ()) -> SketchDifference:
        """What makes this sketch out of another one.

        Args:
            have: the sketch of the old rows.
            known_empty: buckets to leave out of the result. The caller knows that all of their rows are new.

        Raises:
            ValueError: they are not of the same shard.
        """
        raise NotImplementedError

    def to_text(self) -> str:
        """The sketch as one text for the state. It needs no escape in JSON."""
        raise NotImplementedError

    @classmethod
    def from_text(cls, text: str, index: int, of: int) -> Sketch:
        """The sketch in a text of `to_text`.

        Raises:
            ValueError: it is no such text, or of another shard.
        """
        raise NotImplementedError


NO_ROWS = bytes(8)


def is_sketch(text: str) -> bool:
    """Whether a text of the state is a sketch; otherwise it has the bucket digests of version 1, or nothing."""
    raise NotImplementedError


def sketches_of(digests: RowDigests, of: int) -> tuple[Sketch, ...]:
    """The sketches of all shards of these rows, made in one pass."""
    raise NotImplementedError

"""A sketch of a list's rows, of constant size. From two sketches follows which rows differ, if not too many do.

A sketch is a set of sums over a list's rows, modulo the prime 2**31 - 1. Each row has a digest `n` of its number, and
two digests `c1` and `c2` of all of it (`row_digests`). A cell has Σc1, Σc2, Σc1·n, Σc2·n and a count. If one
number differs between two sketches in a cell, the differences d1 and d2 of the first two sums are the row's, its n is
the third one divided by d1, and the fourth one proves it. What was found is taken out of the other cells that have it,
which may show the next (peeling: Goodrich, Mitzenmacher 2011; Eppstein, Goodrich, Uyeda, Varghese: *What's the
Difference?*, 2011). Each row is in the cell of its bucket, and in one further cell of each of three tables.

Sketches add up: that of a list is the sum of those of its parts, in any order. It has no number in it, and without the
ledger key nothing can be compared with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np

from digo.lists.digests.bucket_digests import BUCKETS
from digo.lists.digests.row_delta import PRIME, RowDelta, RowId, SketchDifference
from digo.lists.digests.row_digests import RowDigests
from digo.lists.digests.sketch_cells import Cells, Units, cells_of_shard, sum_rows
from digo.lists.digests.sketch_decoding import Peeling
from digo.lists.digests.sketch_text import BEGINNING, from_text, to_text

__all__ = [
    "NO_ROWS",
    "PRIME",
    "RowDelta",
    "RowId",
    "Sketch",
    "SketchDifference",
    "is_sketch",
    "new_row_deltas",
    "sketches_of",
]

NO_ROWS = bytes(8)
"""The digest of a bucket without rows."""


class Sketch:
    """A sketch of the rows of one shard: of every `of`-th bucket from `index` on. It never changes.

    `complete` is False if its further cells are unknown, because a bucket was replaced without its old rows. Then only
    rows that are alone in their bucket can be found.
    """

    def __init__(self, cells: Cells, index: int, of: int, *, complete: bool = True) -> None:
        self.index = index
        self.of = of
        self.complete = complete
        self._cells = cells if complete else cells.without_further()

    @classmethod
    def empty(cls, index: int, of: int) -> Sketch:
        """The sketch of no row."""
        return cls(Cells.empty(len(range(index, BUCKETS, of)), cells_of_shard(of)), index, of)

    @classmethod
    def of_rows(cls, digests: RowDigests, index: int, of: int) -> Sketch:
        """The sketch of one shard of these rows. Rows of other shards are left out."""
        return sketches_of((digests,), of)[index]

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return int(self._cells.own_counts.sum())

    @cached_property
    def counts(self) -> Mapping[int, int]:
        """How many rows each bucket has that has any."""
        filled = np.nonzero(self._cells.own_counts)[0]
        return dict(zip((filled * self.of + self.index).tolist(), self._cells.own_counts[filled].tolist(), strict=True))

    def digest(self, bucket: int) -> bytes:
        """The digest of a bucket's rows: 62 bits in 8 bytes, `NO_ROWS` if it has none."""
        first, second = self._cells.own[self._place(bucket), :2].tolist()
        return bytes((first << 31 | second).to_bytes(8, "big"))

    def differing(self, have: Sketch) -> tuple[int, ...]:
        """The buckets that are not the same in both, in order.

        Raises:
            ValueError: they are not of the same shard.
        """
        self._check(have)
        mine, others = self._cells, have._cells
        differs = (mine.own != others.own).any(axis=1) | (mine.own_counts != others.own_counts)
        return tuple((np.nonzero(differs)[0] * self.of + self.index).tolist())

    def plus(self, other: Sketch) -> Sketch:
        """The sketch of the rows of both. A row that both have counts twice.

        Raises:
            ValueError: they are not of the same shard.
        """
        self._check(other)
        return self._with(self._cells.plus(other._cells), complete=self.complete and other.complete)

    def minus(self, other: Sketch) -> Sketch:
        """The sketch of its rows without those of the other, which it must have.

        Raises:
            ValueError: they are not of the same shard.
        """
        self._check(other)
        return self._with(self._cells.minus(other._cells), complete=self.complete and other.complete)

    def with_deltas(self, deltas: Iterable[RowDelta]) -> Sketch:
        """The sketch after these changes. It copies all cells, so give it many changes at once.

        Raises:
            ValueError: a row is of another shard.
        """
        rows = [(one.id.bucket, one.id.n, one.d1, one.d2, one.count) for one in deltas]
        if not rows:
            return self
        buckets, numbers, d1, d2, counts = np.array(rows, np.int64).T
        if strange := buckets[buckets % self.of != self.index].tolist():
            raise ValueError(self._other_shard(strange[0]))
        units = Units(buckets, numbers.astype(np.uint64), d1.astype(np.uint64), d2.astype(np.uint64), counts)
        return self._with(self._cells.with_units(units, (buckets - self.index) // self.of), complete=self.complete)

    def with_buckets(self, buckets: Iterable[int], of_other: Sketch) -> Sketch:
        """The sketch with some buckets as the other one has them. It is not complete, unless they have them alike.

        Raises:
            ValueError: they are not of the same shard.
        """
        differing = sorted(set(buckets).intersection(self.differing(of_other)))
        if not differing:
            return self
        places = [self._place(bucket) for bucket in differing]
        own, own_counts = self._cells.own.copy(), self._cells.own_counts.copy()
        own[places], own_counts[places] = of_other._cells.own[places], of_other._cells.own_counts[places]
        return self._with(Cells(own, own_counts, self._cells.further, self._cells.further_counts), complete=False)

    def in_shard(self, index: int, of: int) -> Sketch:
        """The sketch of another shard with the buckets that both have; `index` counts from 0.

        It is not complete, unless it is of the same shard.
        """
        if (index, of) == (self.index, self.of):
            return self
        found = Cells.empty(len(range(index, BUCKETS, of)), cells_of_shard(of))
        mine, others = (np.arange(*one) for one in ((self.index, BUCKETS, self.of), (index, BUCKETS, of)))
        _, places, there = np.intersect1d(mine, others, assume_unique=True, return_indices=True)
        found.own[there], found.own_counts[there] = self._cells.own[places], self._cells.own_counts[places]
        return Sketch(found, index, of, complete=False)

    def difference(self, have: Sketch) -> SketchDifference:
        """What makes this sketch out of another one.

        What it says of a row is wrong with a chance of one in 2**31 for each bucket in which several rows differ. With
        the rows at hand, `SortedRows.proven` makes this less than one in 2**50.

        Args:
            have: the sketch of the old rows.

        Raises:
            ValueError: they are not of the same shard.
        """
        self._check(have)
        cells = self._cells.minus(have._cells)
        further = self.complete and have.complete
        return Peeling(cells, self.index, self.of, further=further).difference()

    def to_text(self) -> str:
        """The sketch as one text for the state. It needs no escape in JSON."""
        return to_text(self._cells, complete=self.complete)

    @classmethod
    def from_text(cls, text: str, index: int, of: int) -> Sketch:
        """The sketch in a text of `to_text`.

        Raises:
            ValueError: it is no such text, or of a shard of another size.
        """
        cells, complete = from_text(text, len(range(index, BUCKETS, of)), cells_of_shard(of))
        return cls(cells, index, of, complete=complete)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sketch) and self.complete == other.complete and self._same(other)

    def __hash__(self) -> int:
        return hash((self.index, self.of, self._cells.own.tobytes()))

    def __repr__(self) -> str:
        return f"Sketch(rows={self.rows:,}, shard={self.index + 1} of {self.of}, complete={self.complete})"

    def _same(self, other: Sketch) -> bool:
        if (self.index, self.of) != (other.index, other.of):
            return False
        mine, others = self._cells, other._cells
        return not self.differing(other) and np.array_equal(mine.further, others.further)

    def _with(self, cells: Cells, *, complete: bool) -> Sketch:
        return Sketch(cells, self.index, self.of, complete=complete)

    def _place(self, bucket: int) -> int:
        place, other = divmod(bucket - self.index, self.of)
        if other or not 0 <= place < len(self._cells.own):
            raise ValueError(self._other_shard(bucket))
        return place

    def _other_shard(self, bucket: int) -> str:
        return f"bucket {bucket} is not in shard {self.index + 1} of {self.of}"

    def _check(self, other: Sketch) -> None:
        if (self.index, self.of) != (other.index, other.of):
            raise ValueError(f"{self!r} and {other!r} are not of one shard")


def is_sketch(text: str) -> bool:
    """Whether a text of the state is a sketch; otherwise it has the bucket digests of version 1, or nothing."""
    return text.startswith(BEGINNING)


def sketches_of(parts: Iterable[RowDigests], of: int) -> tuple[Sketch, ...]:
    """The sketches of all shards of a list. `parts` has the digests of some of its rows at a time."""
    total, size = sum_rows(parts, of), cells_of_shard(of)
    return tuple(
        Sketch(
            Cells(
                total.own[index::of].copy(),
                total.own_counts[index::of].copy(),
                total.further[:, index * size : (index + 1) * size].copy(),
                total.further_counts[:, index * size : (index + 1) * size].copy(),
            ),
            index,
            of,
        )
        for index in range(of)
    )


def new_row_deltas(digests: RowDigests) -> list[RowDelta]:
    """The deltas of rows that are all new, in their order."""
    columns = (digests.buckets, digests.numbers, digests.first, digests.second)
    return [
        RowDelta(RowId(bucket, number), first, second, 1)
        for bucket, number, first, second in zip(*(column.tolist() for column in columns), strict=True)
    ]

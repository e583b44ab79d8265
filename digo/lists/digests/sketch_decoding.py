"""Finds the rows that make the difference between two sketches, by peeling."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from digo.lists.digests.row_delta import PRIME, RowDelta, RowId, SketchDifference
from digo.lists.digests.row_digests import U64
from digo.lists.digests.sketch_cells import Cells, Units, positions

_P = np.uint64(PRIME)
_MOST_ROUNDS = 64  # a difference that decodes takes about ten


class Peeling:
    """Peels the difference of the cells of one shard: of every `of`-th bucket from `index` on.

    Without `further`, the further cells are not known.
    """

    def __init__(self, cells: Cells, index: int, of: int, *, further: bool) -> None:
        self._cells = cells
        self._index = index
        self._of = of
        self._further = further
        self._found: dict[RowId, RowDelta] = {}
        self._proven: set[RowId] = set()

    def difference(self) -> SketchDifference:
        """The rows that were found, and the buckets in which something else differs.

        A row that is alone in its bucket is proven by 31 bits there. If one of its further cells becomes zero, that
        proves it by far more. A row that is gone and is proven by its bucket alone is not believed: the bucket counts
        as a whole, because nobody can look for such a row in the new list.
        """
        for _ in range(_MOST_ROUNDS):
            if not self._round():
                break
        left = np.nonzero(self._cells.own.any(axis=1) | (self._cells.own_counts != 0))[0]
        whole = {int(place) * self._of + self._index for place in left}
        proven = self._proven | set(self._in_zero_cells())
        for one in self._found.values():
            if one.count not in (-1, 0, 1) or (one.count < 0 and one.id not in proven):
                whole.add(one.id.bucket)
        rows = sorted((one for one in self._found.values() if one.id.bucket not in whole), key=lambda one: one.id)
        return SketchDifference(tuple(rows), tuple(sorted(whole)))

    def _round(self) -> bool:
        """Takes all rows that can be seen now out of the cells. Whether there was one."""
        seen = [*self._alone_in_bucket()]
        if self._further:
            for units in self._alone_in_further_cell():
                seen.append(units)
                self._proven.update(map(RowId, units.buckets.tolist(), units.numbers.tolist()))
        units = _each_once(seen)
        if not len(units.numbers):
            return False
        for delta in _deltas(units):
            self._note(delta)
        minus = Units(units.buckets, units.numbers, (_P - units.d1) % _P, (_P - units.d2) % _P, -units.counts)
        self._cells = self._cells.with_units(minus, self._place(units.buckets))
        return True

    def _note(self, delta: RowDelta) -> None:
        """Adds a row to those that were found; a row that was taken for another one before is corrected."""
        before = self._found.pop(delta.id, None)
        if before is None:
            self._found[delta.id] = delta
            return
        d1, d2 = (before.d1 + delta.d1) % PRIME, (before.d2 + delta.d2) % PRIME
        if d1 or d2 or before.count + delta.count:
            self._found[delta.id] = RowDelta(delta.id, d1, d2, before.count + delta.count)

    def _place(self, buckets: NDArray[np.int64]) -> NDArray[np.int64]:
        return (buckets - self._index) // self._of

    def _alone_in_bucket(self) -> Iterator[Units]:
        places, sums = _candidates(self._cells.own, self._cells.own_counts)
        numbers, good = _numbers(sums, _inverse(sums[:, 0]))
        buckets = places * self._of + self._index
        yield Units(buckets, numbers, sums[:, 0], sums[:, 1], self._cells.own_counts[places]).take(good)

    def _alone_in_further_cell(self) -> Iterator[Units]:
        size = self._cells.further.shape[1]
        for table in range(len(self._cells.further)):
            counts = self._cells.further_counts[table].astype(np.int8).astype(np.int64)
            places, sums = _candidates(self._cells.further[table], counts)
            inverse = _inverse(sums[:, 0])
            numbers, good = _numbers(sums, inverse)
            buckets = (sums[:, 4] * inverse % _P).astype(np.int64)
            good &= (buckets % self._of == self._index) & (self._place(buckets) < len(self._cells.own))
            good &= positions(buckets, numbers, size)[table] == places
            yield Units(buckets, numbers, sums[:, 0], sums[:, 1], counts[places]).take(good)

    def _in_zero_cells(self) -> Iterator[RowId]:
        """The rows that were found of which a further cell has become zero."""
        if not self._further or not self._found:
            return
        ids = list(self._found)
        buckets, numbers = np.array(ids, np.uint64).T
        zero = ~self._cells.further.any(axis=2) & (self._cells.further_counts == 0)
        cells = positions(buckets, numbers, self._cells.further.shape[1])
        proven = np.any([zero[table][cells[table]] for table in range(len(zero))], axis=0)
        yield from (one for one, good in zip(ids, proven, strict=True) if good)


def _candidates(cells: U64, counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], U64]:
    """The places and sums of the cells that can have one row: its first digest differs, and at most one is new."""
    places = np.nonzero((cells[:, 0] != 0) & (np.abs(counts) <= 1))[0]
    return places, cells[places]


def _numbers(sums: U64, inverse: U64) -> tuple[U64, NDArray[np.bool_]]:
    """The digest of the number of each cell's row, and whether the check proves that it is alone there.

    Args:
        sums: the cells.
        inverse: the inverse of the first sum of each.
    """
    numbers = sums[:, 2] * inverse % _P
    return numbers, sums[:, 1] * numbers % _P == sums[:, 3]


def _inverse(values: U64) -> U64:
    """The inverse of each value, by Fermat: its power to the prime less two."""
    found, power = np.ones_like(values), values.copy()
    exponent = PRIME - 2
    while exponent:
        if exponent & 1:
            found = found * power % _P
        power = power * power % _P
        exponent >>= 1
    return found


def _each_once(parts: list[Units]) -> Units:
    """All units, each row once."""
    together = Units(
        *(
            np.concatenate(column)
            for column in zip(
                *((one.buckets, one.numbers, one.d1, one.d2, one.counts) for one in parts),
                strict=True,
            )
        )
    )
    ids = (together.buckets.astype(np.uint64) << np.uint64(32)) | together.numbers
    return together.take(np.unique(ids, return_index=True)[1])


def _deltas(units: Units) -> Iterator[RowDelta]:
    columns = (units.buckets, units.numbers, units.d1, units.d2, units.counts)
    for bucket, number, d1, d2, count in zip(*(column.tolist() for column in columns), strict=True):
        yield RowDelta(RowId(bucket, number), d1, d2, count)

"""Finds the rows that a change of a shard sends, in the order in which they are sent: by bucket and number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from digo.lists.digests.row_delta import PRIME, RowDelta, RowId, SketchDifference
from digo.lists.digests.row_digests import RowDigests
from digo.lists.digests.shard_change import Change
from digo.lists.digests.sorted_rows import SortedRows
from digo.lists.sending.ledger_lines import NO_PLACE

ROWS_A_BEGINNING = 512  # so many rows are begun together, because each begin waits for the disk


@dataclass(frozen=True)
class RowToSend:
    """One row.

    Attributes:
        at: its place among the rows to send.
        row: its index in the list's `Rows`.
        new: the delta that puts it into a sketch.
        place: its place in its bucket, if the bucket is not known row by row; `NO_PLACE` otherwise.
    """

    at: int
    row: int
    new: RowDelta
    place: int


class RowsToSend:
    """The rows that a change sends.

    `indices` are their places in the list's `Rows`, `buckets` their buckets, and `places` is `RowToSend.place` of each.

    Args:
        rows: the list's rows.
        change: the change of one shard. A bucket in which the rows do not bear it out is sent whole.
    """

    def __init__(self, rows: SortedRows, change: Change) -> None:
        self.rows = rows
        self.change = _proven(rows, change)
        nothing: NDArray[np.int64] = np.zeros(0, np.int64)
        parts = [(0, nothing, nothing), *self._parts()]
        self.indices: NDArray[np.int64] = np.concatenate([indices for _, indices, _ in parts])
        self.buckets: NDArray[np.int64] = np.repeat([one for one, *_ in parts], [len(places) for *_, places in parts])
        self.places: NDArray[np.int64] = np.concatenate([places for *_, places in parts])

    def __len__(self) -> int:
        return len(self.indices)

    @cached_property
    def deltas(self) -> dict[RowId, RowDelta]:
        """The deltas of the change by row, without those of rows that are gone."""
        return {one.id: one for one in self.change.deltas if one.count >= 0}

    def digests(self, at: NDArray[np.int64]) -> RowDigests:
        """The digests of some of the rows, by their places among the rows to send."""
        return self.rows.digests_at(self.indices[at])

    def groups(self) -> Iterator[list[RowToSend]]:
        """The rows in groups that are begun together."""
        for start in range(0, len(self), ROWS_A_BEGINNING):
            indices = self.indices[start : start + ROWS_A_BEGINNING]
            places = self.places[start : start + ROWS_A_BEGINNING].tolist()
            parts = zip(indices.tolist(), self.rows.new_deltas(indices), places, strict=True)
            yield [RowToSend(start + at, row, new, place) for at, (row, new, place) in enumerate(parts)]

    def _parts(self) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int64]]]:
        """Each bucket with the indices of its rows, and their places in it."""
        change = self.change
        whole = {*change.new_buckets, *change.whole}
        exact: dict[int, set[int]] = {}
        for id_ in self.deltas:
            exact.setdefault(id_.bucket, set()).add(id_.n)
        for bucket in sorted({*whole, *change.resumed, *exact}):
            indices = self.rows.places_in(bucket)
            if bucket in exact:
                wanted = [id_.n in exact[bucket] for id_ in self.rows.ids_of(bucket).values()]
                found = indices[np.array(wanted, bool)]
                yield bucket, found, np.full(len(found), NO_PLACE)
            else:
                missing = np.nonzero(~_known(change.resumed.get(bucket, 0), len(indices)))[0]
                yield bucket, indices[missing], missing


def old_row(new: RowDelta, delta: RowDelta) -> RowDelta | None:
    """The delta that puts the old version of a changed row into a sketch; None of a row that is new."""
    if delta.count != 0:
        return None
    return RowDelta(new.id, (new.d1 - delta.d1) % PRIME, (new.d2 - delta.d2) % PRIME, 1)


def _proven(rows: SortedRows, change: Change) -> Change:
    """The change, held against the rows. Two rows with one id count as unproven too."""
    found = rows.proven(SketchDifference(change.deltas, ()))
    places = rows.places_of(one.id for one in found.rows if one.count >= 0)
    twice = {id_.bucket for id_, there in places.items() if len(there) != 1}
    doubted = twice.union(found.whole)
    if not doubted:
        return change
    kept = tuple(one for one in change.deltas if one.id.bucket not in doubted)
    filled = doubted & rows.counts.keys()
    return replace(change, deltas=kept, whole=tuple(sorted(filled.union(change.whole))))


def _known(bits: int, rows: int) -> NDArray[np.bool_]:
    """For each row of a bucket, whether its bit is set."""
    content = bits.to_bytes(max(1, -(-rows // 8)), "little")
    found: NDArray[np.bool_] = np.unpackbits(np.frombuffer(content, np.uint8), bitorder="little")[:rows] != 0
    return found

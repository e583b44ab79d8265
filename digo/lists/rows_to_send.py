"""Finds the rows that a change of a shard sends, in the order in which they are sent: by bucket and number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digo.lists.change import Change
from digo.lists.ledger_lines import NO_PLACE
from digo.lists.row_delta import PRIME, RowDelta, RowId
from digo.lists.row_digests import RowDigests
from digo.lists.rows import Rows

_NUMBER_BITS = np.uint64(31)
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

    Args:
        rows: the list's rows.
        digests: their digests.
        change: the change of one shard.
    """

    def __init__(self, rows: Rows, digests: RowDigests, change: Change) -> None:
        self._digests = digests
        self._order, self._places = _by_bucket(rows, digests, _buckets_of(change))
        self.change = self._proven(change)
        whole = self._in_whole_buckets()
        exact = np.isin(self._ids, np.array([_id(one.id) for one in self.deltas.values()], np.uint64))
        chosen = np.nonzero(whole | exact)[0]
        self.indices: NDArray[np.int64] = self._order[chosen]
        self._chosen_places = np.where(whole[chosen], self._places[chosen], NO_PLACE)

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def places(self) -> NDArray[np.int64]:
        """For each row, `RowToSend.place`."""
        return self._chosen_places

    @cached_property
    def digests(self) -> RowDigests:
        """The digests of the rows, in their order."""
        return self._digests.take(self.indices)

    @cached_property
    def deltas(self) -> dict[RowId, RowDelta]:
        """The deltas of the change by row, without those of rows that are gone."""
        return {one.id: one for one in self.change.deltas if one.count >= 0}

    def groups(self) -> Iterator[list[RowToSend]]:
        """The rows in groups that are begun together."""
        for start in range(0, len(self), ROWS_A_BEGINNING):
            part = self.digests.slice(start, start + ROWS_A_BEGINNING)
            columns = (
                self.indices[start : start + ROWS_A_BEGINNING],
                part.buckets,
                part.numbers,
                part.first,
                part.second,
                self._chosen_places[start : start + ROWS_A_BEGINNING],
            )
            yield [
                RowToSend(start + at, row, RowDelta(RowId(bucket, number), first, second, 1), place)
                for at, (row, bucket, number, first, second, place) in enumerate(
                    zip(*(column.tolist() for column in columns), strict=True)
                )
            ]

    @staticmethod
    def id_of(one: RowDigests) -> RowId:
        """The id of a single row."""
        return RowId(int(one.buckets[0]), int(one.numbers[0]))

    def _proven(self, change: Change) -> Change:
        """The change, after a look at the rows: a delta must be of exactly one row, and that of a new row is the row.

        Where it is not, two numbers have one digest, or the sketches have decoded to something else by chance. Then the
        bucket is sent whole.
        """
        deltas = [one for one in change.deltas if one.count >= 0]
        ids = np.array([_id(one.id) for one in deltas], np.uint64)
        at = np.nonzero(np.isin(self._ids, ids))[0]
        rows = self._digests.take(self._order[at])
        found: dict[int, list[tuple[int, int]]] = {}
        for id_, first, second in zip(self._ids[at].tolist(), rows.first.tolist(), rows.second.tolist(), strict=True):
            found.setdefault(id_, []).append((first, second))
        doubted = {
            one.id.bucket
            for one in deltas
            if len(rows_ := found.get(_id(one.id), [])) != 1
            or one.count > 1
            or (one.count and rows_ != [(one.d1, one.d2)])
        }
        if not doubted:
            return change
        kept = tuple(one for one in change.deltas if one.id.bucket not in doubted)
        return replace(change, deltas=kept, whole=tuple(sorted({*change.whole, *doubted})))

    def _in_whole_buckets(self) -> NDArray[np.bool_]:
        """For each row in order, whether it is sent because nothing shows which rows of its bucket differ."""
        buckets = self._digests.buckets[self._order]
        found = np.isin(buckets, np.array([*self.change.new_buckets, *self.change.whole], np.uint16))
        for bucket, confirmed in self.change.resumed.items():
            start, end = np.searchsorted(buckets, [bucket, bucket + 1])
            bits = confirmed.to_bytes(-(-int(end - start) // 8) or 1, "little")
            known = np.unpackbits(np.frombuffer(bits, np.uint8), bitorder="little")[: end - start]
            found[start:end] = known == 0
        return found

    @cached_property
    def _ids(self) -> NDArray[np.uint64]:
        digests = self._digests.take(self._order)
        return (digests.buckets.astype(np.uint64) << _NUMBER_BITS) | digests.numbers.astype(np.uint64)


def old_row(new: RowDelta, delta: RowDelta) -> RowDelta | None:
    """The delta that puts the old version of a changed row into a sketch; None of a row that is new."""
    if delta.count != 0:
        return None
    return RowDelta(new.id, (new.d1 - delta.d1) % PRIME, (new.d2 - delta.d2) % PRIME, 1)


def _buckets_of(change: Change) -> NDArray[np.uint16]:
    exact = {one.id.bucket for one in change.deltas}
    return np.array(sorted({*exact, *change.new_buckets, *change.whole, *change.resumed}), np.uint16)


def _by_bucket(
    rows: Rows, digests: RowDigests, buckets: NDArray[np.uint16]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The indices of the rows in these buckets, by bucket and number, and each one's place in its bucket."""
    mine = np.nonzero(np.isin(digests.buckets, buckets))[0]
    phones: NDArray[Any] = rows.phones.to_numpy(zero_copy_only=False)[mine]
    order = mine[np.lexsort((phones, digests.buckets[mine]))]
    ordered = digests.buckets[order]
    starts = np.searchsorted(ordered, ordered, side="left")
    return order, np.arange(len(order)) - starts


def _id(one: RowId) -> int:
    return one.bucket << int(_NUMBER_BITS) | one.n

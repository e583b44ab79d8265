"""Tracks what became of each row that a shard sends, and what the account certainly has in the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digo.lists.digests.known_rows import BegunBucket, KnownRows
from digo.lists.digests.row_delta import RowDelta
from digo.lists.digests.shard_change import Change
from digo.lists.digests.sketch import Sketch
from digo.lists.sending.ledger import Ledger
from digo.lists.sending.ledger_lines import NO_PLACE, BeginLine
from digo.lists.sending.rows_to_send import RowsToSend, RowToSend, old_row

_NOT_SENT, _SENT, _CONFIRMED = range(3)


@dataclass(frozen=True)
class Before:
    """A shard before it is sent.

    Attributes:
        wanted: the sketch of its wanted rows.
        known: the rows that the account has, from state and ledger.
        token: names the state of a bucket (`ShardState.token`).
    """

    wanted: Sketch
    known: KnownRows
    token: Callable[[int], str]


class SendTracker:
    """Writes the ledger of one shard while it is sent."""

    def __init__(self, before: Before, rows: RowsToSend, ledger: Ledger) -> None:
        self._before = before
        self._rows = rows
        self._ledger = ledger
        self._outcomes = np.full(len(rows), _NOT_SENT, np.uint8)
        self._whole = frozenset(rows.change.whole)
        self._cleared: set[int] = set()

    def begin(self, group: Sequence[RowToSend]) -> None:
        """Names rows in the ledger, before any of them is sent.

        Raises:
            OSError: the ledger cannot be written.
        """
        buckets = {one.new.id.bucket for one in group}
        by_place = {one.new.id.bucket for one in group if one.place != NO_PLACE}
        cleared = frozenset(buckets & self._whole - self._cleared)
        out = (self._old(one) for one in group if one.place == NO_PLACE)
        self._ledger.begin(
            BeginLine(
                was={bucket: self._before.token(bucket) for bucket in sorted(buckets)},
                of=self._ledger.of,
                targets={bucket: self._before.wanted.digest(bucket) for bucket in sorted(by_place)},
                cleared=cleared,
                out=tuple(one.undone for one in out if one is not None),
            )
        )
        self._cleared |= cleared

    def sending(self, one: RowToSend) -> None:
        """A row is sent now. Until it is confirmed, nothing is known of it.

        That holds for a refused row too: an earlier try of the same request may have been applied.
        """
        self._outcomes[one.at] = _SENT

    def confirm(self, one: RowToSend) -> None:
        """The API has the row."""
        self._outcomes[one.at] = _CONFIRMED
        self._ledger.put_in(one.new, one.place)

    def known(self) -> KnownRows:
        """The rows that the account certainly has now.

        They are the wanted ones without those that were not confirmed. Of a row that is known one by one, the old
        version is there unless the new one may be.
        """
        rows, before = self._rows, self._before
        open_ = self._outcomes != _CONFIRMED
        if not open_.any():
            return KnownRows(before.wanted)
        by_place = rows.places != NO_PLACE
        missing = rows.digests(np.nonzero(open_ & by_place)[0])
        sketch = before.wanted.minus(Sketch.of_rows(missing, before.wanted.index, before.wanted.of))
        sketch = sketch.with_deltas(self._undone(np.nonzero(open_ & ~by_place)[0]))
        sent = set(rows.buckets[self._outcomes != _NOT_SENT].tolist())
        untouched = [bucket for bucket in self._whole if bucket not in sent and bucket not in before.known.unknown]
        if untouched:
            sketch = sketch.with_buckets(untouched, before.known.sketch)
        return KnownRows(sketch, self._begun(sketch), cut_off=True)

    def _undone(self, at: NDArray[np.int64]) -> list[RowDelta]:
        """What takes rows that are not confirmed out of the sketch of the wanted rows."""
        outcomes = self._outcomes[at].tolist()
        new = self._rows.rows.new_deltas(self._rows.indices[at])
        return [
            one.undone if outcome == _SENT else self._rows.deltas[one.id].undone
            for one, outcome in zip(new, outcomes, strict=True)
        ]

    def _begun(self, sketch: Sketch) -> dict[int, BegunBucket]:
        """The buckets of which a part is there, and the sketch does not show which rows."""
        wanted, rows = self._before.wanted, self._rows
        bits = dict(rows.change.resumed)
        confirmed = (self._outcomes == _CONFIRMED) & (rows.places != NO_PLACE)
        for bucket, place in zip(rows.buckets[confirmed].tolist(), rows.places[confirmed].tolist(), strict=True):
            bits[bucket] = bits.get(bucket, 0) | 1 << place
        left = Change.between(wanted, KnownRows(sketch)).whole
        return {bucket: BegunBucket(wanted.digest(bucket), bits[bucket]) for bucket in left if bits.get(bucket)}

    def _old(self, one: RowToSend) -> RowDelta | None:
        return old_row(one.new, self._rows.deltas[one.new.id])

"""Writes what differs of a shard in bulk, and proves by the list itself what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from digo.api.async_client import AsyncClient
from digo.api.errors import ApiError, OutcomeUnknown
from digo.lists.digests.known_rows import KnownRows
from digo.lists.digests.sketch import Sketch
from digo.lists.live.live_lists import LiveLists
from digo.lists.live.row_changes import RowChanges
from digo.lists.sending.batches import BatchFollower, SentBatch
from digo.lists.sending.bulk_sender import BulkSender, SentBatches
from digo.lists.sending.list_comparison import ListComparison
from digo.lists.sending.sent_rows import KEPT_REFUSALS, RefusedRow, SendResult
from digo.lists.sending.session import LoadedRows
from digo.lists.sending.shard import Shard
from digo.text.counts import counted

_NO_PLACES = pa.array([], pa.int32())


@dataclass(frozen=True)
class BulkRequest:
    """What is to be done with a shard.

    Attributes:
        shard: the shard.
        held: the list's rows.
        changes: what differs.
        delete: whether rows that config lacks are deleted.
        waiting: the places of rows that differ too, and wait for a later run.
    """

    shard: Shard
    held: LoadedRows
    changes: RowChanges
    delete: bool
    waiting: pa.Array = field(default_factory=lambda: _NO_PLACES)


@dataclass(frozen=True)
class AccountLists:
    """The account's side of a run: the client that writes, the lists as they are, and the comparison with them."""

    writer: AsyncClient
    live: LiveLists
    comparison: ListComparison


class BulkRun:
    """Carries out requests on one list."""

    def __init__(self, account: AccountLists, sender: BulkSender, follower: BatchFollower) -> None:
        self._account = account
        self._sender = sender
        self._follower = follower

    async def carry_out(self, request: BulkRequest) -> SendResult:
        """Writes the rows, deletes those that are gone if that is wanted, and reads the list once more."""
        sent, shard = SentBatches(), request.shard
        with self._account.live.writing(shard.list_id):
            await self._sender.write(request.held.source, request.held.rows, request.changes.send, sent)
            if request.delete and sent.stop is None:
                await self._sender.delete(shard.list_id, request.changes.gone.rows, sent)
        if self._account.writer.stopped:
            return _unproven(request, sent, sent.stop)
        try:
            after = await self._after(request, sent)
        except ApiError as problem:
            return _unproven(request, sent, sent.stop or problem)
        return _proven(request, sent, after)

    async def _after(self, request: BulkRequest, sent: SentBatches) -> RowChanges:
        """What differs when the batches are over, or have had their time.

        Few questions are asked about batches: the account's calls are few. The list shows what all of them have done.
        """
        batches = [*sent.writes, *sent.deletes]
        if sent.stop is None:
            await self._follower.follow_some(batches)
        after = await self._account.comparison.after_writes(request.shard, request.held)
        late = [batch for batch in sent.writes if _missing(batch, after)]
        if request.delete and len(_undeleted(request, after)):
            late += sent.deletes
        if await self._follower.follow(late):
            after = await self._account.comparison.after_writes(request.shard, request.held)
        return after


def _missing(batch: SentBatch, after: RowChanges) -> Sequence[int]:
    """The places of the batch's rows that the list has not, or not as they were sent."""
    if batch.places is None:
        return ()
    found: Sequence[int] = batch.places.filter(pc.is_in(batch.places, value_set=after.send)).to_pylist()
    return found


def _undeleted(request: BulkRequest, after: RowChanges) -> pa.Array:
    gone = request.changes.gone.rows
    return gone.filter(pc.is_in(gone, value_set=after.gone.rows))


def _proven(request: BulkRequest, sent: SentBatches, after: RowChanges) -> SendResult:
    """The result, by the list as it is now."""
    result = SendResult(_known(request, after.send), refused=sent.refused, refusals=sent.refusals)
    result.stop = sent.stop
    late: list[tuple[SentBatch, int]] = []
    for batch in sent.writes:
        missing = _missing(batch, after)
        result.rows += (0 if batch.places is None else len(batch.places)) - len(missing)
        if missing and batch.over:
            _refuse(result, request, batch, missing)
        elif missing:
            late.append((batch, len(missing)))
    if request.delete and sent.deletes:
        result.undeleted = len(_undeleted(request, after))
        result.deleted = len(request.changes.gone.rows) - result.undeleted
    if late:
        result.unknown = True
        result.stop = result.stop or _never_over(request, late)
    return result


def _refuse(result: SendResult, request: BulkRequest, batch: SentBatch, missing: Sequence[int]) -> None:
    """Takes rows for refused that are not in the list although their batch is over."""
    assert batch.status is not None
    rows = request.held.rows
    result.refusals += len(missing)
    for place in missing[: KEPT_REFUSALS - len(result.refused)]:
        reason = batch.status.refused.get(str(rows.phones[place].as_py()))
        told = reason or f'its batch is over ("{batch.status.word}"), and the list does not have it as it was sent'
        result.refused.append(RefusedRow(place, told))


def _never_over(request: BulkRequest, late: Sequence[tuple[SentBatch, int]]) -> OutcomeUnknown:
    rows = sum(count for _, count in late)
    words = sorted({batch.status.word for batch, _ in late if batch.status is not None})
    said = f" (the API says of it: {', '.join(words)})" if words else ""
    return OutcomeUnknown(
        f"{counted(len(late), 'batch', 'batches')} of rows did not end in time{said}: {counted(rows, 'row')} of list "
        f"{request.shard.title} {'is' if rows == 1 else 'are'} not in the list yet, and may still come",
        answered=True,
        next_step="run again: the list is read first, and only what it lacks is sent",
        method="",
        path="",
    )


def _unproven(request: BulkRequest, sent: SentBatches, stop: ApiError | None) -> SendResult:
    """The result where the list could not be read afterwards: no row that was to be sent is known to be there."""
    result = SendResult(
        _known(request, pa.concat_arrays([request.changes.send, request.waiting])), refused=sent.refused
    )
    result.refusals, result.stop = sent.refusals, stop
    result.unknown = bool(sent.writes or sent.deletes)
    result.unproven = sum(len(batch.places) for batch in sent.writes if batch.places is not None)
    return result


def _known(request: BulkRequest, missing: pa.Array) -> KnownRows:
    return known_without(request.shard, request.held, missing)


def known_without(shard: Shard, held: LoadedRows, missing: pa.Array) -> KnownRows:
    """The rows that the account certainly has: all wanted ones of the shard but those at these places."""
    without = held.ordered.digests_at(missing.to_numpy(zero_copy_only=False))
    return KnownRows(shard.sketch.minus(Sketch.of_rows(without, shard.index, shard.of)), cut_off=bool(len(missing)))

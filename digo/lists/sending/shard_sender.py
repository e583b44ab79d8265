"""Sends the rows of a shard that differ, many at once, and records which were confirmed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from digo.api.async_client import AsyncClient
from digo.api.calls import NumberForm, put_lead
from digo.api.errors import ApiError, OutcomeUnknown, Refused, TokenRefused
from digo.api.models import NewLead
from digo.lists.files.source import ListSource
from digo.lists.sending.ledger import Ledger
from digo.lists.sending.progress import ListProgress
from digo.lists.sending.rows_to_send import RowsToSend, RowToSend
from digo.lists.sending.send_tracker import Before, SendTracker
from digo.lists.sending.sent_rows import HOPELESS, KEPT_REFUSALS, RefusedRow, SendResult, refusal_reason, refused_field


@dataclass(frozen=True)
class SendRequest:
    """What a shard has to send.

    Attributes:
        source: the list's source.
        to_send: the rows that are sent.
        before: what is wanted of the shard, and what is known of it.
        chosen: which of these rows are sent, by `RowToSend.at`; None for all. The others wait for a later run.
    """

    source: ListSource
    to_send: RowsToSend
    before: Before
    chosen: frozenset[int] | None = None


class ShardSender:
    """Sends shards. `form` is how numbers are written; at most `workers` requests run at once."""

    def __init__(
        self, client: AsyncClient, ledger: Ledger, form: NumberForm, workers: int, progress: ListProgress
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._form = form
        self._workers = workers
        self._progress = progress

    async def send(self, request: SendRequest) -> SendResult:
        """Sends the rows. A refused row does not stop the others; any other error stops the shard."""
        sent = SendResult(request.before.known)
        self._progress.begin()
        tracker = SendTracker(request.before, request.to_send, self._ledger)
        queue: asyncio.Queue[_Item | None] = asyncio.Queue(self._workers)
        workers = [asyncio.create_task(self._work(queue, tracker, sent)) for _ in range(self._workers)]
        try:
            try:
                await self._fill(queue, request, tracker, sent)
            except OSError as problem:
                sent.stop = problem
            for _ in workers:
                await queue.put(None)
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
        sent.known = await asyncio.to_thread(tracker.known)
        return sent

    async def _fill(
        self, queue: asyncio.Queue[_Item | None], request: SendRequest, tracker: SendTracker, sent: SendResult
    ) -> None:
        source = request.source
        for group in request.to_send.groups():
            if sent.stop is not None:
                return
            if request.chosen is not None:
                group = [one for one in group if one.at in request.chosen]
            if not group:
                continue
            await asyncio.to_thread(tracker.begin, group)
            texts = request.to_send.rows.rows_at([one.row for one in group])
            for one, (_, phone, values) in zip(group, texts, strict=True):
                fields = dict(zip(source.fields, values, strict=True))
                await queue.put(_Item(one, NewLead(source.list_id, phone, fields)))

    async def _work(self, queue: asyncio.Queue[_Item | None], tracker: SendTracker, sent: SendResult) -> None:
        while (item := await queue.get()) is not None:
            if sent.stop is not None:
                continue
            tracker.sending(item.row)
            try:
                await self._client.send(put_lead(item.lead, self._form))
            except TokenRefused as problem:
                sent.stop = problem
            except Refused as problem:
                _refuse(sent, item.row.row, problem)
                self._progress.count()
            except ApiError as problem:
                sent.stop = problem
                sent.unknown |= isinstance(problem, OutcomeUnknown)
            else:
                sent.rows += 1
                tracker.confirm(item.row)
                self._progress.count()


@dataclass(frozen=True)
class _Item:
    row: RowToSend
    lead: NewLead


def _refuse(sent: SendResult, row: int, problem: Refused) -> None:
    sent.refusals += 1
    if len(sent.refused) < KEPT_REFUSALS:
        sent.refused.append(RefusedRow(row, refusal_reason(problem), refused_field(problem)))
    if sent.refusals >= HOPELESS and not sent.rows:
        sent.stop = problem

"""Sends the rows of a shard's changed buckets, many at once, and records which were confirmed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from digo.api.async_client import AsyncClient
from digo.api.calls import NumberForm, put_lead
from digo.api.errors import ApiError, OutcomeUnknown, Refused, TokenRefused
from digo.api.models import NewLead
from digo.lists.bucket_digests import Digests
from digo.lists.buckets import SortedRows
from digo.lists.ledger import Ledger
from digo.lists.progress import ListProgress
from digo.lists.sent_rows import HOPELESS, KEPT_REFUSALS, RefusedRow, SendResult, refusal_reason, refused_field
from digo.lists.source import ListSource

ROWS_A_BEGINNING = 512  # buckets of about so many rows are begun together, because each begin waits for the disk


@dataclass(frozen=True)
class SendRequest:
    """What a shard has to send.

    Attributes:
        source: the list's source.
        rows: the list's rows.
        buckets: the buckets to send.
        wanted: the wanted digests of the shard.
        sent_digests: the digests that the account has, from state and ledger.
        state: the digests in the state.
    """

    source: ListSource
    rows: SortedRows
    buckets: Sequence[int]
    wanted: Digests
    sent_digests: Digests
    state: Digests


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
        sent = SendResult(request.sent_digests)
        self._progress.begin()
        tracker = _Tracker(request, self._ledger, sent)
        queue: asyncio.Queue[_Item | None] = asyncio.Queue(self._workers)
        workers = [asyncio.create_task(self._work(queue, tracker)) for _ in range(self._workers)]
        try:
            try:
                await self._fill(queue, request, tracker)
            except OSError as problem:
                sent.stop = problem
            for _ in workers:
                await queue.put(None)
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
        sent.sent_digests = tracker.sent_digests()
        return sent

    async def _fill(self, queue: asyncio.Queue[_Item | None], request: SendRequest, tracker: _Tracker) -> None:
        for group in _groups(request):
            if tracker.sent.stop is not None:
                return
            await asyncio.to_thread(tracker.begin, group)
            for bucket in group:
                for row, phone, values in request.rows.rows_of(bucket):
                    fields = dict(zip(request.source.fields, values, strict=True))
                    await queue.put(_Item(bucket, row, NewLead(request.source.list_id, phone, fields)))

    async def _work(self, queue: asyncio.Queue[_Item | None], tracker: _Tracker) -> None:
        while (item := await queue.get()) is not None:
            if tracker.sent.stop is not None:
                continue
            try:
                await self._client.send(put_lead(item.lead, self._form))
            except TokenRefused as problem:
                tracker.sent.stop = problem
            except Refused as problem:
                tracker.refuse(item, problem)
                self._progress.count()
            except ApiError as problem:
                tracker.sent.stop = problem
                tracker.sent.unknown |= isinstance(problem, OutcomeUnknown)
            else:
                tracker.confirm(item)
                self._progress.count()


@dataclass(frozen=True)
class _Item:
    bucket: int
    row: int
    lead: NewLead


class _Tracker:
    """Tracks which buckets are begun, and how many rows of each are not confirmed yet."""

    def __init__(self, load: SendRequest, ledger: Ledger, sent: SendResult) -> None:
        self._load = load
        self._ledger = ledger
        self._left: dict[int, int] = {}
        self._done: set[int] = set()
        self.sent = sent

    def begin(self, buckets: Sequence[int]) -> None:
        counts = {bucket: self._load.wanted.counts[bucket] for bucket in buckets}
        self._ledger.begin(self._load.state, counts)
        self._left.update(counts)

    def confirm(self, item: _Item) -> None:
        self.sent.rows += 1
        self._left[item.bucket] -= 1
        if self._left[item.bucket] == 0:
            self._done.add(item.bucket)
            digest, count = self._load.wanted.digests[item.bucket], self._load.wanted.counts[item.bucket]
            self._ledger.confirm(self._load.state, item.bucket, digest, count)

    def refuse(self, item: _Item, problem: Refused) -> None:
        self.sent.refusals += 1
        if len(self.sent.refused) < KEPT_REFUSALS:
            self.sent.refused.append(RefusedRow(item.row, refusal_reason(problem), refused_field(problem)))
        if self.sent.refusals >= HOPELESS and not self.sent.rows:
            self.sent.stop = problem

    def sent_digests(self) -> Digests:
        """The buckets that the account has now: the earlier ones and the confirmed ones.

        Buckets with unknown content, and buckets without wanted rows, are left out.
        """
        begun = self._left.keys() - self._done
        wanted, before = self._load.wanted, self._load.sent_digests
        digests = {b: digest for b, digest in before.digests.items() if b in wanted.digests and b not in begun}
        digests |= {bucket: wanted.digests[bucket] for bucket in self._done}
        counts = {**before.counts, **{bucket: wanted.counts[bucket] for bucket in self._left}}
        return Digests(digests, {bucket: count for bucket, count in counts.items() if bucket in wanted.counts})


def _groups(request: SendRequest) -> Iterator[list[int]]:
    group: list[int] = []
    rows = 0
    for bucket in request.buckets:
        group.append(bucket)
        rows += request.wanted.counts[bucket]
        if rows >= ROWS_A_BEGINNING:
            yield group
            group, rows = [], 0
    if group:
        yield group

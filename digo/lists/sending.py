"""Sends the rows of a shard's changed buckets, many at once, and keeps account of what was confirmed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from digo.api.async_client import AsyncClient
from digo.api.calls import NumberForm, put_lead
from digo.api.errors import ApiError, OutcomeUnknown, Refused, TokenRefused
from digo.api.models import NewLead
from digo.lists.buckets import SortedRows
from digo.lists.digests import Digests
from digo.lists.ledger import Ledger
from digo.lists.progress import ListProgress
from digo.lists.source import ListSource

ROWS_A_BEGINNING = 512  # rows whose buckets are begun together, since each beginning waits for the disk
KEPT_REFUSALS = 10_000
HOPELESS = 50  # refusals without a single success, after which the rest is not tried


@dataclass(frozen=True)
class RefusedRow:
    """A row that the API refused; `row` is its index in the list's `Rows`, `reason` the API's own, redacted."""

    row: int
    reason: str


@dataclass
class Sent:
    """What came of it. `standing` is what the account has now; `stop` is why the rest was not tried, if it was not;
    `unknown` says that a row's outcome is not known."""

    standing: Digests
    rows: int = 0
    refused: list[RefusedRow] = field(default_factory=list)
    refusals: int = 0
    stop: Exception | None = None
    unknown: bool = False

    @property
    def touched(self) -> bool:
        """Whether the account may have anything of it."""
        return bool(self.rows or self.refusals or self.unknown)


@dataclass(frozen=True)
class Load:
    """What a shard has to send: these buckets of the list's rows."""

    source: ListSource
    rows: SortedRows
    buckets: Sequence[int]
    wanted: Digests
    standing: Digests
    state: Digests


class Sending:
    """One shard on its way. `form` is how numbers are written; `workers` are how many requests may run at once."""

    def __init__(
        self, client: AsyncClient, ledger: Ledger, form: NumberForm, workers: int, progress: ListProgress
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._form = form
        self._workers = workers
        self._progress = progress

    async def send(self, load: Load) -> Sent:
        """Sends it all, or as much as can be: a refused row stops no other, anything else stops the shard."""
        sent = Sent(load.standing)
        self._progress.expect(sum(load.wanted.counts[bucket] for bucket in load.buckets))
        book = _Book(load, self._ledger, sent)
        queue: asyncio.Queue[_Item | None] = asyncio.Queue(self._workers)
        workers = [asyncio.create_task(self._work(queue, book)) for _ in range(self._workers)]
        try:
            try:
                await self._fill(queue, load, book)
            except OSError as problem:
                sent.stop = problem
            for _ in workers:
                await queue.put(None)
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
        sent.standing = book.standing()
        return sent

    async def _fill(self, queue: asyncio.Queue[_Item | None], load: Load, book: _Book) -> None:
        for group in _groups(load):
            if book.sent.stop is not None:
                return
            await asyncio.to_thread(book.begin, group)
            for bucket in group:
                for row, phone, values in load.rows.rows_of(bucket):
                    fields = dict(zip(load.source.fields, values, strict=True))
                    await queue.put(_Item(bucket, row, NewLead(load.source.list_id, phone, fields)))

    async def _work(self, queue: asyncio.Queue[_Item | None], book: _Book) -> None:
        while (item := await queue.get()) is not None:
            if book.sent.stop is not None:
                continue
            try:
                await self._client.send(put_lead(item.lead, self._form))
            except TokenRefused as problem:
                book.sent.stop = problem
            except Refused as problem:
                book.refuse(item, problem)
                self._progress.count()
            except ApiError as problem:
                book.sent.stop = problem
                book.sent.unknown |= isinstance(problem, OutcomeUnknown)
            else:
                book.confirm(item)
                self._progress.count()


@dataclass(frozen=True)
class _Item:
    bucket: int
    row: int
    lead: NewLead


class _Book:
    """Which buckets are begun, and how many rows of each are still to be confirmed."""

    def __init__(self, load: Load, ledger: Ledger, sent: Sent) -> None:
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
            reason = "; ".join(text if not name else f"{name}: {text}" for name, text in problem.reasons)
            self.sent.refused.append(RefusedRow(item.row, reason or problem.what))
        if self.sent.refusals >= HOPELESS and not self.sent.rows:
            self.sent.stop = problem

    def standing(self) -> Digests:
        """What was there, without buckets of unknown content, and what is confirmed now. Buckets in which nothing is
        wanted any more are forgotten."""
        begun = self._left.keys() - self._done
        wanted, before = self._load.wanted, self._load.standing
        digests = {b: digest for b, digest in before.digests.items() if b in wanted.digests and b not in begun}
        digests |= {bucket: wanted.digests[bucket] for bucket in self._done}
        counts = {**before.counts, **{bucket: wanted.counts[bucket] for bucket in self._left}}
        return Digests(digests, {bucket: count for bucket, count in counts.items() if bucket in wanted.counts})


def _groups(load: Load) -> Iterator[list[int]]:
    group: list[int] = []
    rows = 0
    for bucket in load.buckets:
        group.append(bucket)
        rows += load.wanted.counts[bucket]
        if rows >= ROWS_A_BEGINNING:
            yield group
            group, rows = [], 0
    if group:
        yield group

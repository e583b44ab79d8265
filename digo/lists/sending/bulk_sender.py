"""Sends rows of a list many at once. The list itself, read afterwards, proves what was written."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from digo.api.async_client import AsyncClient
from digo.api.bulk_leads import Batch, delete_leads, write_leads
from digo.api.calls import Call, NumberForm
from digo.api.errors import ApiError, OutcomeUnknown, Refused, TokenRefused
from digo.lists.files.source import ListSource
from digo.lists.rows.list_rows import BETWEEN_VALUES, Rows
from digo.lists.sending.batches import SentBatch
from digo.lists.sending.progress import ListProgress
from digo.lists.sending.sent_rows import HOPELESS, KEPT_REFUSALS, RefusedRow, refusal_reason, refused_field

MOST_SPLITS = 200
"""A refused batch is halved until the refused rows are found: so many times in all, and then all of it is refused."""

MOST_LOST = 3
"""After so many batches with an unknown outcome, all tries of each included, the rest is not tried."""


@dataclass
class SentBatches:
    """What became of the requests, before the list is read again.

    Attributes:
        writes: the batches of rows that were taken or may have been.
        deletes: the batches of numbers, likewise.
        refused: the first rows that were refused at once.
        refusals: how many those are.
        stop: why the rest was not tried; None if all was.
    """

    writes: list[SentBatch] = field(default_factory=list)
    deletes: list[SentBatch] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    refusals: int = 0
    stop: ApiError | None = None

    def lost(self, items: pa.Array) -> None:
        """Notes a batch whose reply was lost: places of rows, or numbers to delete."""
        if pa.types.is_integer(items.type):
            self.writes.append(SentBatch("", items))
        else:
            self.deletes.append(SentBatch(""))

    def refuse(self, places: Sequence[int], problem: Refused) -> None:
        """Notes refused rows. After many of them without a success, the rest is not tried."""
        self.refusals += len(places)
        room = KEPT_REFUSALS - len(self.refused)
        reason, field_ = refusal_reason(problem), refused_field(problem)
        self.refused.extend(RefusedRow(place, reason, field_) for place in places[:room])


@dataclass(frozen=True)
class BulkOptions:
    """How rows are sent: `rows` in a request, numbers in a `form`, at most `workers` requests at once."""

    rows: int
    form: NumberForm
    workers: int


class BulkSender:
    """Sends the rows of one list in batches."""

    def __init__(self, client: AsyncClient, options: BulkOptions, progress: ListProgress) -> None:
        self._client = client
        self._workers = options.workers
        self._form = options.form
        self._progress = progress
        self._most = options.rows
        self._splits = 0
        self._lost = 0

    async def write(self, source: ListSource, rows: Rows, places: pa.Array, sent: SentBatches) -> None:
        """Writes the rows at these places. A refused row does not stop the others; any other error does."""

        async def write(some: pa.Array) -> None:
            call = write_leads(source.list_id, source.fields, _content(source, rows, some), self._form)
            sent.writes.append(await self._taken(call, some))
            self._progress.count(len(some))

        def refuse(some: pa.Array, problem: Refused) -> None:
            sent.refuse(some.to_pylist(), problem)
            self._progress.count(len(some))
            if sent.refusals >= HOPELESS and not sent.writes:
                sent.stop = problem

        self._progress.begin()
        await self._all(places, write, refuse, sent)

    async def delete(self, list_id: str, numbers: pa.Array, sent: SentBatches) -> None:
        """Deletes the leads with these numbers. A refused number stops the rest."""

        async def delete(some: pa.Array) -> None:
            sent.deletes.append(await self._taken(delete_leads(list_id, some.to_pylist()), None))

        def refuse(_some: pa.Array, problem: Refused) -> None:
            sent.stop = problem

        await self._all(numbers, delete, refuse, sent)

    async def _taken(self, call: Call[Batch], places: pa.Array | None) -> SentBatch:
        """Sends a batch. One with a lost reply may have been taken, and has no id."""
        return SentBatch((await self._client.send(call)).id, places)

    async def _all(self, items: pa.Array, send: _Send, refuse: _Refuse, sent: SentBatches) -> None:
        """Sends the items, some batches at once, until one stops the rest."""
        slices = self._slices(items)

        async def work() -> None:
            for one in slices:  # all workers share the iterator
                if sent.stop is not None:
                    return
                await self._send(one, send, refuse, sent)

        workers = [asyncio.create_task(work()) for _ in range(self._workers)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()

    def _slices(self, items: pa.Array) -> Iterator[pa.Array]:
        at = 0
        while at < len(items):
            size = self._most
            yield items.slice(at, size)
            at += size

    async def _send(self, items: pa.Array, send: _Send, refuse: _Refuse, sent: SentBatches) -> None:
        """Sends a batch. One that is refused is halved, until it is known what was refused.

        Nobody documents whether a bad row refuses its whole batch, or how long a batch may be. If the halves are taken
        as they are, the batch was too long, and further ones are no longer than these.
        """
        try:
            await send(items)
        except TokenRefused as problem:
            sent.stop = problem
        except Refused as problem:
            if len(items) == 1 or self._splits >= MOST_SPLITS:
                refuse(items, problem)
                return
            self._splits += 1
            before, half = sent.refusals, (len(items) + 1) // 2
            for part in (items.slice(0, half), items.slice(half)):
                if sent.stop is None:
                    await self._send(part, send, refuse, sent)
            if sent.stop is None and sent.refusals == before:
                self._most = min(self._most, half)
                self._splits -= 1
        except OutcomeUnknown as problem:
            # The list shows later what it did. A service that answers nothing is not asked 2,000 times.
            sent.lost(items)
            self._lost += 1
            if self._lost >= MOST_LOST:
                sent.stop = problem
        except ApiError as problem:
            sent.stop = problem


_Send = Callable[[pa.Array], Awaitable[None]]
_Refuse = Callable[[pa.Array, Refused], None]


def _content(source: ListSource, rows: Rows, places: pa.Array) -> Iterator[tuple[str, list[str]]]:
    phones, values = rows.phones.take(places).to_pylist(), rows.values.take(places).to_pylist()
    several = bool(source.fields)
    for phone, text in zip(phones, values, strict=True):
        yield f"+{phone}", text.split(BETWEEN_VALUES) if several else []

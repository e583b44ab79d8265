"""Sends rows of a list many at once. The list itself, read afterwards, proves what was written."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from digo.api.async_client import AsyncClient
from digo.api.bulk_leads import delete_leads, write_leads
from digo.api.calls import NumberForm
from digo.api.errors import ApiError, OutcomeUnknown, Refused, TokenRefused
from digo.lists.batches import SentBatch
from digo.lists.progress import ListProgress
from digo.lists.rows import BETWEEN_VALUES, Rows
from digo.lists.sent_rows import HOPELESS, KEPT_REFUSALS, RefusedRow, refusal_reason
from digo.lists.source import ListSource

MOST_SPLITS = 200
"""A refused batch is halved until the refused rows are found: so many times in all, and then all of it is refused."""


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

    def refuse(self, places: Sequence[int], reason: str) -> None:
        """Notes refused rows. After many of them without a success, the rest is not tried."""
        self.refusals += len(places)
        room = KEPT_REFUSALS - len(self.refused)
        self.refused.extend(RefusedRow(place, reason) for place in places[:room])


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
        self._options = options
        self._progress = progress
        self._splits = 0

    async def write(self, source: ListSource, rows: Rows, places: pa.Array, sent: SentBatches) -> None:
        """Writes the rows at these places. A refused row does not stop the others; any other error does."""
        self._progress.begin()
        slices = (places.slice(at, self._options.rows) for at in range(0, len(places), self._options.rows))
        await self._all(slices, lambda some: self._write(source, rows, some, sent), sent)

    async def delete(self, list_id: str, numbers: pa.Array, sent: SentBatches) -> None:
        """Deletes the leads with these numbers."""
        slices = (numbers.slice(at, self._options.rows) for at in range(0, len(numbers), self._options.rows))
        await self._all(slices, lambda some: self._delete(list_id, some, sent), sent)

    async def _all(
        self, slices: Iterator[pa.Array], send: Callable[[pa.Array], Awaitable[None]], sent: SentBatches
    ) -> None:
        """Sends the slices, some at once, until one stops the rest."""

        async def work() -> None:
            for one in slices:  # all workers share the iterator
                if sent.stop is not None:
                    return
                await send(one)

        workers = [asyncio.create_task(work()) for _ in range(self._options.workers)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()

    async def _write(self, source: ListSource, rows: Rows, places: pa.Array, sent: SentBatches) -> None:
        call = write_leads(source.list_id, source.fields, _content(source, rows, places), self._options.form)
        try:
            taken = await self._client.send(call)
        except TokenRefused as problem:
            sent.stop = problem
        except Refused as problem:
            await self._refused(source, rows, places, problem, sent)
        except ApiError as problem:
            sent.stop = problem
            if isinstance(problem, OutcomeUnknown):
                sent.writes.append(SentBatch("", places))
        else:
            sent.writes.append(SentBatch(taken.id, places))
            self._progress.count(len(places))

    async def _refused(
        self, source: ListSource, rows: Rows, places: pa.Array, problem: Refused, sent: SentBatches
    ) -> None:
        """Finds the refused rows of a batch by halves. Nobody documents whether a bad row refuses its whole batch."""
        if len(places) > 1 and self._splits < MOST_SPLITS:
            self._splits += 1
            half = len(places) // 2
            for part in (places.slice(0, half), places.slice(half)):
                if sent.stop is None:
                    await self._write(source, rows, part, sent)
            return
        sent.refuse(places.to_pylist(), refusal_reason(problem))
        self._progress.count(len(places))
        if sent.refusals >= HOPELESS and not sent.writes:
            sent.stop = problem

    async def _delete(self, list_id: str, numbers: pa.Array, sent: SentBatches) -> None:
        try:
            taken = await self._client.send(delete_leads(list_id, numbers.to_pylist()))
        except ApiError as problem:
            sent.stop = problem
            if isinstance(problem, OutcomeUnknown):
                sent.deletes.append(SentBatch(""))
        else:
            sent.deletes.append(SentBatch(taken.id))


def _content(source: ListSource, rows: Rows, places: pa.Array) -> Iterator[tuple[str, list[str]]]:
    phones, values = rows.phones.take(places).to_pylist(), rows.values.take(places).to_pylist()
    several = bool(source.fields)
    for phone, text in zip(phones, values, strict=True):
        yield f"+{phone}", text.split(BETWEEN_VALUES) if several else []

"""Has journal entries stored: in order, and in batches if several come at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

from engine.deployment.errors import StepError
from engine.journal import EntryRef, JournalEntry

EntryMaker = Callable[[int], JournalEntry]
"""Builds the entry for a sequence number."""

Record = Callable[[Sequence[JournalEntry]], None]
"""Stores entries, and returns when they are on the disk. Raises `OSError`. Only one thread at a time calls it.

Entries that were written at the same time come in one call, in order. If none is durable, they may stay in memory.
"""


class PreviewJournal:
    """A preview's journal. It counts the entries and stores none."""

    def __init__(self) -> None:
        self._count = 0

    async def write(self, make: EntryMaker) -> EntryRef:  # noqa: ARG002 (a preview makes no entries)
        """Count the entry."""
        self._count += 1
        return EntryRef(self._count)


class RunJournal:
    """The journal of a run that changes state. `entries` has all entries, from which the new state is made."""

    def __init__(self, record: Record) -> None:
        self.entries: list[JournalEntry] = []
        self._record = record
        self._waiting: list[tuple[JournalEntry, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")

    async def write(self, make: EntryMaker) -> EntryRef:
        """Add the entry. A durable one is on the disk when this returns.

        Raises:
            StepError: it could not be stored.
        """
        entry = make(len(self.entries) + 1)
        self.entries.append(entry)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, done))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_waiting())
        if entry.durable:
            await done
        return EntryRef(entry.sequence)

    async def _write_waiting(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await loop.run_in_executor(self._thread, self._record, [entry for entry, _ in batch])
            except OSError as error:
                for done in _not_cancelled(batch):
                    done.set_exception(StepError(f"cannot write the state's journal: {error}"))
                    done.exception()  # marked as retrieved: for an entry that is not durable nobody waits
            else:
                for done in _not_cancelled(batch):
                    done.set_result(None)
        self._writing = None

    async def close(self) -> None:
        """Write the remaining entries, and end the thread."""
        if self._writing is not None:
            await self._writing
        self._thread.shutdown()


Journal: TypeAlias = PreviewJournal | RunJournal


def _not_cancelled(batch: list[tuple[JournalEntry, asyncio.Future[None]]]) -> list[asyncio.Future[None]]:
    """The futures, without those whose step was cancelled while its entry was being written."""
    return [done for _, done in batch if not done.cancelled()]

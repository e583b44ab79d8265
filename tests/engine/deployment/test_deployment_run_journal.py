"""Entries on their way to the recorder."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from engine.deployment.errors import StepError
from engine.deployment.run_journal import RunJournal
from engine.journal import BaseRef, JournalEntry, Kept, Success


class Gate:
    """A recorder whose disk is slow: it waits to be opened. `busy` is set once it has something to write."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.busy = threading.Event()
        self.open = threading.Event()
        self.broken = False

    async def is_busy(self) -> None:
        assert await asyncio.to_thread(self.busy.wait, 60)

    def record(self, entries: Sequence[JournalEntry]) -> None:
        self.busy.set()
        assert self.open.wait(60)
        if self.broken:
            raise OSError(28, "No space left on device")
        self.batches.append([entry.sequence for entry in entries])


def test_what_comes_up_while_the_disk_is_busy_goes_in_one_batch() -> None:
    gate = Gate()

    async def run() -> None:
        writer = RunJournal(gate.record)
        writes = [asyncio.create_task(writer.write(lambda n: Success(n, None, None))) for _ in range(10)]
        await gate.is_busy()
        assert not any(write.done() for write in writes)
        late = asyncio.create_task(writer.write(lambda n: Success(n, None, None)))
        await asyncio.sleep(0)
        gate.open.set()
        assert [(await write).sequence for write in [*writes, late]] == list(range(1, 12))
        await writer.close()

    asyncio.run(run())
    assert [number for batch in gate.batches for number in batch] == list(range(1, 12))
    assert len(gate.batches) == 2


def test_entries_that_need_not_be_durable_are_not_waited_for() -> None:
    gate = Gate()

    async def run() -> None:
        writer = RunJournal(gate.record)
        await asyncio.wait_for(writer.write(lambda n: Kept(n, BaseRef(0))), 60)
        gate.open.set()
        await writer.close()

    asyncio.run(run())
    assert gate.batches == [[1]]


def test_a_step_that_is_cancelled_while_the_disk_is_busy_harms_no_other() -> None:
    gate = Gate()

    async def run() -> None:
        writer = RunJournal(gate.record)
        gone, stays = (asyncio.create_task(writer.write(lambda n: Success(n, None, None))) for _ in range(2))
        await gate.is_busy()
        gone.cancel()
        gate.open.set()
        assert (await asyncio.wait_for(stays, 60)).sequence == 2
        await writer.close()

    asyncio.run(run())
    assert gate.batches == [[1, 2]]


def test_a_full_disk_fails_the_step_and_keeps_the_entry_for_the_state_at_the_end() -> None:
    gate = Gate()
    gate.open.set()
    gate.broken = True

    async def run() -> RunJournal:
        writer = RunJournal(gate.record)
        with pytest.raises(StepError, match=r"journal.*No space left"):
            await writer.write(lambda n: Success(n, None, None))
        await writer.write(lambda n: Kept(n, BaseRef(0)))
        await writer.close()
        return writer

    assert [entry.sequence for entry in asyncio.run(run()).entries] == [1, 2]

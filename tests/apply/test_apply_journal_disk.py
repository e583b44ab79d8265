"""The journal where the disk is full, or the folder cannot be made: nothing is sent that is not on record."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from digo.apply.agent_creator import CreateOrigin
from digo.state.journal import KEPT_RUNS, Journal, JournalFull, Outcome, journal_folder, read_run, runs, unsettled
from sandbox.testing import Sandbox
from tests.apply.apply_place import CALL, a_run, entry, last, save

LIST = "GET /v1/agents"


def test_without_room_for_the_intent_nothing_is_sent(sandbox: Sandbox, folder: Path) -> None:
    folder.mkdir()
    (folder / f"1-{os.getpid()}.jsonl").symlink_to("/dev/full")

    async def run() -> str:
        async with a_run(sandbox, folder, clock_name="1") as one:
            with pytest.raises(JournalFull) as caught:
                await one.create("a")
            return str(caught.value)

    assert asyncio.run(run()).splitlines() == [
        "the journal cannot be written (No space left on device), so POST /v1/agent was not sent",
        f"  Next: make room where {folder} is, then run again; nothing was written by this call",
        "  Call: POST /v1/agent, no reply",
    ]
    assert sandbox.counts() == {LIST: 1}


def test_a_folder_that_cannot_be_made_is_told_too(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    async def run() -> None:
        async with a_run(sandbox, tmp_path / "file" / "journal") as one:
            with pytest.raises(JournalFull, match=r"cannot be written \(Not a directory\), so POST /v1/agent"):
                await one.create("a")

    asyncio.run(run())
    assert sandbox.counts() == {LIST: 1}


def test_a_disk_that_fills_up_under_way_does_not_undo_the_write(sandbox: Sandbox, folder: Path) -> None:
    sandbox.fault("hang", method="POST")

    async def run() -> CreateOrigin:
        async with a_run(sandbox, folder, clock_name="1") as one:
            making = asyncio.create_task(one.create("a"))
            await asyncio.to_thread(sandbox.wait_for, lambda request: request["fault"] == "hang")
            (path,) = runs(folder)
            path.rename(path.with_suffix(".kept"))
            path.symlink_to("/dev/full")
            await asyncio.to_thread(sandbox.clear_faults)
            return (await making).origin

    assert asyncio.run(run()) is CreateOrigin.CREATED
    assert len(sandbox.agents()) == 1
    (kept,) = folder.glob("*.kept")
    assert [one.outcome for one in read_run(kept)] == [Outcome.INTENT]


SMALL_DISK = """
import asyncio, resource, signal, sys
from pathlib import Path
from digo.state.journal import Journal, JournalFull, read_run, runs

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))

async def main():
    journal, ran = Journal(Path(sys.argv[1])), 0
    try:
        for index in range(100):
            async with journal.writing(f"a{index}", "POST /v1/agent"):
                ran += 1
    except JournalFull:
        pass
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    async with journal.writing("after", "POST /v1/agent"):
        print(ran, *(entry.key for entry in read_run(runs(Path(sys.argv[1]))[0])))

asyncio.run(main())
"""


def test_a_line_that_the_disk_cut_short_belongs_to_a_write_that_was_not_sent(folder: Path) -> None:
    """With room for a few lines only, each write that went out has its intent in the file; so has one that goes out
    once there is room again."""
    done = subprocess.run([sys.executable, "-c", SMALL_DISK, str(folder)], capture_output=True, text=True, check=True)
    count, *kept = done.stdout.split()
    assert 0 < int(count) < 100
    assert kept == [*(f"a{index}" for index in range(int(count))), "after"]


def test_old_runs_are_forgotten_when_a_new_one_writes(folder: Path) -> None:
    for index in range(KEPT_RUNS + 5):
        save(folder, f"{index:03d}-1.jsonl", entry(f"w{index}"))

    async def run() -> None:
        async with Journal(folder, "999").writing("a", CALL):
            pass

    asyncio.run(run())
    assert len(runs(folder)) == KEPT_RUNS
    assert [path.name[:3] for path in runs(folder)][-2:] == [f"{KEPT_RUNS + 4:03d}", "999"]


def test_a_run_that_writes_nothing_leaves_nothing(tmp_path: Path) -> None:
    folder = journal_folder(tmp_path, "prod")
    Journal(folder)
    assert folder == tmp_path / ".digo" / "journal" / "prod"
    assert not (tmp_path / ".digo").exists()
    assert runs(folder) == [] and unsettled(folder) == []


def test_one_writers_cancellation_takes_the_flush_from_nobody(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk, flush = threading.Event(), os.fsync

    def slow(file: int) -> None:
        disk.wait(10)
        flush(file)

    async def run() -> None:
        journal = Journal(folder)
        gone, kept = (asyncio.create_task(journal.settle(write, "a", CALL, Outcome.APPLIED)) for write in ("w1", "w2"))
        await asyncio.sleep(0.05)
        gone.cancel()
        disk.set()
        await kept

    monkeypatch.setattr(os, "fsync", slow)
    asyncio.run(run())
    assert [found.write for found in last(folder)] == ["w1", "w2"]


def test_a_write_waits_for_its_own_flush_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were each to wait until nobody else has anything to write, all of a run's creates would go in lockstep."""
    disk, flush = threading.Semaphore(0), os.fsync

    def slow(file: int) -> None:
        disk.acquire(timeout=30)
        flush(file)

    async def run() -> None:
        journal, writes = Journal(folder), []
        for write in ("w1", "w2"):
            writes.append(asyncio.create_task(journal.settle(write, "a", CALL, Outcome.APPLIED)))
            await asyncio.sleep(0.05)
        disk.release()
        await asyncio.wait_for(writes[0], 20)
        assert not writes[1].done()
        disk.release()
        await writes[1]

    monkeypatch.setattr(os, "fsync", slow)
    asyncio.run(run())
    assert [found.write for found in last(folder)] == ["w1", "w2"]

"""The journal of writes: each intent is on disk before its request is sent, and the outcome follows.

A run that is killed between a request and its reply leaves an intent without an outcome. The next run reads it, waits
until the API must have finished the request, lists the account, and only then creates anything.

Each run has one file in `.digo/journal/<stack>/`; each line is one JSON object. It has no number and no token: a write
is named by its resource.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from enum import Enum
from pathlib import Path

from digo.api.errors import ApiError, OutcomeUnknown

KEPT_RUNS = 20


class Outcome(str, Enum):
    """What is known of a write.

    INTENT: it has begun. If it is the last entry, its run died before it knew more. SETTLED: a later run listed the
    account after the API must have finished the write, and planned with that list.
    """

    INTENT = "intent"
    APPLIED = "applied"
    NOT_APPLIED = "not applied"
    UNKNOWN = "unknown"
    SETTLED = "settled"


@dataclass(frozen=True)
class JournalEntry:
    """One line of the journal.

    Attributes:
        at: the time in seconds since 1970.
        write: the id of the write.
        key: the resource.
        call: method and path.
        outcome: what is known of the write.
        note: a text for people.
        was: the id of the resource's previous write in the state. "" if the state had none, or if the API can read the
            resource back.
    """

    at: float
    write: str
    key: str
    call: str
    outcome: Outcome
    note: str = ""
    was: str = ""


class JournalFull(ApiError):
    """The intent could not be written to disk, so the request was not sent."""


class Journal:
    """The journal of one run of the provider host. The first write creates the file.

    `observe` gets each line too, an intent when it is on disk.
    """

    def __init__(
        self, folder: Path, clock_name: str | None = None, observe: Callable[[JournalEntry], None] | None = None
    ) -> None:
        self._folder = folder
        self._observe = observe or (lambda _entry: None)
        self._path = folder / f"{clock_name or time.time_ns()}-{os.getpid()}.jsonl"
        self._count = 0
        self._lines: list[str] = []
        self._next: asyncio.Task[None] | None = None
        self._disk = asyncio.Lock()

    @property
    def name(self) -> str:
        """The name of the journal's file, without its ending."""
        return self._path.stem

    @asynccontextmanager
    async def writing(self, key: str, call: str, was: str = "") -> AsyncIterator[str]:
        """Wraps a request: writes the intent before the block runs, and the outcome after it.

        Yields the write's id for `settle`.

        Raises:
            JournalFull: the intent could not be written; the block did not run.
        """
        self._count += 1
        write = f"{self._path.stem}-{self._count}"
        intent = JournalEntry(time.time(), write, key, call, Outcome.INTENT, was=was)
        try:
            await self._put(intent)
        except OSError as problem:
            method, _, path = call.partition(" ")
            raise JournalFull(
                f"the journal cannot be written ({problem.strerror}), so {call} was not sent",
                next_step=f"make room where {self._folder} is, then run again; nothing was written by this call",
                method=method,
                path=path,
            ) from None
        self._observe(intent)
        try:
            yield write
        except ApiError as problem:
            outcome = Outcome.UNKNOWN if isinstance(problem, OutcomeUnknown) else Outcome.NOT_APPLIED
            await self.settle(write, key, call, outcome, problem.what)
            raise
        await self.settle(write, key, call, Outcome.APPLIED)

    async def settle(self, write: str, key: str, call: str, outcome: Outcome, note: str = "") -> None:
        """Records the outcome of a write.

        A disk error here is ignored: the write stays open in the journal, and the next run settles it with a list.
        """
        entry = JournalEntry(time.time(), write, key, call, outcome, note)
        self._observe(entry)
        try:
            await self._put(entry)
        except OSError:
            return

    async def _put(self, entry: JournalEntry) -> None:
        """Appends an entry. It is on disk when this returns. Entries that arrive during a flush share the next one."""
        self._lines.append(json.dumps({name: value for name, value in asdict(entry).items() if value != ""}))
        if self._next is None:
            self._next = asyncio.create_task(self._flush())
        await asyncio.shield(self._next)

    async def _flush(self) -> None:
        async with self._disk:
            lines, self._lines, self._next = self._lines, [], None
            await asyncio.to_thread(_append, self._path, lines)


def _append(path: Path, lines: Iterable[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _forget_old_runs(path.parent)
    with path.open("a", encoding="utf-8") as file:
        if _ends_inside_a_line(path):
            file.write("\n")
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())


def _ends_inside_a_line(path: Path) -> bool:
    """Whether a full disk cut the last line short. The next line must stay readable."""
    if path.stat().st_size == 0:
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


def _forget_old_runs(folder: Path) -> None:
    for old in runs(folder)[: -(KEPT_RUNS - 1)]:
        old.unlink(missing_ok=True)


def runs(folder: Path) -> list[Path]:
    """The journals of a stack, the oldest first."""
    return sorted(folder.glob("*.jsonl")) if folder.is_dir() else []


def read_run(path: Path) -> list[JournalEntry]:
    """The last entry of each write of one run, in the order in which they began.

    A line that a killed run or a full disk cut short is left out. A missing file gives no entries: a run that is under
    way may have removed an old journal since it was listed.
    """
    last: dict[str, JournalEntry] = {}
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    for line in text.splitlines():
        try:
            content = json.loads(line)
            entry = JournalEntry(**{**content, "outcome": Outcome(content["outcome"])})
        except (ValueError, TypeError, KeyError):
            continue
        begun = last.get(entry.write, entry)
        last[entry.write] = replace(entry, was=entry.was or begun.was)
    return list(last.values())


def unsettled(folder: Path) -> list[JournalEntry]:
    """The writes of all kept runs with an unknown outcome, the newest last."""
    last: dict[str, JournalEntry] = {}
    for path in runs(folder):
        for entry in read_run(path):
            last[entry.write] = entry
    open_ = (entry for entry in last.values() if entry.outcome in (Outcome.INTENT, Outcome.UNKNOWN))
    return sorted(open_, key=lambda entry: entry.at)


def superseded_writes(folder: Path) -> frozenset[str]:
    """The ids of writes that a later write of the same resource followed.

    A later write that certainly did nothing does not count. If the state still has an id of this set, the engine did
    not learn of the later write.
    """
    entries = (entry for path in runs(folder) for entry in read_run(path))
    return frozenset(entry.was for entry in entries if entry.was and entry.outcome is not Outcome.NOT_APPLIED)


def last_written_at(folder: Path) -> float:
    """When a run of the stack last wrote to its journal, in seconds since 1970; 0 if none did."""
    return max((path.stat().st_mtime for path in runs(folder)), default=0.0)


def journal_folder(root: Path, stack: str) -> Path:
    """The folder of a stack's journals, under the project's root."""
    return root / ".digo" / "journal" / stack

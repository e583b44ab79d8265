"""The record of one up: its plan's hash, its entries, and what became of each. `digo history` reads it.

The journal exists so that no write is lost, and goes after a few runs. A record exists for people. Each up has one file
in `.digo/history/<stack>/`; each line is one JSON object. The program begins the file, because only it knows that the
run is not a preview. The provider host goes on with it. A killed run leaves a file without an end.

A record has no name, no token and no full number. It never fails a run: where it cannot be written, it ends.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from digo.fields.masked import masked_number
from digo.state.journal import JournalEntry
from digo.text.redact import mask_numbers

try:
    import fcntl
except ImportError:  # Windows, on which the provider host does not run
    fcntl = None  # type: ignore[assignment]

KEPT_RECORDS = 50
MAX_LINES = 2_000
_MAX_TEXT = 500
_TAIL = 65_536  # bytes: more than the lines that a program can have written
_APPEND = os.O_WRONLY | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


def history_folder(root: Path, stack: str) -> Path:
    """The folder of a stack's records, under the project's root."""
    return root / ".digo" / "history" / stack


def records(folder: Path) -> list[Path]:
    """The records of a stack, the oldest first."""
    return sorted(folder.glob("*.jsonl")) if folder.is_dir() else []


class RecordFile:
    """Appends lines to a record, up to `MAX_LINES`. A line that cannot be written ends the record.

    The open file is locked, so that readers know a run that is under way from one that was killed.
    """

    def __init__(self, path: Path, *, new: bool = False) -> None:
        self.path = path
        self._left = MAX_LINES
        self._descriptor = -1
        with suppress(OSError):
            self._descriptor = os.open(path, _APPEND | (os.O_CREAT | os.O_EXCL if new else 0), 0o600)
            if fcntl is not None:
                fcntl.flock(self._descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def put(self, content: Mapping[str, Any], *, last: bool = False) -> bool:
        """Appends a line; False where there is no room for it. `last` has room always."""
        if self._left <= 0 and not last:
            return False
        self._left -= 1
        line = json.dumps({name: value for name, value in content.items() if value != ""}) + "\n"
        try:
            # One write: the program and the host may append at the same time.
            os.write(self._descriptor, line.encode())
        except OSError:
            self._left = 0
            return False
        return True

    def close(self) -> None:
        """Closes the file."""
        with suppress(OSError):
            os.close(self._descriptor)


def begin_record(folder: Path, plan: str, problem: str = "") -> RecordFile | None:
    """Begins the record of an up, in the program; None where it cannot be written.

    Args:
        folder: the stack's folder of records.
        plan: the plan's hash; "" if the program failed before it had one.
        problem: why the program refused the run; "" if it did not.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in records(folder)[: -(KEPT_RECORDS - 1)]:
            old.unlink(missing_ok=True)
    except OSError:
        return None
    record = RecordFile(folder / f"{time.time_ns()}-{os.getpid()}.jsonl", new=True)
    record.put({"record": 1, "at": time.time(), "plan": plan})
    if problem:
        refuse_record(record, problem)
    return record


def refuse_record(record: RecordFile, problem: str) -> None:
    """Adds why the run was refused. Nothing was written to the account."""
    record.put({"refused": _short(problem)}, last=True)


def record_of_plan(folder: Path, plan: str) -> Path | None:
    """The record that the program of this run has begun; None where there is none, as in a preview.

    The program of a run lives while the host answers it. So a record of an earlier run of the same plan is not taken. A
    preview at the same time may take it; then it adds the same entries.
    """
    for path in reversed(records(folder)[-3:]):
        with suppress(OSError, ValueError, KeyError, AttributeError):
            with path.open("rb") as file:
                head = json.loads(file.readline(_TAIL))
            if head["plan"] == plan and is_held(path):
                return path
    return None


def is_held(path: Path) -> bool:
    """Whether a process of the run lives: the program and the host hold a lock, which ends with them."""
    if fcntl is None:
        return False
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


class HostRecord:
    """What the provider host adds to a run's record. Before `join`, what is added waits in memory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: RecordFile | None = None
        self._waiting: dict[tuple[str, str], dict[str, Any]] = {}
        self._verbs: Counter[str] = Counter()
        self._outcomes: dict[str, str] = {}
        self._left_out = 0
        self._refused = False

    def join(self, plan: str, journal: str = "") -> None:
        """Goes on with the record of the run's program, if it has one. `journal` is the name of the run's journal."""
        if self._file is not None or (path := record_of_plan(self._folder, plan)) is None:
            return
        self._file = RecordFile(path)
        self._put({"host": os.getpid(), "journal": journal})
        for entry in self._waiting.values():
            self._put(entry)

    def entry(self, kind: str, key: str, verb: str, number: object = None, eid: str = "") -> None:
        """An entry that the run changes. The first verb counts: a replacement ends with a create.

        Args:
            kind: the resource's type, such as `Agent`.
            key: the resource's name.
            verb: `create`, `update`, `replace`, `adopt` or `delete`.
            number: its phone number; it is masked here.
            eid: the EID of an agent that is adopted.
        """
        if (kind, key) in self._waiting:
            return
        masked = masked_number(str(number)) if number else ""
        self._waiting[kind, key] = {"type": kind, "key": key, "verb": verb, "number": masked, "eid": eid}
        self._verbs[verb] += 1
        if self._file is not None:
            self._put(self._waiting[kind, key])

    def done(self, kind: str, key: str, eid: str = "") -> None:
        """The resource is as wanted. `eid` is the agent's."""
        self._put({"type": kind, "key": key, "done": True, "eid": eid})

    def failed(self, kind: str, key: str, problem: str) -> None:
        """The resource failed; `problem` says why."""
        self._put({"type": kind, "key": key, "error": _short(problem)})

    def refused(self, problem: str) -> None:
        """A guard refused the run, or a change of it. The first refusal says enough."""
        if self._file is not None and not self._refused:
            self._refused = True
            refuse_record(self._file, problem)

    def wrote(self, entry: JournalEntry) -> None:
        """A line of the run's journal. See `Journal`."""
        self._outcomes[entry.write] = entry.outcome.value
        self._put(
            {
                "write": entry.write,
                "key": entry.key,
                "call": entry.call,
                "outcome": entry.outcome.value,
                "note": _short(entry.note),
            }
        )

    def end(self, *, settled: bool) -> None:
        """Ends the record. `settled`: the engine is alive, and has all results."""
        if self._file is None:
            return
        totals = {"verbs": dict(self._verbs), "outcomes": dict(Counter(self._outcomes.values()))}
        end = {"end": time.time(), "host": os.getpid(), "settled": settled, "leftOut": self._left_out, **totals}
        self._file.put(end, last=True)
        self._file.close()

    def _put(self, content: Mapping[str, Any]) -> None:
        if self._file is not None and not self._file.put(content):
            self._left_out += 1


def _short(text: str) -> str:
    return mask_numbers(text)[:_MAX_TEXT]

"""The journal file: what a run did since the state file was last written.

Each line is one JSON object. The first line has the SHA-256 of the state file that the entries start from. A line
`folded` has the SHA-256 of the state file that contains the entries. So the next run knows after any crash whether the
journal belongs to the state file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digo.system.atomic_file import sync_folder
from engine.backend.entries import decode_entry, encode_entry
from engine.backend.files import explain
from engine.journal import JournalEntry
from engine.serialize import UnreadableState
from protocol.stored import SecretReader, SecretWriter

_FORMAT = 1


@dataclass(frozen=True)
class JournalContent:
    """A journal as read from disk. `lines` are entries in JSON; `base` and `folded` are SHA-256 of state files."""

    base: str
    lines: tuple[Mapping[str, Any], ...]
    folded: str = ""

    def entries(self, read_secret: SecretReader) -> list[JournalEntry]:
        """The entries, ready to replay."""
        return [decode_entry(line, read_secret) for line in self.lines]


def read_journal(path: Path) -> JournalContent | None:
    """Reads a journal file; None if there is no file, or if its first line is incomplete.

    An incomplete last line is ignored: a crash leaves one. Raises `UnreadableState` if the file is otherwise damaged.
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    whole, _, _ = text.rpartition(b"\n")
    if not whole:
        return None
    try:
        lines = [json.loads(line) for line in whole.split(b"\n")]
    except ValueError as error:
        raise _damaged(path) from error
    header, rest = lines[0], lines[1:]
    if header.get("journal") != _FORMAT:
        raise _damaged(path)
    folded = [line["folded"] for line in rest if "folded" in line]
    return JournalContent(
        base=header["base"],
        lines=tuple(line for line in rest if "folded" not in line),
        folded=folded[-1] if folded else "",
    )


def mark_folded(path: Path, digest: str) -> None:
    """Appends a `folded` line to the journal of an ended run. `digest` is the SHA-256 of the new state file.

    Raises `StateNotWritten`.
    """
    try:
        with path.open("r+b") as file:
            whole, end, _ = file.read().rpartition(b"\n")
            file.truncate(len(whole + end))
            file.seek(0, os.SEEK_END)
            file.write(_line({"folded": digest}))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise explain(error, path) from error


def _damaged(path: Path) -> UnreadableState:
    return UnreadableState(
        f"the journal {path} of an interrupted run is damaged, and the state cannot be completed from it; "
        "move the file away to go on with the state as it was before that run, then run `refresh`"
    )


class JournalWriter:
    """Writes entries to the journal file. Only one thread at a time may call it."""

    def __init__(self, path: Path, base: str, stack: str, write_secret: SecretWriter) -> None:
        """Starts a new journal for the state file whose SHA-256 is `base`; raises `StateNotWritten`."""
        self._path = path
        self._write_secret = write_secret
        self._waiting = [_line({"journal": _FORMAT, "stack": stack, "base": base})]
        self._size = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            self._flush()
            sync_folder(path.parent)
        except OSError as error:
            raise explain(error, path) from error

    def record(self, entries: Sequence[JournalEntry]) -> None:
        """Stores the entries with one flush. Without a durable entry they stay in memory. Raises `OSError`."""
        self._waiting += [_line(encode_entry(entry, self._write_secret)) for entry in entries]
        if any(entry.durable for entry in entries):
            self._flush()

    def mark_folded(self, digest: str) -> None:
        """Appends a `folded` line. `digest` is the SHA-256 of the new state file. Raises `OSError`."""
        self._waiting.append(_line({"folded": digest}))
        self._flush()

    def discard(self) -> None:
        """Closes and removes the file: the state file has its entries. Raises `StateNotWritten`."""
        try:
            os.close(self._descriptor)
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise explain(error, self._path) from error

    def _flush(self) -> None:
        data, self._waiting = memoryview(b"".join(self._waiting)), []
        written = 0
        try:
            while written < len(data):
                written += os.write(self._descriptor, data[written:])
            os.fsync(self._descriptor)
        except OSError:
            # No partial line may stay: the journal must end with the last recorded entry.
            os.ftruncate(self._descriptor, self._size)
            os.lseek(self._descriptor, self._size, os.SEEK_SET)
            raise
        self._size += written


def _line(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"

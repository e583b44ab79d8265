"""What was sent of a list, on disk while it is being sent: a run that is killed goes on where it was.

One file a list, in `.digo/ledger/<stack>/`; a line is one JSON object. Before rows of a bucket leave, a line says
that its content is unknown from now on; when all of them are confirmed, another one has their digest. The lines of a
shard are removed when the engine has taken its outcome over into its state, so they are there only after a run that was
cut off. The file is named by the list's id: what the account has of it depends neither on the key that config has for
it nor on its shards, and either may change before the next run.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from digo.lists.digests import EMPTY, Digests
from digo.whole_file import write_whole

_WRITING = threading.Lock()  # the shards of a list write into one file


@dataclass(frozen=True)
class Line:
    """One bucket: its digest before the run by the state of its shard, and now. `now` None: its rows are on their way,
    what it has is unknown. `of` is how many shards the list had in the run."""

    bucket: int
    was: bytes
    now: bytes | None
    count: int
    of: int

    def written(self) -> str:
        now = None if self.now is None else self.now.hex()
        line = {"bucket": self.bucket, "was": self.was.hex(), "now": now, "count": self.count, "of": self.of}
        return json.dumps(line)

    @classmethod
    def read(cls, text: str) -> Line | None:
        """The line; None where a killed run or a full disk cut it short."""
        try:
            content = json.loads(text)
            now = None if content["now"] is None else bytes.fromhex(content["now"])
            was, count, of = bytes.fromhex(content["was"]), int(content["count"]), int(content["of"])
            return cls(int(content["bucket"]), was, now, count, of)
        except (ValueError, TypeError, KeyError):
            return None


class Ledger:
    """The ledger of one list. `owner` names the account and list that it is about: another one's is not believed. `of`
    is how many shards the list has now."""

    def __init__(self, folder: Path, name: str, owner: str, of: int = 1) -> None:
        self._of = of
        self._path = folder / f"{quote(name, safe='')}.jsonl"
        self._head = json.dumps({"owner": owner})

    def standing(self, state: Digests) -> Digests:
        """What the account has: the state's word, and the ledger's where a later run than the state's wrote it.

        A bucket whose content is unknown is left out, so that it is sent again whatever is wanted. Buckets of other
        shards than the state's are in it.
        """
        digests, counts = dict(state.digests), dict(state.counts)
        for line in self._last_lines().values():
            if digests.get(line.bucket, EMPTY) != line.was:
                # With as many shards, another machine has written it since, and its run is in the state. With others,
                # the run asked another shard's state, and nothing is known of what came first.
                if line.of != self._of:
                    digests.pop(line.bucket, None)
                continue
            counts[line.bucket] = line.count
            if line.now is None:
                digests.pop(line.bucket, None)
            else:
                digests[line.bucket] = line.now
        return Digests(digests, counts)

    def begin(self, state: Digests, buckets: Mapping[int, int]) -> None:
        """Before rows of these buckets leave: on disk when it returns. `buckets` has the number of rows of each.

        Raises:
            OSError: it could not be written; the rows must not be sent.
        """
        lines = [
            Line(bucket, state.digests.get(bucket, EMPTY), None, count, self._of) for bucket, count in buckets.items()
        ]
        with _WRITING:
            if not self._is_mine():
                self._path.unlink(missing_ok=True)
            self._append(lines)
        with self._path.open("ab") as file:
            os.fsync(file.fileno())

    def confirm(self, state: Digests, bucket: int, digest: bytes, count: int) -> None:
        """All rows of the bucket are confirmed. A disk that is full now costs no more than sending them again."""
        try:
            with _WRITING:
                self._append([Line(bucket, state.digests.get(bucket, EMPTY), digest, count, self._of)])
        except OSError:
            return

    def settle(self, buckets: Container[int]) -> None:
        """The state has all of these buckets: their lines are removed, and the file with the last of them. Where the
        disk lets none be removed they stay: they tell what they were before, and the state has something else now."""
        rest = [line for line in self._last_lines().values() if line.bucket not in buckets]
        with contextlib.suppress(OSError):
            if rest:
                write_whole(self._path, self._head + "".join(f"\n{line.written()}" for line in rest))
            else:
                self._path.unlink(missing_ok=True)

    def _append(self, lines: Iterable[Line]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = not self._path.exists()
        with self._path.open("a", encoding="utf-8") as file:
            # A line that a full disk cut short must not spoil the one after it.
            head = self._head if new else ""
            file.write(head + "".join(f"\n{line.written()}" for line in lines))

    def _last_lines(self) -> dict[int, Line]:
        head, *texts = self._texts() or [""]
        read = (Line.read(text) for text in texts) if head == self._head else ()
        return {line.bucket: line for line in read if line is not None}

    def _texts(self) -> list[str]:
        try:
            return self._path.read_text(encoding="utf-8", errors="replace").splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _is_mine(self) -> bool:
        try:
            with self._path.open(encoding="utf-8", errors="replace") as file:
                return file.readline().rstrip("\n") == self._head
        except (FileNotFoundError, NotADirectoryError):
            return False


def ledger_of(folder: Path, endpoint: str, list_id: str, key_check: str, of: int) -> Ledger:
    """The ledger of a list.

    Args:
        folder: the stack's; see `ledger_folder`.
        endpoint: the account's address.
        list_id: the list in the panel.
        key_check: tells the ledger key from another.
        of: how many shards the list has.
    """
    return Ledger(folder, list_id, f"{endpoint.rstrip('/')} list {list_id} key {key_check}", of)


def ledger_folder(root: Path, stack: str) -> Path:
    """Where a stack's ledgers are, in the project's folder."""
    return root / ".digo" / "ledger" / stack

"""The ledger: which buckets of a list were sent, on disk during the run. A killed run can continue from it.

Each list has one file in `.digo/ledger/<stack>/`; each line is one JSON object. Before rows of a bucket are sent, a
line marks the bucket's content as unknown. When all its rows are confirmed, another line has their digest. The lines of
a shard are removed when the engine has saved the shard's outcome, so lines remain only after an interrupted run. The
file is named by the list's id, because the list's config key and its shards may change before the next run.
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

from digo.lists.bucket_digests import EMPTY, Digests
from digo.system.atomic_file import write_file_atomically

_WRITING = threading.Lock()  # the shards of a list write to one file


@dataclass(frozen=True)
class LedgerLine:
    """One line: the digest of a bucket before the run and now.

    Attributes:
        bucket: the bucket.
        was: its digest before the run, from the state of its shard.
        now: its digest now. None means that its rows are being sent, so its content is unknown.
        count: how many rows it has.
        of: how many shards the list had in the run.
    """

    bucket: int
    was: bytes
    now: bytes | None
    count: int
    of: int

    def to_json(self) -> str:
        """The line as JSON."""
        now = None if self.now is None else self.now.hex()
        line = {"bucket": self.bucket, "was": self.was.hex(), "now": now, "count": self.count, "of": self.of}
        return json.dumps(line)

    @classmethod
    def from_json(cls, text: str) -> LedgerLine | None:
        """Reads a line; None if a killed run or a full disk cut it short."""
        try:
            content = json.loads(text)
            now = None if content["now"] is None else bytes.fromhex(content["now"])
            was, count, of = bytes.fromhex(content["was"]), int(content["count"]), int(content["of"])
            return cls(int(content["bucket"]), was, now, count, of)
        except (ValueError, TypeError, KeyError):
            return None


class Ledger:
    """The ledger of one list.

    `owner` names the account, list and key; a file with another owner is ignored. `of` is how many shards the list has
    now.
    """

    def __init__(self, folder: Path, name: str, owner: str, of: int = 1) -> None:
        self._of = of
        self._path = folder / f"{quote(name, safe='')}.jsonl"
        self._head = json.dumps({"owner": owner})

    def sent_digests(self, state: Digests) -> Digests:
        """The buckets that the account has: those of the state, updated with the lines of an interrupted run.

        A bucket with unknown content is left out, so that it is sent again. The result may have buckets of shards that
        `state` does not have.
        """
        digests, counts = dict(state.digests), dict(state.counts)
        for line in self._last_lines().values():
            if digests.get(line.bucket, EMPTY) != line.was:
                # With the same number of shards, a run on another machine has written the bucket since, and the state
                # has its outcome. With another number, `was` is from another shard's state, so the order is unknown.
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
        """Marks buckets as unknown before their rows are sent. The lines are on disk when it returns.

        `buckets` has the number of rows of each bucket.

        Raises:
            OSError: the ledger cannot be written. The rows must not be sent.
        """
        lines = [
            LedgerLine(bucket, state.digests.get(bucket, EMPTY), None, count, self._of)
            for bucket, count in buckets.items()
        ]
        with _WRITING:
            if not self._is_mine():
                self._path.unlink(missing_ok=True)
            self._append(lines)
        with self._path.open("ab") as file:
            os.fsync(file.fileno())

    def confirm(self, state: Digests, bucket: int, digest: bytes, count: int) -> None:
        """Records that all rows of a bucket are confirmed. After a disk error, the next run only sends them again."""
        try:
            with _WRITING:
                self._append([LedgerLine(bucket, state.digests.get(bucket, EMPTY), digest, count, self._of)])
        except OSError:
            return

    def settle(self, buckets: Container[int]) -> None:
        """Removes the lines of buckets that the state has, and the file with its last line.

        A disk error is ignored. Lines that stay do no harm: their `was` no longer matches the state.
        """
        rest = [line for line in self._last_lines().values() if line.bucket not in buckets]
        with contextlib.suppress(OSError):
            if rest:
                write_file_atomically(self._path, self._head + "".join(f"\n{line.to_json()}" for line in rest))
            else:
                self._path.unlink(missing_ok=True)

    def _append(self, lines: Iterable[LedgerLine]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = not self._path.exists()
        with self._path.open("a", encoding="utf-8") as file:
            # A line that a full disk cut short must not damage the next one, so each line begins with its line end.
            head = self._head if new else ""
            file.write(head + "".join(f"\n{line.to_json()}" for line in lines))

    def _last_lines(self) -> dict[int, LedgerLine]:
        head, *texts = self._texts() or [""]
        read = (LedgerLine.from_json(text) for text in texts) if head == self._head else ()
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
        folder: the folder of the stack's ledgers; see `ledger_folder`.
        endpoint: the API's URL, which names the account.
        list_id: the list's id in the panel.
        key_check: identifies the ledger key.
        of: how many shards the list has.
    """
    return Ledger(folder, list_id, f"{endpoint.rstrip('/')} list {list_id} key {key_check}", of)


def ledger_folder(root: Path, stack: str) -> Path:
    """The folder of a stack's ledgers, under the project's root."""
    return root / ".digo" / "ledger" / stack

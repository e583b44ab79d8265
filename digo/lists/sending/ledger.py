"""The ledger: which rows of a list were sent, on disk during the run. A killed run can continue from it.

Each list has one file in `.digo/ledger/<stack>/`; each line is one JSON value (`ledger_lines`). Before rows
are sent, a line on disk names them. Each confirmed row gets a line of its own, which may be lost. The lines of a shard
are removed when the engine has saved the shard's outcome, so lines remain only after an interrupted run. The file is
named by the list's id, because the list's config key and its shards may change before the next run.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Callable, Container, Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from digo.lists.digests.bucket_digests import EMPTY, Digests
from digo.lists.digests.known_rows import BegunBucket, KnownRows
from digo.lists.digests.row_delta import RowDelta
from digo.lists.sending.ledger_lines import NO_PLACE, BeginLine, BucketLine, Line, RowLine, line_from_json
from digo.system.atomic_file import write_file_atomically

_IN_THE_STATE = "-"  # names no state
_WRITING = threading.Lock()  # the shards of a list write to one file


class Ledger:
    """The ledger of one list.

    `owner` names the account, list and key; a file with another owner is ignored. `of` is how many shards the list has
    now.
    """

    def __init__(self, folder: Path, name: str, owner: str, of: int = 1) -> None:
        self.of = of
        self._path = folder / f"{quote(name, safe='')}.jsonl"
        self._head = json.dumps({"owner": owner})

    @property
    def exists(self) -> bool:
        """Whether there is a file. Without one, the state knows all."""
        return self._path.is_file()

    def old_digests(self, state: Digests) -> Digests:
        """The buckets that the account has by a state and lines of version 0.2.0.

        A bucket with unknown content is left out, so that it is sent again. The result may have buckets of shards that
        `state` does not have.
        """
        digests, counts = dict(state.digests), dict(state.counts)
        last = {line.bucket: line for line in self._lines() if isinstance(line, BucketLine)}
        for line in last.values():
            if digests.get(line.bucket, EMPTY) != line.was:
                # With the same number of shards, a run on another machine has written the bucket since, and the state
                # has its outcome. With another number, `was` is from another shard's state, so the order is unknown.
                if line.of != self.of:
                    digests.pop(line.bucket, None)
                continue
            counts[line.bucket] = line.count
            if line.now is None:
                digests.pop(line.bucket, None)
            else:
                digests[line.bucket] = line.now
        return Digests(digests, counts)

    @property
    def begun_buckets(self) -> frozenset[int]:
        """The buckets of which a run of this version has begun to send rows."""
        return frozenset(bucket for line in self._lines() if isinstance(line, BeginLine) for bucket in line.was)

    def known_rows(self, state: KnownRows, token: Callable[[int], str]) -> KnownRows:
        """The known rows of a shard: those of its state, updated with the lines of interrupted runs.

        Args:
            state: the known rows by the state.
            token: gives what names the state that a bucket is from, as in `begin`.
        """
        replay = _Replay(state, token, self.of)
        for line in self._lines():
            if isinstance(line, BeginLine):
                replay.begin(line)
            elif isinstance(line, RowLine):
                replay.put_in(line)
        return replay.known_rows()

    def begin(self, line: BeginLine) -> None:
        """Names rows before they are sent. The line is on disk when it returns.

        Raises:
            OSError: the ledger cannot be written. The rows must not be sent.
        """
        with _WRITING:
            if not self._is_mine():
                self._path.unlink(missing_ok=True)
            self._append([line])
        with self._path.open("ab") as file:
            os.fsync(file.fileno())

    def put_in(self, delta: RowDelta, place: int = NO_PLACE) -> None:
        """Records that a row is known. After a disk error, the next run only sends it again.

        Args:
            delta: puts the row into the sketch.
            place: see `RowLine`.
        """
        try:
            with _WRITING, self._path.open("ab", buffering=0) as file:
                file.write(f"\n{RowLine(delta, place).to_json()}".encode())
        except OSError:
            return

    def settle(self, buckets: Container[int], *, other_shards: bool = False) -> None:
        """Removes the lines of buckets that the state has, and the file with its last line.

        A disk error is ignored. Lines that stay do no harm: their `was` no longer names the state.

        Args:
            buckets: the buckets.
            other_shards: whether the state may have other shards with these buckets still, which do not know what was
                sent. One line says so, for a run that has such shards again.
        """
        rest = [line for line in (one.without(buckets) for one in self._lines()) if line is not None]
        if other_shards and (sent := sorted(bucket for bucket in self.begun_buckets if bucket in buckets)):
            rest.append(BeginLine(dict.fromkeys(sent, _IN_THE_STATE), self.of))
        with contextlib.suppress(OSError):
            if any(not isinstance(line, RowLine) for line in rest):
                write_file_atomically(self._path, self._head + "".join(f"\n{line.to_json()}" for line in rest))
            else:
                self._path.unlink(missing_ok=True)

    def _append(self, lines: Iterable[Line]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = not self._path.exists()
        with self._path.open("a", encoding="utf-8") as file:
            # A line that a full disk cut short must not damage the next one, so each line begins with its line end.
            head = self._head if new else ""
            file.write(head + "".join(f"\n{line.to_json()}" for line in lines))

    def _lines(self) -> Iterator[Line]:
        try:
            with self._path.open(encoding="utf-8", errors="replace") as file:
                if file.readline().rstrip("\n") == self._head:
                    yield from filter(None, map(line_from_json, file))
        except (FileNotFoundError, NotADirectoryError):
            return

    def _is_mine(self) -> bool:
        try:
            with self._path.open(encoding="utf-8", errors="replace") as file:
                return file.readline().rstrip("\n") == self._head
        except (FileNotFoundError, NotADirectoryError):
            return False


class _Replay:
    """Applies lines to the known rows of a shard, in the order in which they were written."""

    def __init__(self, state: KnownRows, token: Callable[[int], str], of: int) -> None:
        self._state = state
        self._token = token
        self._of = of
        self._current: dict[int, bool] = {}
        self._cleared: set[int] = set()
        self._begun = dict(state.begun)
        self._deltas: dict[int, list[RowDelta]] = {}

    def begin(self, line: BeginLine) -> None:
        for bucket, was in line.was.items():
            if bucket % self._state.sketch.of != self._state.sketch.index:
                continue
            self._current[bucket] = was == self._token(bucket)
            if self._current[bucket]:
                self._begin(bucket, line)
            elif line.of != self._of:
                # A run in other shards: whether it was before the one that the state is from is not known.
                self._clear(bucket)
        for delta in line.out:
            self._add(delta)

    def put_in(self, line: RowLine) -> None:
        bucket = line.delta.id.bucket
        if self._add(line.delta) and line.place != NO_PLACE and (begun := self._begun.get(bucket)):
            self._begun[bucket] = BegunBucket(begun.target, begun.confirmed | 1 << line.place)

    def known_rows(self) -> KnownRows:
        from digo.lists.digests.sketch import Sketch

        if not any(self._current.values()) and not self._cleared:
            return self._state
        sketch = self._state.sketch
        if self._cleared:
            sketch = sketch.with_buckets(self._cleared, Sketch.empty(sketch.index, sketch.of))
        deltas = [delta for one in self._deltas.values() for delta in one]
        unknown = {bucket: count for bucket, count in self._state.unknown.items() if bucket not in self._cleared}
        return KnownRows(sketch.with_deltas(deltas), self._begun, unknown, cut_off=True)

    def _begin(self, bucket: int, line: BeginLine) -> None:
        if bucket in line.cleared:
            self._clear(bucket)
        if (target := line.targets.get(bucket)) is not None:
            begun = self._begun.get(bucket)
            if begun is None or begun.target != target:
                self._begun[bucket] = BegunBucket(target, 0)
        else:
            # Its rows are known one by one. Bits of an earlier run would name rows that this one has replaced.
            self._begun.pop(bucket, None)

    def _clear(self, bucket: int) -> None:
        self._cleared.add(bucket)
        self._begun.pop(bucket, None)
        self._deltas.pop(bucket, None)

    def _add(self, delta: RowDelta) -> bool:
        bucket = delta.id.bucket
        if current := self._current.get(bucket, False):
            self._deltas.setdefault(bucket, []).append(delta)
        return current


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

"""How routes reach the workers: the parent sends each worker the descriptors of the files to read.

A message is one byte with two or three descriptors: the manifest, the table, and the counters where there are some. No
file has a name, so nothing stays behind when all of these processes are killed. A worker that finds its table damaged
sends one byte back. A worker whose parent has ended reads the end of the stream.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from dataclasses import dataclass

from digo.masking.private_file import private_file, seal, write_all
from digo.masking.table_manifest import TableManifest

_SEND_SECONDS = 1.0  # a worker that reads nothing for so long hangs
_MOST_DESCRIPTORS = 3
_NEWS = b"n"
_DAMAGED = b"d"


class ParentGone(Exception):
    """The parent process has ended."""


@dataclass(frozen=True)
class RoutesMessage:
    """What the parent has sent. The receiver closes the descriptors."""

    manifest: TableManifest
    table: int
    counters: int | None


class RoutesFeed:
    """The parent's side. Threads may share it."""

    def __init__(self, counters: int | None = None) -> None:
        """`counters` is the descriptor of the workers' counters, which stays the caller's."""
        self._counters = counters
        self._lock = threading.Lock()
        self._workers: list[socket.socket] = []
        self._manifest = -1
        self._table = -1

    def publish(self, manifest: TableManifest, table: int | None = None) -> None:
        """Sends the manifest to all workers, with a new table if there is one. The feed closes the table's descriptor.

        Raises:
            OSError: there is no memory for the manifest. The workers keep what they have.
        """
        described = private_file("digo-masking-manifest")
        try:
            write_all(described, manifest.to_json().encode())
            seal(described)
        except BaseException:
            os.close(described)
            raise
        with self._lock:
            self._replace(described, table)
            for worker in tuple(self._workers):
                if not self._send(worker):
                    self._drop(worker)

    def _replace(self, manifest: int, table: int | None) -> None:
        old = [self._manifest] if table is None else [self._manifest, self._table]
        self._manifest, self._table = manifest, self._table if table is None else table
        for descriptor in old:
            if descriptor >= 0:
                os.close(descriptor)

    def connect(self) -> socket.socket:
        """The end for a new worker. The current routes wait in it already. The caller closes it once the worker runs.

        Raises:
            OSError: there is no descriptor for it.
        """
        ours, theirs = socket.socketpair()
        with self._lock:
            self._workers.append(ours)
            if not self._send(ours):
                self._drop(ours)
        return theirs

    def is_damaged(self) -> bool:
        """Whether a worker has found the table damaged since the last call. It also forgets workers that have ended."""
        found = False
        with self._lock:
            for worker in tuple(self._workers):
                worker.settimeout(0)
                try:
                    said = worker.recv(4096)
                except BlockingIOError:
                    continue
                except OSError:
                    said = b""
                found = found or _DAMAGED in said
                if not said:
                    self._drop(worker)
        return found

    def table_stamp(self) -> tuple[int, int]:
        """Size and time of change of the current table."""
        with self._lock:
            status = os.fstat(self._table)
        return status.st_size, status.st_mtime_ns

    def close(self) -> None:
        """Ends all links, and closes the files."""
        with self._lock:
            for worker in tuple(self._workers):
                self._drop(worker)
            self._replace(-1, -1)

    def _send(self, worker: socket.socket) -> bool:
        descriptors = [self._manifest, self._table, *([] if self._counters is None else [self._counters])]
        worker.settimeout(_SEND_SECONDS)
        try:
            return socket.send_fds(worker, [_NEWS], descriptors) == len(_NEWS)
        except OSError:  # it has ended, or it hangs: its end of the link closes, and it is replaced
            return False

    def _drop(self, worker: socket.socket) -> None:
        self._workers.remove(worker)
        worker.close()


class RoutesLink:
    """A worker's side."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def fileno(self) -> int:
        """The descriptor to wait on for news."""
        return self._end.fileno()

    def receive(self, *, wait: bool = False) -> RoutesMessage | None:
        """The newest message that has arrived; None without one. `wait` waits for the first.

        Raises:
            ParentGone: no more will come.
            OSError: there are no descriptors left for it.
        """
        newest: RoutesMessage | None = None
        self._end.settimeout(None if wait else 0)
        with contextlib.suppress(BlockingIOError):
            while True:
                said, descriptors = self._read()
                if not said:
                    raise ParentGone
                self._end.settimeout(0)
                if newest is not None:
                    _close(newest)
                newest = _message(descriptors)
        return newest

    def _read(self) -> tuple[bytes, list[int]]:
        try:
            said, descriptors, _, _ = socket.recv_fds(self._end, len(_NEWS), _MOST_DESCRIPTORS)
        except ConnectionResetError:
            # The parent ended before it read a report of damage. A loop of uvloop would not look at the link again.
            return b"", []
        return said, descriptors

    def report_damage(self) -> None:
        """Tells the parent that the table is damaged."""
        with contextlib.suppress(OSError):  # BlockingIOError: it has been told often enough
            self._end.send(_DAMAGED)


def _message(descriptors: list[int]) -> RoutesMessage:
    if len(descriptors) < 2:
        for descriptor in descriptors:
            os.close(descriptor)
        raise OSError("the parent's files did not arrive: there are too few file descriptors")
    manifest, table, *counters = descriptors
    try:
        text = os.pread(manifest, os.fstat(manifest).st_size, 0)
        return RoutesMessage(TableManifest.from_json(text), table, counters[0] if counters else None)
    except BaseException:
        for descriptor in (table, *counters):
            os.close(descriptor)
        raise
    finally:
        os.close(manifest)


def _close(message: RoutesMessage) -> None:
    for descriptor in (message.table, message.counters):
        if descriptor is not None:
            os.close(descriptor)

"""Keeps room for those who speak: how many connections a worker has, and how long one may wait.

Whoever opens connections and says nothing must not take the descriptors that others need. A connection *waits* from
its beginning, and from each reply, until a whole request has arrived. It also waits while it does not read. Where there
are too many connections, the one that has waited longest is closed.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

try:
    import resource
except ImportError:  # Windows has no such limit
    resource = None  # type: ignore[assignment]

HEAD_SECONDS = 10.0
IDLE_SECONDS = 75.0  # longer than proxies' own: the proxy ends a connection, not we
WRITE_SECONDS = 10.0
HEAD_BYTES = 64 * 1024
PIPELINED = 1000
BACKLOG = 2048
_MOST_FILES = 1 << 20
_LEAST_CONNECTIONS = 8
_OWN_FILES = 32  # what a worker opens beside its connections: files of routes, the log, time zones


@dataclass(frozen=True)
class ConnectionLimits:
    """The limits of a worker's connections.

    Attributes:
        connections: how many it has at most.
        head_seconds: how long a request head may take, from the connection's beginning or from its first byte.
        idle_seconds: how long a connection may say nothing after a reply.
        write_seconds: how long a client may not read what is sent to it.
        head_bytes: how long a request head may be, with what stands between and after the chunks of a body.
        pipelined: how many requests may wait for their turn in one connection.
    """

    connections: int
    head_seconds: float = HEAD_SECONDS
    idle_seconds: float = IDLE_SECONDS
    write_seconds: float = WRITE_SECONDS
    head_bytes: int = HEAD_BYTES
    pipelined: int = PIPELINED


class Connection(Protocol):
    """A connection, as `Connections` sees it."""

    def drop(self) -> None:
        """Closes the connection at once."""


class Connections:
    """A worker's connections."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self._all: set[Connection] = set()
        self._waiting: OrderedDict[Connection, None] = OrderedDict()

    def opened(self, connection: Connection) -> bool:
        """Adds a connection, which waits. False if there is no room: each of the others has a request at work."""
        if len(self._all) >= self.limits.connections:
            if not self._waiting:
                return False
            oldest, _ = self._waiting.popitem(last=False)
            self._all.discard(oldest)
            oldest.drop()
        self._all.add(connection)
        self._waiting[connection] = None
        return True

    def speaks(self, connection: Connection) -> None:
        """Notes that a whole request has arrived."""
        self._waiting.pop(connection, None)

    def waits(self, connection: Connection) -> None:
        """Notes that the connection has its reply, or does not read it."""
        if connection in self._all:
            self._waiting[connection] = None
            self._waiting.move_to_end(connection)

    def closed(self, connection: Connection) -> None:
        """Removes the connection."""
        self._waiting.pop(connection, None)
        self._all.discard(connection)


def raise_file_limit() -> int | None:
    """Raises this process's limit of open files to what it may be, for itself and its children. None: no limit."""
    if resource is None:
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        except (OSError, ValueError):  # a system with a lower limit of its own (macOS: OPEN_MAX)
            return soft
        soft = most
    return _MOST_FILES if soft == resource.RLIM_INFINITY else soft


def backlog_for(files: int | None) -> int:
    """How many connections the system may keep for us before we take them.

    The event loop takes all of them at once, before it can close any. So they must fit beside those that are open.
    """
    return BACKLOG if files is None else max(_LEAST_CONNECTIONS, min(BACKLOG, files // 2))


def room_for(files: int | None) -> int:
    """How many connections a worker can have. To be called in the worker, before it takes any."""
    if files is None:
        return _MOST_FILES
    return max(_LEAST_CONNECTIONS, files - backlog_for(files) - _OWN_FILES - _open_files())


def _open_files() -> int:
    for folder in ("/proc/self/fd", "/dev/fd"):
        try:
            return sum(1 for _ in Path(folder).iterdir())
        except OSError:
            continue
    return _OWN_FILES

"""Which processes live, and what the dead ones have left.

Each process holds a lock that is named after it as long as it lives: an advisory lock of Postgres, or a lock file
beside SQLite's file. The server and the system release it when the process dies. So whoever gets the lock of another
process knows that it is dead, and gives what it has begun back to its queue.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from digo.fleet.runs.database import Database, unusable
from digo.fleet.runs.failure import DatabaseLost

if TYPE_CHECKING:
    import psycopg

    from digo.fleet.runs.store import RunStore

# The server notices a client that the network has swallowed within half a minute, and releases its locks. They hold for
# the one transaction: a pooler hands the connection to others later.
_SERVER_SIDE = (
    "tcp_keepalives_idle = 5",
    "tcp_keepalives_interval = 5",
    "tcp_keepalives_count = 3",
    "idle_in_transaction_session_timeout = 0",
)


class LifeLock(Protocol):
    """The lock of this process, and attempts at those of others."""

    def prove(self) -> None:
        """Makes sure that the lock is still held.

        Raises:
            DatabaseLost: it is not, or nobody knows.
        """
        ...

    def dead_among(self, names: Iterable[str]) -> Iterator[str]:
        """The processes among these that are dead. Each one's lock is held while the caller looks at it.

        Raises:
            DatabaseLost: the database cannot be used.
        """
        ...

    def release(self) -> None:
        """Releases the lock. It raises nothing."""
        ...


def life_lock(database: Database, name: str) -> LifeLock:
    """Takes the lock of this process.

    Args:
        database: the database of the runs.
        name: the process's name, which no other one ever had or will have.

    Raises:
        RunsError: the database cannot be used.
    """
    return _PostgresLock(database, name) if database.file is None else _FileLock(database.file, name)


def requeue_work_of_the_dead(store: RunStore, lock: LifeLock, name: str) -> int:
    """Gives back to its queue what dead processes have begun and not ended; how many workflows.

    Args:
        store: the runs.
        lock: the lock of this process.
        name: the name of this process.

    Raises:
        DatabaseLost: the database cannot be used.
    """
    foreign = {one.executor_id for one in store.under_way() if one.executor_id and one.executor_id != name}
    requeued = 0
    for dead in lock.dead_among(sorted(foreign)):
        # Read again: only who holds the dead one's lock gives its work back, so nobody has done it since.
        for one in store.under_way():
            if one.executor_id == dead:
                store.requeue(one)
                requeued += 1
    return requeued


class _PostgresLock:
    """Locks of one transaction, which stays open: a pooler keeps a transaction on one connection to the server."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._open = self._connect()
        with self._errors():
            for setting in _SERVER_SIDE:
                self._open.execute(f"SET LOCAL {setting}".encode())
            self._open.execute("SELECT pg_advisory_xact_lock(%s)", (_number(name),))

    def prove(self) -> None:
        with self._errors():
            self._open.execute("SELECT 1")

    def dead_among(self, names: Iterable[str]) -> Iterator[str]:
        wanted = list(names)
        if not wanted:
            return
        with self._errors(), self._connect() as connection:
            for name in wanted:
                row = connection.execute("SELECT pg_try_advisory_xact_lock(%s)", (_number(name),)).fetchone()
                if row and row[0]:
                    yield name

    def release(self) -> None:
        import psycopg

        # The server notices a closed connection late. A rollback releases the lock before this returns.
        with suppress(psycopg.Error, OSError):
            self._open.rollback()
        with suppress(psycopg.Error, OSError):
            self._open.close()

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        import psycopg

        with self._errors():
            return psycopg.connect(self._database.libpq_url)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        import psycopg

        try:
            yield
        except (psycopg.Error, OSError) as problem:
            found = unusable(self._database, problem)
            raise DatabaseLost(found.what, found.next_step) from None


class _FileLock:
    """Locks on files in a folder beside the database."""

    def __init__(self, database: Path, name: str) -> None:
        from filelock import FileLock

        self._folder = database.with_name("processes")
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self._lock = FileLock(self._folder / f"{name}.lock")
            self._lock.acquire(blocking=False)
        except OSError as problem:
            raise unusable(Database("", str(self._folder), database), problem) from None

    def prove(self) -> None:
        """The system releases the lock with the process only."""

    def dead_among(self, names: Iterable[str]) -> Iterator[str]:
        from filelock import FileLock, Timeout

        for name in names:
            lock = FileLock(self._folder / f"{name}.lock")
            try:
                with lock.acquire(blocking=False):
                    yield name
                    Path(lock.lock_file).unlink(missing_ok=True)
            except Timeout:
                continue

    def release(self) -> None:
        self._lock.release()
        Path(self._lock.lock_file).unlink(missing_ok=True)


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"digo:fleet:{name}".encode()).digest()[:8], "big", signed=True)

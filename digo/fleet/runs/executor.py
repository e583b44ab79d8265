"""DBOS in this process: launched under a name of its own, watched, and ended."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dbos import DBOS, DBOSPortableJSONSerializer
from sqlalchemy.exc import SQLAlchemyError

from digo.fleet.runs.database import Database, unusable
from digo.fleet.runs.failure import DatabaseLost, RunsError
from digo.fleet.runs.liveness import LifeLock, life_lock, requeue_work_of_the_dead
from digo.fleet.runs.sqlite_clock import provide_sqlite_clock
from digo.fleet.runs.store import RunStore, runs_queue, stacks_queue

_PROVE_SECONDS = 2.0
_TICK_SECONDS = 0.25
_SILENT_SECONDS = 30.0
_FOREVER = 10**6


def process_name() -> str:
    """A name for this process that no other one ever had: machine, process id, and a random part."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


@contextmanager
def launched(database: Database, fleet: str, label: str, register: Callable[[str], None]) -> Iterator[Executor]:
    """DBOS, which takes runs and stacks from the queues until the block ends.

    Args:
        database: the database of the runs.
        fleet: the fleet's name in it.
        label: only what was begun with this label is taken (`identity.version_label`).
        register: registers the workflows; it is told the name of this process.

    Raises:
        RunsError: the database cannot be used, or DBOS runs in this process already.
    """
    name = process_name()
    lock = life_lock(database, name)
    try:
        _launch(database, fleet, label, name, register)
        executor = Executor(database, fleet, name, lock)
        try:
            yield executor
        finally:
            executor.end()
    finally:
        lock.release()


class Executor:
    """A launched DBOS. A thread proves again and again that this process counts as alive, and looks for dead ones.

    Attributes:
        name: the name of this process.
    """

    def __init__(self, database: Database, fleet: str, name: str, lock: LifeLock) -> None:
        self.name = name
        self._lost = threading.Event()
        self._proved = time.monotonic()
        self._database = database
        self._fleet = fleet
        self._lock = lock
        self._ends = threading.Event()
        self._destroyed = threading.Event()
        self._prover = threading.Thread(target=self._prove_life, name="digo-fleet-life", daemon=True)
        self._prover.start()

    @property
    def lost(self) -> bool:
        """Whether this process may count as dead: its database has failed, or has not answered for half a minute."""
        return self._lost.is_set() or time.monotonic() - self._proved > _SILENT_SECONDS

    def drain(self, running: Callable[[], int]) -> None:
        """Takes nothing new, and waits until this process has ended what it has begun, or the database is lost.

        Args:
            running: how many ups are under way.
        """
        if not running():
            return
        ending = threading.Thread(target=self._destroy, args=(_FOREVER,), name="digo-fleet-end", daemon=True)
        ending.start()
        while ending.is_alive() and not self.lost:
            ending.join(_TICK_SECONDS)

    def end(self) -> None:
        """Takes nothing new, and ends DBOS. Nothing records what still runs in other threads."""
        self._ends.set()
        self._prover.join(_SILENT_SECONDS)  # a connection that a network has swallowed keeps it longer
        self._destroy(0)

    def _destroy(self, seconds: int) -> None:
        if not self._destroyed.is_set():
            self._destroyed.set()
            DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=seconds)

    def _prove_life(self) -> None:
        store = RunStore(self._database, self._fleet)
        try:
            while not self._ends.wait(_PROVE_SECONDS):
                self._lock.prove()
                self._proved = time.monotonic()
                requeue_work_of_the_dead(store, self._lock, self.name)
        except DatabaseLost as lost:
            logging.getLogger("dbos").warning("%s", lost.what)
            self._lost.set()
        finally:
            store.close()


def _launch(database: Database, fleet: str, label: str, name: str, register: Callable[[str], None]) -> None:
    if database.file is not None:
        provide_sqlite_clock()
    DBOS(
        config={
            "name": fleet,
            "system_database_url": database.url,
            "application_version": label,
            "executor_id": name,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "WARNING",
        }
    )
    if DBOS.executor_id != name:  # it has returned the one that is there
        raise RunsError(
            "DBOS runs in this process already, and there can be one only",
            "up the fleet in a process of its own, or one after the other",
        )
    try:
        register(name)
        DBOS.listen_queues([runs_queue(fleet), stacks_queue(fleet)])
        DBOS.launch()
    except SQLAlchemyError as problem:
        DBOS.destroy(destroy_registry=True)
        raise unusable(database, problem) from None

"""The service's signals: SIGINT and SIGTERM stop it, and SIGHUP makes it read the config again.

A terminal sends its signals to all processes at once. The workers ignore those; their parent stops them by SIGTERM.
Otherwise a second Ctrl-C would interrupt a worker that is shutting down.
"""

from __future__ import annotations

import copy
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import connection, resource_tracker
from types import FrameType

import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess
from uvicorn.supervisors.multiprocess import Process

from digo.masking.routes_link import RoutesFeed

_OF_TERMINALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGHUP") if hasattr(signal, name))
_LOOK_SECONDS = 0.5
_SHORT_LIFE_SECONDS = 1.0
_ALL = (*_OF_TERMINALS, signal.SIGTERM)


class Stopped(BaseException):
    """A signal stops the service during its start."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Within it, the first SIGINT or SIGTERM raises Stopped. SIGHUP is ignored: no config is loaded yet.

    Code that installs its own signal handlers does so within it. Afterwards all signals are ignored: the process is
    ending, and a second Ctrl-C must not interrupt that.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        _ignore()
        raise Stopped

    before = {one: signal.signal(one, signal.SIG_IGN) for one in _ALL}
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, stop)
    try:
        yield
    except Exception:
        for one, handler in before.items():
            signal.signal(one, handler)
        raise
    _ignore()


def _ignore() -> None:
    for one in _ALL:
        signal.signal(one, signal.SIG_IGN)


# Makes the application of the worker in a place. It gets the worker's end of the link to this process.
WorkerFactory = Callable[[int, socket.socket], Callable[[], ASGIApp]]


class Supervisor(Multiprocess):
    """uvicorn's parent process of workers. SIGHUP calls `reload`, and the workers stay.

    Each worker has its own link, and keeps its place when it is replaced. A worker that ends is replaced at once.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        sockets: list[socket.socket],
        feed: RoutesFeed,
        worker: WorkerFactory,
        reload: Callable[[], None],
    ) -> None:
        super().__init__(config, sockets)
        self._feed = feed
        self._worker = worker
        self._reload = reload
        self._begun: dict[int, float] = {}

    def run(self) -> None:
        """Runs the workers until a signal stops them."""
        self.init_processes()
        while not self.should_exit.is_set():
            connection.wait([one.process.sentinel for one in self.processes], _LOOK_SECONDS)
            self.handle_signals()
            self._replace_ended()
            self.keep_subprocess_alive()
        self.terminate_all()
        self.join_all()

    def init_processes(self) -> None:
        """Starts the workers."""
        self.processes += [self._start(place) for place in range(self.processes_num)]

    def handle_ttin(self) -> None:
        """Adds a worker."""
        self.processes_num += 1
        self.processes.append(self._start(len(self.processes)))

    def handle_hup(self) -> None:
        """Reads the config again instead of restarting the workers."""
        self._reload()

    def keep_subprocess_alive(self) -> None:
        """Replaces workers that hang."""
        for place, process in enumerate(self.processes):
            if self.should_exit.is_set():
                return
            if process.process.is_alive() and not process.is_alive(self.config.timeout_worker_healthcheck):
                process.kill()
                process.join()
                self._replace(place, process)

    def _replace_ended(self) -> None:
        """Replaces all workers that have ended, before any other is waited for."""
        for place, process in enumerate(self.processes):
            if self.should_exit.is_set():
                return
            if not process.process.is_alive():
                process.join()
                if time.monotonic() - self._begun[place] < _SHORT_LIFE_SECONDS:
                    self.should_exit.wait(_LOOK_SECONDS)  # what ends at its start would be started without a pause
                self._replace(place, process)

    def _replace(self, place: int, old: Process) -> None:
        if old.exitcode == STARTUP_FAILURE:  # it would fail the same way again
            self.should_exit.set()
            return
        old.kill()  # closes its pipes
        self.processes[place] = self._start(place)

    def _start(self, place: int) -> Process:
        """Starts a worker with the terminal's signals blocked."""
        config = copy.copy(self.config)
        with self._feed.connect() as link, _kept_from_children():
            config.app = self._worker(place, link)
            process = Process(config, self.sockets)
            process.start()
        self._begun[place] = time.monotonic()
        return process


@contextmanager
def _kept_from_children() -> Iterator[None]:
    """Blocks the terminal's signals for processes started within it. Pending signals arrive when it is left."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _OF_TERMINALS)
    try:
        # Python starts a helper process with the first child, and unblocks SIGINT on the way.
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, _OF_TERMINALS)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

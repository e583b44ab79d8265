"""The service's signals: SIGINT and SIGTERM stop it, and SIGHUP makes it read the config again.

A terminal sends its signals to all processes at once. The workers ignore those; their parent stops them by SIGTERM.
Otherwise a second Ctrl-C would interrupt a worker that is shutting down.
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from types import FrameType

import uvicorn
from uvicorn.supervisors import Multiprocess

_OF_TERMINALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGHUP") if hasattr(signal, name))
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


class Supervisor(Multiprocess):
    """uvicorn's parent process of workers. SIGHUP calls `reload`, and the workers stay."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket], reload: Callable[[], None]) -> None:
        super().__init__(config, sockets)
        self._reload = reload

    def init_processes(self) -> None:
        """Starts the workers with the terminal's signals blocked."""
        with _kept_from_children():
            super().init_processes()

    def keep_subprocess_alive(self) -> None:
        """Replaces dead workers, with the terminal's signals blocked."""
        with _kept_from_children():
            super().keep_subprocess_alive()

    def handle_ttin(self) -> None:
        """Adds a worker, with the terminal's signals blocked."""
        with _kept_from_children():
            super().handle_ttin()

    def handle_hup(self) -> None:
        """Reads the config again instead of restarting the workers."""
        self._reload()


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

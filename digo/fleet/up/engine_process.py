"""The engine processes of this process: each is real, has the environment of its stack, and does not outlive us."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from digo.fleet.up.fork_server import ForkServer
from digo.fleet.up.started_engine import EngineRun, LaunchedEngine, NotStarted, StartedEngine
from digo.system.signals import SIGNAL_EXIT_BASE

GRACE_SECONDS = 30.0
"""So long an engine may take to end in order, once the process that runs it is gone."""

_INTERRUPTED_EXIT = SIGNAL_EXIT_BASE + signal.SIGINT
"""The exit code of an engine that Ctrl-C ended before it began anything: it ended by itself."""
_FIRST_SIGNAL_EXIT = SIGNAL_EXIT_BASE + 1
_LAST_SIGNAL_EXIT = SIGNAL_EXIT_BASE + 64


class EnginesStopped(Exception):
    """No further engine may begin."""


class Engines:
    """All engines that run in this process. Made once for a process, and shared by its threads."""

    def __init__(self, grace: float = GRACE_SECONDS) -> None:
        self._grace = grace
        self._lock = threading.RLock()  # a signal's handler may interrupt the thread that holds it
        self._running: set[StartedEngine] = set()
        self._server = ForkServer()
        self._stopped = threading.Event()
        self._interrupts = 0

    @property
    def running(self) -> int:
        """How many engines run."""
        return len(self._running)

    @property
    def stopped(self) -> bool:
        """Whether no further engine may begin."""
        return self._stopped.is_set()

    @property
    def interrupted(self) -> bool:
        """Whether those that ran were told to end."""
        return self._interrupts > 0

    def stop(self) -> None:
        """From now on, no further engine begins. What runs goes on."""
        self._stopped.set()

    def interrupt(self) -> None:
        """Stops, and sends SIGINT to each engine that runs, which ends what is under way. The second call kills."""
        self.stop()
        with self._lock:
            self._interrupts += 1
            for one in self._running:
                if self._interrupts == 1:
                    one.interrupt()
                else:
                    one.kill()

    def pause(self, seconds: float) -> bool:
        """Waits so long, or until `stop`. Whether it was stopped."""
        return self._stopped.wait(seconds)

    def run(self, command: Sequence[str], folder: Path, environ: Mapping[str, str], output: int) -> int:
        """Runs an engine to its end; its exit code, or 128 and the number of the signal that ended it.

        Args:
            command: the engine with its arguments.
            folder: where it runs.
            environ: all of its environment.
            output: the descriptor that takes what it prints.

        Raises:
            EnginesStopped: none may begin any more.
            OSError: no process can be started.
        """
        run = EngineRun(command, folder, environ, output, self._grace)
        try:
            return self._to_its_end(self._server.start, run)
        except NotStarted:
            return self._to_its_end(LaunchedEngine, run)

    def close(self) -> None:
        """Stops, and ends what the engines share. Those that run go on."""
        self.stop()
        with self._lock:
            server, self._server = self._server, ForkServer()
        server.close()

    def _to_its_end(self, start: Callable[[EngineRun], StartedEngine], run: EngineRun) -> int:
        with self._lock:
            if self.stopped:
                raise EnginesStopped
            engine = start(run)
            self._running.add(engine)
        try:
            return engine.wait()
        finally:
            with self._lock:
                self._running.discard(engine)


def was_killed(code: int) -> bool:
    """Whether an exit code says that a signal ended the engine: for want of memory, for example."""
    return _FIRST_SIGNAL_EXIT <= code <= _LAST_SIGNAL_EXIT and code != _INTERRUPTED_EXIT

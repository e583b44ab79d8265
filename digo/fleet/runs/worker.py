"""A process that takes stacks of runs: it serves until it is told to leave, and survives the loss of its database."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from digo.fleet.runs.executor import launched
from digo.fleet.runs.failure import RunsError
from digo.fleet.runs.stack_steps import StackSteps
from digo.fleet.runs.store import RunStore
from digo.fleet.runs.workflows import register_workflows
from digo.fleet.up.engine_process import Engines
from digo.sanitize.terminal import one_line

if TYPE_CHECKING:
    from digo.fleet.fleet import Fleet

_TICK_SECONDS = 0.25
_AGAIN_SECONDS = 2.0
Ends = Callable[[], bool]
Say = Callable[[str], None]


class Worker:
    """This process among those that carry out the runs of a fleet.

    One process can have one at a time: DBOS is one for a process.

    Attributes:
        lost: whether the database is lost now. Then threads of DBOS wait for it, and Python's end for them.
    """

    def __init__(self, fleet: Fleet, store: RunStore, label: str) -> None:
        self._fleet = fleet
        self._store = store
        self._label = label
        self._engines = Engines()
        self._steps: StackSteps | None = None
        self.lost = False

    def serve(self, ends: Ends, say: Say, begun: Say = lambda _: None) -> None:
        """Takes runs and stacks until `ends` says so, and then ends the ups that it has begun.

        If the database is lost, the ups of this process are interrupted, because other processes take this one for
        dead. When the database is there again, the process begins anew under another name.

        Args:
            ends: asked several times a second.
            say: told when the database is lost, and when it is there again.
            begun: told the name of this process among the workers.

        Raises:
            RunsError: the database cannot be used at the beginning.
        """
        try:
            ended = self._serve_once(ends, say, begun)
            while not ended and not self._sleep(_AGAIN_SECONDS, ends):
                with suppress(RunsError):
                    ended = self._serve_once(
                        ends, say, lambda name: say(f"the database is there again: goes on as {name}")
                    )
        finally:
            self._engines.close()

    def interrupt(self, *, give_up: bool) -> None:
        """Sends SIGINT to the engines of this process, and begins none any more. A second call kills them.

        Args:
            give_up: whether other workers go on with these ups. Otherwise what became of them is their result.
        """
        if give_up and self._steps is not None:
            self._steps.gives_up.set()
        self._engines.interrupt()

    def _serve_once(self, ends: Ends, say: Say, begun: Say) -> bool:
        """Serves until the end, or the loss of the database. Whether it was the end."""

        def register(process: str) -> None:
            self._steps = StackSteps(self._fleet, self._engines, self._store, process)
            register_workflows(self._store.fleet, self._steps)

        with launched(self._store.database, self._store.fleet, self._label, register) as executor:
            assert self._steps is not None
            steps = self._steps
            self.lost = False
            begun(executor.name)
            if ended := self._until(lambda: executor.lost or bool(steps.lost), ends):
                steps.leaving.set()
                executor.drain(lambda: self._running)
            self.lost = executor.lost or bool(steps.lost)
            if self.lost:
                self._leave_to_others(steps, say)
        return ended

    def _leave_to_others(self, steps: StackSteps, say: Say) -> None:
        why = one_line(steps.lost) or "the database is lost"
        say(f"{why}: the ups of this process end what is under way, and other workers go on with them")
        steps.leaving.set()
        steps.gives_up.set()
        self._engines.interrupt()
        while steps.running:
            time.sleep(_TICK_SECONDS)
        self._engines.close()
        self._engines = Engines()

    @property
    def _running(self) -> int:
        return self._steps.running if self._steps else 0

    @staticmethod
    def _until(lost: Ends, ends: Ends) -> bool:
        """Waits for the end, or the loss of the database. Whether it was the end."""
        while not lost():
            if ends():
                return True
            time.sleep(_TICK_SECONDS)
        return False

    @staticmethod
    def _sleep(seconds: float, ends: Ends) -> bool:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if ends():
                return True
            time.sleep(_TICK_SECONDS)
        return False

"""What a process does in the workflows of a run: each method is a step, whose result DBOS records."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TypeVar

from digo.fleet.file.windows import opens_at, windows_of
from digo.fleet.runs.database import unusable
from digo.fleet.runs.failure import DatabaseLost
from digo.fleet.runs.results_without_up import WAITS, skipped_result, unknown_result
from digo.fleet.runs.run_document import stack_of
from digo.fleet.up.stack_result import ResultOutcome
from digo.fleet.up.stack_up import up_stack

if TYPE_CHECKING:
    from dbos import WorkflowStatus

    from digo.fleet.fleet import Fleet
    from digo.fleet.runs.store import RunStore
    from digo.fleet.up.engine_process import Engines

_ENDED = (ResultOutcome.APPLIED, ResultOutcome.UNCHANGED)
_POLL_SECONDS = 0.5

T = TypeVar("T")


class Abandoned(BaseException):
    """This process leaves the work to another one. No `Exception`: DBOS would record it as the result."""


class StackSteps:
    """The steps, with the fleet as this machine has it.

    Attributes:
        process: the name of this process in the database.
        leaving: set when this process begins nothing more, and leaves the runs that it coordinates to others.
        gives_up: set when it also leaves the ups that it was told to interrupt to others.
        lost: why the database has not taken what a workflow had to record; "" while it has.
    """

    def __init__(self, fleet: Fleet, engines: Engines, store: RunStore, process: str) -> None:
        self._fleet = fleet
        self._engines = engines
        self._store = store
        self._groups = {one.name: one.groups for one in fleet.stacks}
        self._running = 0
        self._count = threading.Lock()
        self.process = process
        self.leaving = threading.Event()
        self.gives_up = threading.Event()
        self.lost = ""

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """Leaves a workflow to the next process where the database fails: that is not a result of the workflow.

        Raises:
            Abandoned: the database has failed: its disk is full, for example.
        """
        from sqlalchemy.exc import SQLAlchemyError

        try:
            yield
        except SQLAlchemyError as problem:
            self.lost = unusable(self._store.database, problem).what
            logging.getLogger("dbos").warning("%s", self.lost)
            raise Abandoned from None

    @property
    def running(self) -> int:
        """How many ups this process has begun and not ended."""
        return self._running

    def begin(self, run: str, stack: str) -> dict[str, Any]:
        """Says who begins the up of a stack, or why it does not begin.

        Raises:
            Abandoned: this process leaves.
        """
        if (why := self._asked(lambda: self._store.why_no_more(run))) is not None:
            return skipped_result(stack, why)
        if self.seconds_to_windows([stack]):
            return {"outcome": WAITS, "stack": stack}
        return {"process": self.process}

    def up(self, run: str, pin: Mapping[str, Any], begun_by: str, *, shares_account: bool) -> dict[str, Any]:
        """Ups a stack.

        Raises:
            Abandoned: this process gives up, and has not ended the up.
        """
        with self._count:
            if self.leaving.is_set():
                raise Abandoned
            self._running += 1
        try:
            result = up_stack(
                self._fleet,
                pin,
                run,
                self._engines,
                begun_before=begun_by != self.process,
                shares_account=shares_account,
            )
        finally:
            with self._count:
                self._running -= 1
        if self.gives_up.is_set() and result.outcome not in _ENDED:
            raise Abandoned
        return result.to_dict()

    def seconds_to_windows(self, stacks: Sequence[str]) -> dict[str, float]:
        """For each stack whose window is closed now, how many seconds until it opens."""
        now = datetime.now(timezone.utc)
        windows = self._fleet.settings.windows
        found = {
            stack: (opens_at(windows_of(self._groups.get(stack, ()), windows), now) - now).total_seconds()
            for stack in stacks
        }
        return {stack: seconds for stack, seconds in found.items() if seconds > 0}

    async def wait_for_results(self, run: str, workflows: Mapping[str, str], stopped: str) -> dict[str, Any]:
        """Waits until a stack has ended, or the run is to stop.

        Args:
            run: the run.
            workflows: the stacks' workflows, each with its stack.
            stopped: why the run is known to stop; "" if it is not.

        Returns:
            `results` by workflow, and `stopped`.

        Raises:
            Abandoned: this process leaves.
        """
        while True:
            ended = await self._asked_async(lambda: self._store.ended(list(workflows)))
            why = stopped or await self._why_stopped(run)
            if ended or why != stopped:
                return {"results": {one.workflow_id: _result(one, workflows) for one in ended}, "stopped": why}
            await asyncio.sleep(_POLL_SECONDS)

    async def now(self) -> float:
        """Seconds since 1970."""
        return time.time()

    async def wait_until(self, run: str, moment: float) -> str:
        """Waits until a moment, in seconds since 1970; why the run is to stop, or "".

        Raises:
            Abandoned: this process leaves.
        """
        while time.time() < moment:
            if why := await self._why_stopped(run):
                return why
            await asyncio.sleep(min(_POLL_SECONDS, max(0.0, moment - time.time())))
        return ""

    async def stop(self, run: str, label: str, why: str) -> str:
        """Says that the run stops; why it does, which may be what somebody else said before.

        Raises:
            Abandoned: this process leaves.
        """

        def say_so() -> str:
            self._store.stop(run, label, why)
            return self._store.why_stopped(run) or why

        return await self._asked_async(say_so)

    async def drop_unbegun(self, workflows: Sequence[str]) -> list[str]:
        """Takes out of the queue what no process has begun. A process that begins one now finds that the run stops.

        Raises:
            Abandoned: this process leaves.
        """
        return await self._asked_async(lambda: self._store.drop_unbegun(workflows))

    async def _why_stopped(self, run: str) -> str:
        found: str | None = await self._asked_async(lambda: self._store.why_stopped(run))
        return found or ""

    def _asked(self, ask: Callable[[], T]) -> T:
        """What the database says. Where it does not answer, it is asked until this process leaves."""
        while not self.leaving.is_set():
            try:
                return ask()
            except DatabaseLost:
                self.leaving.wait(_POLL_SECONDS)
        raise Abandoned

    async def _asked_async(self, ask: Callable[[], T]) -> T:
        while not self.leaving.is_set():
            try:
                return await asyncio.to_thread(ask)
            except DatabaseLost:
                await asyncio.sleep(_POLL_SECONDS)
        raise Abandoned


def _result(ended: WorkflowStatus, stacks: Mapping[str, str]) -> dict[str, Any]:
    stack = stacks[ended.workflow_id]
    if ended.status == "SUCCESS":
        _, number = stack_of(ended.workflow_id) or (stack, 1)
        return {**(ended.output or {}), "number": number}
    if ended.status == "CANCELLED":
        return unknown_result(stack, "its workflow was cancelled in the database")
    return unknown_result(stack, f"the up has failed: {ended.error or ended.status}")

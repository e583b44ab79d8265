"""Runs a `Work` with its surroundings: gRPC servers, host, journal, cancellation.

A run has an event loop of its own in the caller's thread.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, AsyncExitStack, suppress
from dataclasses import dataclass, replace

from engine.deployment.cancellation import Cancellation
from engine.deployment.child import Child
from engine.deployment.child_guard import Guard
from engine.deployment.context import Recorder, Result, Subject
from engine.deployment.default_provider import ProviderHosts
from engine.deployment.engine_service import serving
from engine.deployment.errors import AlreadyReported, StepError, Stopped
from engine.deployment.host import HostProcess, executable_of
from engine.deployment.journal_writer import JournalWriter, PlanningJournal
from engine.deployment.previous_state import PreviousState
from engine.deployment.provider import Provider
from engine.deployment.session import Session
from engine.deployment.unsupported import refuse_state
from engine.events import Diagnostic, Event, Prelude, Severity, Summary
from engine.journal import replay
from protocol.tokens import DYNAMIC_PACKAGE
from protocol.values import BLINDED

Emit = Callable[[Event], None]


@dataclass
class Run:
    """A run: its session, its guard, and the program while it runs."""

    session: Session
    guard: Guard
    program: Child | None = None


Work = Callable[[Run], Awaitable[None]]


def plan(subject: Subject, work: Work, emit: Emit, cancellation: Cancellation) -> Result:
    """Do the work as a preview, which changes nothing."""
    return asyncio.run(_Execution(subject, emit, cancellation, PlanningJournal()).run(work))


def execute(subject: Subject, work: Work, emit: Emit, cancellation: Cancellation, recorder: Recorder) -> Result:
    """Do the work, and record its changes to the state in the journal."""

    async def run() -> Result:
        journal = JournalWriter(recorder)
        try:
            result = await _Execution(subject, emit, cancellation, journal).run(work)
        finally:
            await journal.close()
        return replace(result, deployment=replay(subject.base, journal.entries))

    return asyncio.run(run())


class _Execution:
    """One run."""

    def __init__(
        self, subject: Subject, emit: Emit, cancellation: Cancellation, journal: PlanningJournal | JournalWriter
    ) -> None:
        self._subject = subject
        self._emit = emit
        self._cancellation = cancellation
        self._journal = journal
        self._planning = isinstance(journal, PlanningJournal)
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, work: Work) -> Result:
        started = time.monotonic()
        subject = self._subject
        config = {key: BLINDED if value.secret else value.text for key, value in subject.stack.config.items()}
        self._emit(Prelude(config))
        async with AsyncExitStack() as stack:
            guard = stack.enter_context(Guard())
            address = await stack.enter_async_context(serving(self._emit, subject.options))
            hosts = ProviderHosts(lambda: self._start_host(address, guard))
            stack.push_async_callback(hosts.close)
            previous = PreviousState.of(subject.base)
            session = Session(subject, previous, self._journal, hosts, self._emit, self._planning)
            run = Run(session, guard)
            with self._cancellable(run):
                await self._do(work, run)
        self._summarize(session, time.monotonic() - started)
        return Result(subject.base, dict(session.changes), failed=session.failed, cancelled=session.cancelled)

    async def _do(self, work: Work, run: Run) -> None:
        try:
            refuse_state(self._subject.base)
            await work(run)
        except StepError as error:
            run.session.error(str(error), error.urn)
        except AlreadyReported:
            run.session.failed = True
        except Stopped:
            pass

    def _summarize(self, session: Session, seconds: float) -> None:
        kind = "preview" if self._planning else "update"
        if session.cancelled:
            session.error(f"{kind} canceled")
        elif session.step_failed:
            session.error(f"{kind} failed")
        session.emit(Summary(dict(session.changes), seconds, self._planning, session.failed))

    async def _start_host(self, address: str, guard: Guard) -> Provider:
        project = self._subject.project
        location = project.hosts.get(DYNAMIC_PACKAGE)
        if location is None:
            raise StepError(
                f"no provider host for package '{DYNAMIC_PACKAGE}': plugins.providers in Pulumi.yaml does not name "
                "one, and the embedded engine installs none"
            )
        environment = {"PULUMI_PROJECT": project.name}
        if project.virtualenv is not None:
            environment["PULUMI_RUNTIME_VIRTUALENV"] = str(project.virtualenv)
        else:
            environment["DIGO_PYTHON"] = str(project.python)
        executable = executable_of(location)
        return Provider(
            await HostProcess.start(executable, address, project.root, environment, guard, self._line_of_host)
        )

    def _line_of_host(self, line: str, *, is_error: bool) -> None:
        self._emit(Diagnostic(Severity.INFO_ERROR if is_error else Severity.INFO, line))

    def _cancellable(self, run: Run) -> AbstractContextManager[None]:
        loop = asyncio.get_running_loop()

        def cancel() -> None:
            run.session.cancelled = True
            run.session.stop()
            task = asyncio.ensure_future(run.session.hosts.cancel())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        def terminate() -> None:
            run.session.terminated = True
            run.session.hosts.kill()
            if run.program is not None:
                run.program.kill()

        return self._cancellation.notify(_on_loop(loop, cancel), _on_loop(loop, terminate))


def _on_loop(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> Callable[[], None]:
    def call() -> None:
        with suppress(RuntimeError):  # the loop is closed, so the run is over
            loop.call_soon_threadsafe(callback)

    return call

"""The frame of every run: servers, hosts, journal, cancellation; what the run does in it is a `Work`.

The run lives on an event loop of its own, in the caller's thread.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace

import grpc

from engine.answering import Answering, engine_bug
from engine.deployment.cancellation import Cancellation
from engine.deployment.context import ConfigValue, Options, Project, Recorder, Result, Stack
from engine.deployment.engine_service import EngineService
from engine.deployment.errors import AlreadyReported, StepError, Stopped
from engine.deployment.guard import Guard
from engine.deployment.host import HostProcess
from engine.deployment.journal_writer import JournalWriter, PlanningJournal
from engine.deployment.olds import Olds
from engine.deployment.program_process import ProgramProcess
from engine.deployment.provider import CHANNEL_OPTIONS, Provider
from engine.deployment.registry import Registry
from engine.deployment.session import Session
from engine.events import Diagnostic, Event, Prelude, Severity, Summary
from engine.journal import replay
from engine.model import Deployment
from engine.proto import engine_pb2_grpc

_SECRET = "[secret]"
_SHORTEST_GRACE = 0.1


@dataclass
class Run:
    """A run and what only its frame and its work need: the guard, and the program while it runs."""

    session: Session
    base: Deployment
    guard: Guard
    program: ProgramProcess | None = None


Work = Callable[[Run], Awaitable[None]]


@dataclass(frozen=True)
class Subject:
    """What is run, on what, and who hears of it."""

    project: Project
    stack: Stack
    base: Deployment
    options: Options
    emit: Callable[[Event], None]
    cancellation: Cancellation


def plan(subject: Subject, work: Work) -> Result:
    """Do the work as a preview: nothing changes."""
    return asyncio.run(_Execution(subject, PlanningJournal(), planning=True).run(work))


def carry_out(subject: Subject, recorder: Recorder, work: Work) -> Result:
    """Do the work, and record what it does to the state."""
    return asyncio.run(_carry_out(subject, recorder, work))


async def _carry_out(subject: Subject, recorder: Recorder, work: Work) -> Result:
    journal = JournalWriter(recorder)
    try:
        result = await _Execution(subject, journal, planning=False).run(work)
    finally:
        await journal.close()
    return replace(result, deployment=replay(subject.base, journal.entries))


class _Execution:
    """One run's frame."""

    def __init__(self, subject: Subject, journal: PlanningJournal | JournalWriter, planning: bool) -> None:
        self._subject = subject
        self._journal = journal
        self._planning = planning
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, work: Work) -> Result:
        started = time.monotonic()
        subject = self._subject
        subject.emit(Prelude({key: _shown(value) for key, value in subject.stack.config.items()}))
        async with AsyncExitStack() as stack:
            guard = stack.enter_context(Guard())
            address = await self._serve_hosts(stack)
            registry = Registry(lambda package: self._start_host(package, address, guard))
            stack.push_async_callback(registry.close)
            session = Session(
                project=subject.project,
                stack=subject.stack,
                options=subject.options,
                olds=Olds.of(subject.base),
                journal=self._journal,
                registry=registry,
                emit=subject.emit,
                planning=self._planning,
            )
            run = Run(session, subject.base, guard)
            with self._cancellable(run):
                await self._do(work, run)
        self._conclude(session, time.monotonic() - started)
        return Result(
            deployment=subject.base,
            changes=dict(session.changes),
            failed=session.failed,
            cancelled=session.cancelled,
        )

    async def _do(self, work: Work, run: Run) -> None:
        try:
            await work(run)
        except StepError as error:
            run.session.error(str(error), error.urn)
        except AlreadyReported:
            run.session.failed = True
        except Stopped:
            pass

    def _conclude(self, session: Session, seconds: float) -> None:
        kind = "preview" if self._planning else "update"
        if session.cancelled:
            session.error(f"{kind} canceled")
        elif session.step_failed:
            session.error(f"{kind} failed")
        session.emit(Summary(dict(session.changes), seconds, self._planning, session.failed))

    async def _serve_hosts(self, stack: AsyncExitStack) -> str:
        server = grpc.aio.server(options=CHANNEL_OPTIONS, interceptors=[Answering(engine_bug)])
        engine_pb2_grpc.add_EngineServicer_to_server(EngineService(self._log_of_host), server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        stack.push_async_callback(server.stop, _SHORTEST_GRACE)
        return f"127.0.0.1:{port}"

    def _log_of_host(self, message: Diagnostic) -> None:
        if message.severity is not Severity.DEBUG or self._subject.options.debug:
            self._subject.emit(message)

    async def _start_host(self, package: str, address: str, guard: Guard) -> Provider:
        project = self._subject.project
        location = project.hosts.get(package)
        if location is None:
            raise StepError(
                f"no provider host for package '{package}': plugins.providers in Pulumi.yaml does not name one, "
                "and the embedded engine installs none"
            )
        environment = {"PULUMI_PROJECT": project.name}
        if project.virtualenv is not None:
            environment["PULUMI_RUNTIME_VIRTUALENV"] = str(project.virtualenv)
        host = await HostProcess.start(package, location, address, project.root, environment, guard, self._line_of_host)
        try:
            return await Provider.connect(host, address, str(location))
        except BaseException:
            await host.close()
            raise

    def _line_of_host(self, line: str, is_error: bool) -> None:
        severity = Severity.INFO_ERROR if is_error else Severity.INFO
        self._subject.emit(Diagnostic(severity, line))

    def _cancellable(self, run: Run) -> _Subscription:
        loop = asyncio.get_running_loop()

        def cancel() -> None:
            run.session.cancelled = True
            run.session.stop()
            task = asyncio.ensure_future(run.session.registry.cancel())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        def terminate() -> None:
            run.session.terminated = True
            for host in run.session.registry.hosts():
                host.kill()
            if run.program is not None:
                run.program.kill()

        return _Subscription(self._subject.cancellation, _on_loop(loop, cancel), _on_loop(loop, terminate))


class _Subscription:
    """Listens to a `Cancellation` while the run lasts."""

    def __init__(
        self, cancellation: Cancellation, on_cancel: Callable[[], None], on_terminate: Callable[[], None]
    ) -> None:
        self._cancellation = cancellation
        self._callbacks = (on_cancel, on_terminate)

    def __enter__(self) -> None:
        self._cancellation.subscribe(*self._callbacks)

    def __exit__(self, *_: object) -> None:
        self._cancellation.unsubscribe(*self._callbacks)


def _on_loop(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> Callable[[], None]:
    def call() -> None:
        with suppress(RuntimeError):  # the loop is closed: the run is over
            loop.call_soon_threadsafe(callback)

    return call


def _shown(value: ConfigValue) -> str:
    return _SECRET if value.secret else value.text

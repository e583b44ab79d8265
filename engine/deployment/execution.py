"""Runs a `Work` with its surroundings: gRPC servers, host, journal, cancellation.

A run has an event loop of its own in the caller's thread.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, AsyncExitStack, suppress
from dataclasses import replace

from engine.deployment.cancellation import Cancellation
from engine.deployment.child_guard import Guard
from engine.deployment.context import Project, Result, RunInput
from engine.deployment.default_provider import ProviderHosts
from engine.deployment.engine_service import serving
from engine.deployment.errors import AlreadyReported, StepError, Stopped
from engine.deployment.host import HostProcess, executable_of
from engine.deployment.previous_state import PreviousState
from engine.deployment.provider import Provider
from engine.deployment.run import Run
from engine.deployment.run_journal import Journal, PreviewJournal, Record, RunJournal
from engine.deployment.unsupported import refuse_state
from engine.events import Event, Prelude, Summary
from engine.journal import replay
from protocol.tokens import DYNAMIC_PACKAGE
from protocol.values import BLINDED

Emit = Callable[[Event], None]


Work = Callable[[Run], Awaitable[None]]


def plan(run_input: RunInput, work: Work, emit: Emit, cancellation: Cancellation) -> Result:
    """Do the work as a preview, which changes nothing."""
    return asyncio.run(_run(run_input, work, emit, cancellation, PreviewJournal()))


def execute(run_input: RunInput, work: Work, emit: Emit, cancellation: Cancellation, record: Record) -> Result:
    """Do the work, and record its changes to the state in the journal."""

    async def recorded() -> Result:
        journal = RunJournal(record)
        try:
            result = await _run(run_input, work, emit, cancellation, journal)
        finally:
            await journal.close()
        return replace(result, deployment=replay(run_input.base, journal.entries))

    return asyncio.run(recorded())


async def _run(run_input: RunInput, work: Work, emit: Emit, cancellation: Cancellation, journal: Journal) -> Result:
    started = time.monotonic()
    config = {key: BLINDED if value.secret else value.text for key, value in run_input.stack.config.items()}
    emit(Prelude(config))
    async with AsyncExitStack() as stack:
        guard = stack.enter_context(Guard())
        address = await stack.enter_async_context(serving(emit, run_input.options))
        hosts = ProviderHosts(lambda: _start_host(run_input.project, address, guard, emit))
        stack.push_async_callback(hosts.close)
        planning = isinstance(journal, PreviewJournal)
        run = Run(run_input, PreviousState(run_input.base), journal, hosts, emit, planning, guard)
        with _cancellable(run, cancellation):
            await _do(work, run)
    _summarize(run, time.monotonic() - started)
    return Result(run_input.base, dict(run.changes), failed=run.failed, cancelled=run.cancelled)


async def _do(work: Work, run: Run) -> None:
    try:
        refuse_state(run.input.base)
        await work(run)
    except StepError as error:
        run.error(str(error), error.urn)
    except AlreadyReported:
        run.failed = True
    except Stopped:
        pass


def _summarize(run: Run, seconds: float) -> None:
    kind = "preview" if run.planning else "update"
    if run.cancelled:
        run.error(f"{kind} canceled")
    elif run.step_failed:
        run.error(f"{kind} failed")
    run.emit(Summary(dict(run.changes), seconds, run.planning, run.failed))


async def _start_host(project: Project, address: str, guard: Guard, emit: Emit) -> Provider:
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
    return Provider(await HostProcess.start(executable, address, project.root, environment, guard, emit))


def _cancellable(run: Run, cancellation: Cancellation) -> AbstractContextManager[None]:
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()

    def cancel() -> None:
        run.cancelled = True
        run.stop()
        task = asyncio.ensure_future(run.hosts.cancel())
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def terminate() -> None:
        run.terminated = True
        run.hosts.kill()
        if run.program is not None:
            run.program.kill()

    return cancellation.notify(_on_loop(loop, cancel), _on_loop(loop, terminate))


def _on_loop(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> Callable[[], None]:
    def call() -> None:
        with suppress(RuntimeError):  # the loop is closed, so the run is over
            loop.call_soon_threadsafe(callback)

    return call

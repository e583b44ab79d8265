"""`up`: run the program, take a step for each registered resource, then delete the others."""

from __future__ import annotations

import asyncio

from engine.deployment.component_outputs import ComponentOutputs
from engine.deployment.default_provider import DefaultProvider
from engine.deployment.deletions import Deletions
from engine.deployment.engine_service import serving
from engine.deployment.errors import StepError
from engine.deployment.execution import Run
from engine.deployment.identities import Identities
from engine.deployment.monitor import Monitor
from engine.deployment.pending import settle_pending
from engine.deployment.planner import Planner
from engine.deployment.program_process import interrupt_program, start_program
from engine.deployment.refreshing import refresh_before_update
from engine.deployment.session import Session
from engine.deployment.targets import Targets
from engine.events import Diagnostic, Severity, StandardOutput


async def update(run: Run) -> None:
    """Run the program, and make the stack what it registers."""
    session = run.session
    session.hosts.start_early()
    if session.subject.options.refresh:
        await refresh_before_update(run)
    else:
        await settle_pending(run)
    identities = Identities(session)
    targets = Targets(session.subject.options)
    outputs = ComponentOutputs(session)
    planner = Planner(session, identities, targets)
    monitor = Monitor(session, planner, DefaultProvider(session, identities), outputs)
    try:
        if await _Program(run, monitor).succeeds():
            _refuse_unknown_targets(session, targets)
            await Deletions(session, identities, targets).run()
    finally:
        await outputs.finish()


def _refuse_unknown_targets(session: Session, targets: Targets) -> None:
    progress = session.progress
    try:
        targets.refuse_unknown({*session.previous.by_urn, *progress.settled, *progress.skipped})
    except StepError as error:
        session.error(str(error))


class _Program:
    """Runs the program against the monitor."""

    def __init__(self, run: Run, monitor: Monitor) -> None:
        self._run = run
        self._session = run.session
        self._monitor = monitor
        self._error_reported = False

    async def succeeds(self) -> bool:
        """Run the program. False: it failed, or the run is ending early."""
        async with serving(self._log, self._session.subject.options, self._monitor) as address:
            return await self._run_against(address)

    async def _run_against(self, address: str) -> bool:
        session = self._session
        program = self._run.program = await start_program(
            session.subject, address, self._run.guard, self._line, dry_run=session.planning
        )
        ended = asyncio.create_task(program.wait())
        stopping = asyncio.create_task(session.stopping.wait())
        await asyncio.wait({ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not session.stopping.is_set() and ended.result() != 0:
            session.failed = True
            if not self._error_reported:
                session.error(f"Program exited with non-zero exit code: {ended.result()}", session.stack_urn)
            session.stop()  # nobody waits for calls that have not begun
        await self._monitor.idle()
        if not ended.done():
            await interrupt_program(program, cancelled=session.cancelled)
        stopping.cancel()
        await ended
        return not session.stopping.is_set()

    def _log(self, message: Diagnostic) -> None:
        # During a shutdown, the program's messages are only about the shutdown.
        if self._session.stopping.is_set() and message.severity is not Severity.DEBUG:
            return
        if message.severity is Severity.ERROR:
            self._error_reported = True
            self._session.failed = True
        self._session.emit(message)

    def _line(self, line: str, *, is_error: bool) -> None:
        if not is_error:
            self._session.emit(StandardOutput(line))
        elif not self._session.stopping.is_set():
            self._session.emit(Diagnostic(Severity.INFO_ERROR, line, self._session.stack_urn))

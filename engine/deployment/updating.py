"""`up`: run the program, take a step for each registered resource, then delete the others."""

from __future__ import annotations

import asyncio

from engine.deployment.component_outputs import ComponentOutputs
from engine.deployment.default_provider import DefaultProvider
from engine.deployment.deletions import Deletions
from engine.deployment.engine_service import serving
from engine.deployment.errors import StepError
from engine.deployment.identities import Identities
from engine.deployment.monitor import Monitor
from engine.deployment.planner import Planner
from engine.deployment.program_process import interrupt_program, start_program
from engine.deployment.refreshing import settle_previous
from engine.deployment.run import Run
from engine.deployment.targets import Targets
from engine.events import Diagnostic, Severity, StandardOutput


async def update(run: Run) -> None:
    """Run the program, and make the stack what it registers."""
    run.hosts.start_early()
    await settle_previous(run)
    identities = Identities(run)
    targets = Targets(run.input.options)
    outputs = ComponentOutputs(run)
    planner = Planner(run, identities, targets)
    monitor = Monitor(run, planner, DefaultProvider(run, identities), outputs)
    try:
        if await _Program(run, monitor).succeeds():
            _refuse_unknown_targets(run, targets)
            await Deletions(run, identities, targets).run()
    finally:
        await outputs.finish()


def _refuse_unknown_targets(run: Run, targets: Targets) -> None:
    progress = run.progress
    try:
        targets.refuse_unknown({*run.previous.by_urn, *progress.settled, *progress.skipped})
    except StepError as error:
        run.error(str(error))


class _Program:
    """Runs the program against the monitor."""

    def __init__(self, run: Run, monitor: Monitor) -> None:
        self._run = run
        self._monitor = monitor
        self._error_reported = False

    async def succeeds(self) -> bool:
        """Run the program. False: it failed, or the run is ending early."""
        async with serving(self._log, self._run.input.options, self._monitor) as address:
            return await self._run_against(address)

    async def _run_against(self, address: str) -> bool:
        run = self._run
        program = run.program = await start_program(run.input, address, run.guard, dry_run=run.planning)
        program.relay_output(lambda line: run.emit(StandardOutput(line)))
        program.relay_errors(self._say_error)
        ended = asyncio.create_task(program.wait())
        stopping = asyncio.create_task(run.stopping.wait())
        await asyncio.wait({ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not run.stopping.is_set() and ended.result() != 0:
            run.failed = True
            if not self._error_reported:
                run.error(f"Program exited with non-zero exit code: {ended.result()}", run.stack_urn)
            run.stop()  # nobody waits for calls that have not begun
        await self._monitor.idle()
        if not ended.done():
            await interrupt_program(program, cancelled=run.cancelled)
        stopping.cancel()
        await ended
        return not run.stopping.is_set()

    def _log(self, message: Diagnostic) -> None:
        # During a shutdown, the program's messages are only about the shutdown.
        if self._run.stopping.is_set() and message.severity is not Severity.DEBUG:
            return
        if message.severity is Severity.ERROR:
            self._error_reported = True
            self._run.failed = True
        self._run.emit(message)

    def _say_error(self, line: str) -> None:
        if not self._run.stopping.is_set():
            self._run.emit(Diagnostic(Severity.INFO_ERROR, line, self._run.stack_urn))

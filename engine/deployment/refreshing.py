"""Reads resources from the provider and writes the result to the state. Settles pending operations.

The rules for operations that an earlier run began and did not end are Pulumi's. An update warns of them and goes on. It
removes all but creates from the state, because the resource itself is in the state anyway. A pending create stays until
a refresh: the engine cannot know whether the resource exists.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from engine.deployment.errors import AlreadyReported, StepError, Stopped
from engine.deployment.previous_state import TrackedResource
from engine.deployment.provider_responses import ReadResult
from engine.deployment.run import Run
from engine.deployment.step_runner import StepRunner, make_step, with_difference, with_secrets
from engine.deployment.targets import Targets
from engine.events import Severity, Step
from engine.journal import PendingCleared, Success
from engine.model import Op, ResourceState
from engine.times import now
from protocol.urn import is_provider_type

_CREATING = "creating"


class RefreshSteps(StepRunner):
    """Refreshes resources. `by_outcome`: `refresh` shows and counts what became of each, `up --refresh` does not."""

    def __init__(self, run: Run, *, by_outcome: bool) -> None:
        super().__init__(run)
        self._by_outcome = by_outcome

    async def refresh(self, old: TrackedResource) -> bool:
        """Refresh the resource. False: the provider reports that it does not exist."""
        state = old.state
        step = replace(make_step(Op.REFRESH, state, state), logical=False)
        if not state.custom or is_provider_type(state.type):
            self.run.begun(step)
            self._done(step, Op.SAME)
            return True
        async with self.slot(step):
            with self.reporting(step):
                provider = await self.run.hosts.configured(self.run, state.urn)
                live = await provider.read(state.urn, state.id, state)
                if live.outputs is None:
                    await self.run.journal.write(lambda number: Success(number, None, None, removes=(old.ref,)))
                    self._done(replace(step, new=None), Op.DELETE)
                    return False
                new = self._refreshed(state, live)
                # The difference is the change that the next up would make.
                difference = await provider.diff(new, state)
                if new != state:
                    await self._take(old, new)
            step = with_difference(replace(step, new=new), difference)
            self._done(step, Op.UPDATE if difference.changed else Op.SAME)
            return True

    def _done(self, step: Step, outcome: Op) -> None:
        self.run.done(replace(step, op=outcome, logical=True) if self._by_outcome else step)

    async def _take(self, old: TrackedResource, new: ResourceState) -> None:
        await self.run.journal.write(lambda number: Success(number, None, new, removes=(old.ref,), in_place=True))
        old.state = new

    def _refreshed(self, state: ResourceState, live: ReadResult) -> ResourceState:
        inputs = state.inputs if live.inputs is None else live.inputs
        outputs = live.outputs or {}
        changed = inputs != state.inputs or outputs != state.outputs
        new = replace(
            state,
            id=live.id,
            inputs=inputs,
            outputs=outputs,
            init_errors=[],
            modified=now() if changed and not self.run.planning else state.modified,
        )
        return with_secrets(new)


async def refresh(run: Run) -> None:
    """`refresh`: read every resource, or the targets."""
    await _refresh_all(run, by_outcome=True)


async def settle_previous(run: Run) -> None:
    """Settle pending operations before an update; with `--refresh`, read the resources first and start from the result.

    Raises:
        AlreadyReported: a refresh failed.
    """
    if not run.input.options.refresh:
        await _settle_pending(run)
        return
    await _refresh_all(run, by_outcome=False)
    if run.failed:
        raise AlreadyReported
    run.check_running()


async def _refresh_all(run: Run, *, by_outcome: bool) -> None:
    await _clear_pending(run)
    targets = Targets(run.input.options)
    targets.refuse_unknown(set(run.previous.by_urn))
    steps = RefreshSteps(run, by_outcome=by_outcome)
    gone: list[TrackedResource] = []

    async def one(old: TrackedResource) -> None:
        try:
            if not await steps.refresh(old):
                gone.append(old)
        except StepError as error:
            run.error(str(error), error.urn)
        except (AlreadyReported, Stopped):
            return

    run.continues_on_error = True
    await asyncio.gather(*(one(old) for old in targets.chosen_olds(run.previous)))
    run.continues_on_error = False
    run.previous.drop(gone)


async def _settle_pending(run: Run) -> None:
    """Warn of pending operations before an update, and remove all but creates."""
    operations = run.input.base.pending_operations
    if not operations or run.planning:
        return
    listed = "".join(f"  * {operation.resource.urn}, interrupted while {operation.type}\n" for operation in operations)
    run.diagnose(
        Severity.WARNING,
        "Attempting to deploy or update resources with "
        f"{len(operations)} pending operations from previous deployment.\n{listed}"
        "These resources are in an unknown state because the engine was interrupted while waiting for "
        "changes to them to complete. This run goes on; a refresh reads what there is and clears the list.",
    )
    others = tuple(i for i, operation in enumerate(operations) if operation.type != _CREATING)
    if others:
        await run.journal.write(lambda number: PendingCleared(number, others))


async def _clear_pending(run: Run) -> None:
    """Remove all pending operations in a refresh. Warns of creates that may have made a resource."""
    operations = run.input.base.pending_operations
    if not operations:
        return
    creates = [operation.resource.urn for operation in operations if operation.type == _CREATING]
    if creates:
        listed = "".join(f"  * {urn}\n" for urn in creates)
        run.diagnose(
            Severity.WARNING,
            f"{len(creates)} interrupted creates are cleared from the state:\n{listed}"
            "If one of them did create its resource, the state does not know it: import it, or let the next "
            "`up` adopt it where the program does so.",
        )
    await run.journal.write(lambda number: PendingCleared(number))

"""Reads resources from the provider and writes the result to the state."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from engine.deployment.errors import AlreadyReported, StepError, Stopped
from engine.deployment.pending import clear_pending, settle_pending
from engine.deployment.previous_state import TrackedResource
from engine.deployment.provider_responses import ReadResult
from engine.deployment.run import Run
from engine.deployment.step_runner import StepRunner, make_step, with_difference, with_secrets
from engine.deployment.targets import Targets
from engine.events import Step
from engine.journal import Success
from engine.model import Op, ResourceState
from engine.times import now
from protocol.urn import is_provider_type


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
        await settle_pending(run)
        return
    await _refresh_all(run, by_outcome=False)
    if run.failed:
        raise AlreadyReported
    run.check_running()


async def _refresh_all(run: Run, *, by_outcome: bool) -> None:
    await clear_pending(run)
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

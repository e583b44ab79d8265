"""Reads resources from the provider and writes the result to the state."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
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

RefreshDisplay = Callable[[Step, Op], Step]
"""Makes the step that is shown for a refresh, from its outcome."""


class RefreshSteps(StepRunner):
    """Refreshes resources."""

    async def refresh(self, old: TrackedResource, shown_as: RefreshDisplay) -> bool:
        """Refresh the resource. False: the provider reports that it does not exist."""
        state = old.state
        step = replace(make_step(Op.REFRESH, state, state), logical=False)
        if not state.custom or is_provider_type(state.type):
            self.run.begun(step)
            self.run.done(shown_as(step, Op.SAME))
            return True
        async with self.slot(step):
            with self.reporting(step):
                provider = await self.run.hosts.configured(self.run, state.urn)
                live = await provider.read(state.urn, state.id, state)
                if live.outputs is None:
                    await self._drop(old)
                    self.run.done(shown_as(replace(step, new=None), Op.DELETE))
                    return False
                new = self._refreshed(state, live)
                # The difference is the change that the next up would make.
                difference = await provider.diff(new, state)
                if new != state:
                    await self._take(old, new)
            step = with_difference(replace(step, new=new), difference)
            self.run.done(shown_as(step, Op.UPDATE if difference.changed else Op.SAME))
            return True

    async def _drop(self, old: TrackedResource) -> None:
        await self.run.journal.write(lambda number: Success(number, None, None, removes=(old.ref,)))

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


def shown_by_outcome(step: Step, outcome: Op) -> Step:
    """The step for `pulumi refresh`, which shows and counts the outcome."""
    return replace(step, op=outcome, logical=True)


def shown_as_refresh(step: Step, _outcome: Op) -> Step:
    """The step for `pulumi up --refresh`, which shows a refresh as `refresh` and does not count it."""
    return step


async def refresh(run: Run) -> None:
    """`refresh`: read every resource, or the targets."""
    await _refresh_all(run, shown_by_outcome)


async def settle_previous(run: Run) -> None:
    """Settle pending operations before an update; with `--refresh`, read the resources first and start from the result.

    Raises:
        AlreadyReported: a refresh failed.
    """
    if not run.input.options.refresh:
        await settle_pending(run)
        return
    await _refresh_all(run, shown_as_refresh)
    if run.failed:
        raise AlreadyReported
    run.check_running()


async def _refresh_all(run: Run, shown_as: RefreshDisplay) -> None:
    await clear_pending(run)
    targets = Targets(run.input.options)
    targets.refuse_unknown(set(run.previous.by_urn))
    steps = RefreshSteps(run)
    gone: list[TrackedResource] = []

    async def one(old: TrackedResource) -> None:
        try:
            if not await steps.refresh(old, shown_as):
                gone.append(old)
        except StepError as error:
            run.error(str(error), error.urn)
        except (AlreadyReported, Stopped):
            return

    run.continues_on_error = True
    await asyncio.gather(*(one(old) for old in targets.chosen_olds(run.previous)))
    run.continues_on_error = False
    run.previous.drop(gone)

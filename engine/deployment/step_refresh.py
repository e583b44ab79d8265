"""The step that reads a resource anew and takes what is there into the state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engine.deployment.answers import Difference, Live
from engine.deployment.differences import of_inputs
from engine.deployment.previous_state import OldResource
from engine.deployment.provider import Provider
from engine.deployment.step_runner import StepRunner, make_step, now, with_difference, with_secrets
from engine.events import PropertyChange, Severity, Step
from engine.journal import Success
from engine.model import Op, ResourceState
from protocol.urn import is_provider_type

_OPPOSITE = {
    "add": "delete",
    "add-replace": "delete-replace",
    "delete": "add",
    "delete-replace": "add-replace",
}


RefreshDisplay = Callable[[Step, Op], Step]
"""How a refresh is shown once its outcome is known."""


class RefreshSteps(StepRunner):
    """Carries out refreshes."""

    async def refresh(self, old: OldResource, shown_as: RefreshDisplay) -> bool:
        """Refresh the resource. False: the provider says that it is gone."""
        state = old.state
        step = replace(make_step(Op.REFRESH, state, state), logical=False)
        if not state.custom or is_provider_type(state.type) or state.pending_replacement:
            self.session.begun(step)
            self.session.done(shown_as(step, Op.SAME))
            return True
        async with self.slot(step):
            with self.reporting(step):
                provider = await self.session.hosts.configured(self.session, state.urn)
                live = await provider.read(state)
                self._warn_of_unhealthy(live, state.urn)
                if live.outputs is None:
                    await self._drop(old)
                    self.session.done(shown_as(replace(step, new=None), Op.DELETE))
                    return False
                new = self._refreshed(state, live)
                difference = await _drift(state, new, provider)
                if new != state:
                    await self._take(old, new)
            step = with_difference(replace(step, new=new), _inverted(difference))
            self.session.done(shown_as(step, Op.UPDATE if difference.changed else Op.SAME))
            return True

    def _warn_of_unhealthy(self, live: Live, urn: str) -> None:
        if live.failure is not None:
            reasons = "\n* ".join(live.failure.reasons)
            message = f"Refreshed resource is in an unhealthy state:\n* {reasons}"
            self.session.diagnose(Severity.WARNING, message, urn)

    async def _drop(self, old: OldResource) -> None:
        await self.session.journal.write(lambda number: Success(number, None, None, removes=(old.ref,)))

    async def _take(self, old: OldResource, new: ResourceState) -> None:
        await self.session.journal.write(lambda number: Success(number, None, new, removes=(old.ref,), in_place=True))
        old.state = new

    def _refreshed(self, state: ResourceState, live: Live) -> ResourceState:
        inputs = state.inputs if live.inputs is None else live.inputs
        outputs = live.outputs or {}
        changed = inputs != state.inputs or outputs != state.outputs
        new = replace(
            state,
            id=live.id,
            inputs=inputs,
            outputs=outputs,
            init_errors=live.failure.reasons if live.failure is not None else [],
            modified=now() if changed and not self.session.planning else state.modified,
        )
        return with_secrets(new)


def shown_by_outcome(step: Step, outcome: Op) -> Step:
    """`pulumi refresh` shows and counts what the refresh found."""
    return replace(step, op=outcome, logical=True)


def shown_as_refresh(step: Step, outcome: Op) -> Step:
    """`pulumi up --refresh` shows refreshes as such and counts what comes after them."""
    return step


async def _drift(state: ResourceState, new: ResourceState, provider: Provider) -> Difference:
    """What changed, as the provider sees it: the old inputs against what is there now."""
    difference = await provider.diff(new, state)
    if difference.changed is None:
        return replace(of_inputs(new.inputs, state.inputs), replace_keys=difference.replace_keys)
    return difference


def _inverted(difference: Difference) -> Difference:
    """The difference seen from the other side: the step goes from state to reality."""
    if difference.detailed is None:
        return difference
    return replace(
        difference,
        detailed={
            key: PropertyChange(_OPPOSITE.get(change.kind, change.kind), change.input_diff)
            for key, change in difference.detailed.items()
        },
    )

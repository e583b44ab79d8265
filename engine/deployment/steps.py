"""The steps that bring one registered resource about: same, create, replace, update, import.

Source of the rules: Pulumi's `step.go` and `step_executor.go`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.deployment.answers import Difference, Live
from engine.deployment.errors import StepError
from engine.deployment.previous_state import OldResource
from engine.deployment.provider import Provider
from engine.deployment.step_runner import Settled, StepRunner, Supersedes, make_step, with_difference, with_secrets
from engine.events import Severity, Step
from engine.model import Op, ResourceState
from protocol.urn import package_of


@dataclass(frozen=True)
class Replacement:
    """What a new resource replaces, and why.

    `deleted_first`: the old one was deleted before; else it waits for its deletion at the end of the run.
    """

    old: OldResource
    difference: Difference
    deleted_first: bool


class Steps(StepRunner):
    """Carries out the steps of registered resources, each within one of the run's slots."""

    async def same(self, old: OldResource, new: ResourceState) -> Settled:
        """The resource is as it should be; the state may still learn new dependencies or options."""
        new = with_secrets(replace(new, id=old.state.id, outputs=old.state.outputs))
        step = make_step(Op.SAME, old.state, new)
        self.session.begun(step)
        with self.reporting(step):
            settled = await self.write_same(old, new)
        self.session.done(step)
        return settled

    async def keep(self, old: OldResource) -> Settled:
        """The resource is no target: it stays exactly as it is."""
        self.skip(old.state, old.state)
        return await self.write_kept(old)

    def skip(self, old: ResourceState, new: ResourceState) -> None:
        """The resource is no target: it is shown as unchanged, even where it does not exist."""
        step = make_step(Op.SAME, old, new)
        self.session.begun(step)
        self.session.done(step)

    async def create(self, new: ResourceState, provider: Provider | None) -> Settled:
        """Bring the resource about."""
        return await self._create(make_step(Op.CREATE, None, new), new, provider, Supersedes())

    async def create_replacement(
        self, new: ResourceState, provider: Provider | None, replacement: Replacement
    ) -> Settled:
        """Bring the resource about in place of another."""
        old = replacement.old
        supersedes = Supersedes(removes=old) if replacement.deleted_first else Supersedes(condemns=old)
        step = replace(_replacing(Op.CREATE_REPLACEMENT, replacement, new), logical=False)
        return await self._create(step, new, provider, supersedes)

    async def _create(
        self, step: Step, new: ResourceState, provider: Provider | None, supersedes: Supersedes
    ) -> Settled:
        return await self.settle(
            step, new, "creating", lambda: self._call_create(new, provider), self._as_created, supersedes
        )

    def replaced(self, new: ResourceState, replacement: Replacement) -> None:
        """The step that a summary counts for a replacement; its halves are steps of their own."""
        step = _replacing(Op.REPLACE, replacement, new)
        self.session.begun(step)
        self.session.done(step)

    async def _call_create(self, new: ResourceState, provider: Provider | None) -> Live:
        if provider is None:
            return Live("", {})
        if self.session.planning:
            return Live("", new.inputs)
        live = await provider.create(new)
        if not live.id:
            raise StepError("provider did not return an ID from Create")
        return live

    def _as_created(self, new: ResourceState, live: Live) -> ResourceState:
        return replace(
            new,
            id=live.id,
            outputs=live.outputs or {},
            init_errors=_reasons(live),
            created=self.time(),
            modified=self.time(),
        )

    async def update(
        self, old: OldResource, new: ResourceState, provider: Provider | None, difference: Difference
    ) -> Settled:
        """Change the resource in place."""
        before, new = old.state, replace(new, id=old.state.id)
        return await self.settle(
            with_difference(make_step(Op.UPDATE, before, new), difference),
            new,
            "updating",
            lambda: self._call_update(before, new, provider),
            lambda state, live: self._as_updated(before, state, live),
            Supersedes(removes=old),
        )

    async def _call_update(self, old: ResourceState, new: ResourceState, provider: Provider | None) -> Live:
        if provider is None:
            return Live("", old.outputs)
        return Live(new.id, new.inputs) if self.session.planning else await provider.update(old, new)

    def _as_updated(self, old: ResourceState, new: ResourceState, live: Live) -> ResourceState:
        return replace(
            new,
            # After a half-done update the old inputs stay, so that the next run sees that there is still a difference.
            inputs=new.inputs if live.failure is None else old.inputs,
            outputs=live.outputs or {},
            init_errors=_reasons(live),
            modified=self.time() or new.modified,
        )

    async def adopt(self, new: ResourceState, provider: Provider, original: OldResource | None = None) -> Settled:
        """Take over an existing resource, perhaps in place of the one that the stack had under this name.

        It enters the state as the provider reports it.
        """
        if original is None:
            return await self._adopt(make_step(Op.IMPORT, None, new), new, provider, Supersedes())
        step = replace(make_step(Op.IMPORT_REPLACEMENT, original.state, new), logical=False)
        settled = await self._adopt(step, new, provider, Supersedes(condemns=original))
        self.replaced(settled.state, Replacement(original, Difference(changed=True), deleted_first=False))
        return settled

    async def import_(self, new: ResourceState, provider: Provider) -> Settled:
        """The step of `pulumi import`: nothing is compared afterwards, so what does not check is only warned of."""
        settled = await self._adopt(make_step(Op.IMPORT, None, new), new, provider, Supersedes(), forgets_id=True)
        state = settled.state
        _, failures = await provider.check(state.urn, state.inputs, state.inputs)
        for failure in failures:
            where = f"property {failure.property} " if failure.property else ""
            self.session.diagnose(
                Severity.WARNING,
                f"{state.type} resource '{state.name}': {where}has a problem: {failure.reason}\n"
                "It was imported as it is; write the program so that it checks.",
                state.urn,
            )
        return settled

    async def _adopt(
        self, step: Step, new: ResourceState, provider: Provider, supersedes: Supersedes, *, forgets_id: bool = False
    ) -> Settled:
        def finish(state: ResourceState, live: Live) -> ResourceState:
            adopted = replace(self._as_created(state, live), id=live.id or state.import_id, inputs=live.inputs or {})
            return replace(adopted, import_id="") if forgets_id else adopted

        return await self.settle(step, new, "importing", lambda: _call_adopt(new, provider), finish, supersedes)


async def _call_adopt(new: ResourceState, provider: Provider) -> Live:
    live = await provider.read_unknown(new.urn, new.import_id)
    if live.outputs is None:
        raise StepError(f"resource '{new.import_id}' does not exist", new.urn)
    if live.inputs is None:
        raise StepError(
            f"provider does not support importing resources; please try updating the '{package_of(new.type)}' plugin",
            new.urn,
        )
    return live


def _reasons(live: Live) -> list[str]:
    return live.failure.reasons if live.failure is not None else []


def _replacing(op: Op, replacement: Replacement, new: ResourceState) -> Step:
    return with_difference(make_step(op, replacement.old.state, new), replacement.difference)

"""The steps that bring one registered resource about: same, create, replace, update, read, import.

Source of the rules: Pulumi's `step.go` and `step_executor.go`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.deployment.answers import Difference, Live
from engine.deployment.errors import StepError
from engine.deployment.goal import timeouts_of
from engine.deployment.olds import OldResource
from engine.deployment.provider import Provider
from engine.deployment.step_runner import (
    Settled,
    StepRunner,
    Supersedes,
    make_step,
    now,
    with_difference,
    with_secrets,
)
from engine.deployment.urn import is_provider_type, package_of
from engine.events import Step
from engine.journal import Kept, Success
from engine.model import Op, ResourceState
from engine.values import UNKNOWN_SENTINEL


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
            if is_provider_type(new.type):
                await self.session.registry.same(new)
            settled = await self._write_same(old, new)
        self.session.done(step)
        return settled

    async def _write_same(self, old: OldResource, new: ResourceState) -> Settled:
        if new == old.state:
            await self.session.journal.write(lambda number: Kept(number, old.ref))
            return Settled(old.state, old.ref)
        ref = await self.session.journal.write(lambda number: Success(number, None, new, removes=(old.ref,)))
        return Settled(new, ref)

    async def keep(self, old: OldResource) -> Settled:
        """The resource is no target: it stays exactly as it is."""
        step = make_step(Op.SAME, old.state, old.state)
        self.session.begun(step)
        await self.session.journal.write(lambda number: Kept(number, old.ref))
        self.session.done(step)
        return Settled(old.state, old.ref)

    def skip_create(self, new: ResourceState) -> None:
        """The resource is no target and does not exist: it stays so."""
        step = make_step(Op.SAME, new, new)
        self.session.begun(step)
        self.session.done(step)

    async def create(self, new: ResourceState, provider: Provider | None) -> Settled:
        """Bring the resource about."""
        return await self.settle(
            make_step(Op.CREATE, None, new),
            new,
            "creating",
            lambda: self._call_create(new, provider),
            self._as_created,
            Supersedes(),
        )

    async def create_replacement(
        self, new: ResourceState, provider: Provider | None, replacement: Replacement
    ) -> Settled:
        """Bring the resource about in place of another."""
        deleted_first = replacement.deleted_first
        return await self.settle(
            replace(_replacing(Op.CREATE_REPLACEMENT, replacement, new), logical=False),
            new,
            "creating",
            lambda: self._call_create(new, provider),
            self._as_created,
            Supersedes(removes=replacement.old) if deleted_first else Supersedes(condemns=replacement.old),
        )

    def replaced(self, new: ResourceState, replacement: Replacement) -> None:
        """The step that a summary counts for a replacement; its halves are steps of their own."""
        step = _replacing(Op.REPLACE, replacement, new)
        self.session.begun(step)
        self.session.done(step)

    async def _call_create(self, new: ResourceState, provider: Provider | None) -> Live:
        session = self.session
        if is_provider_type(new.type):
            make = session.registry.preview_create if session.planning else session.registry.create
            return Live(await make(new.urn, new.inputs), new.inputs)
        if provider is None:
            return Live("", {})
        if session.planning:
            return await provider.preview_create(new.urn, new.inputs)
        live = await provider.create(new.urn, new.inputs, timeouts_of(new).create)
        if not live.id:
            raise StepError("provider did not return an ID from Create")
        return live

    def _as_created(self, new: ResourceState, live: Live) -> ResourceState:
        return replace(
            new,
            id=live.id,
            outputs=live.outputs or {},
            init_errors=_reasons(live),
            created=self._time(),
            modified=self._time(),
        )

    def _time(self) -> str:
        return "" if self.session.planning else now()

    async def update(
        self, old: OldResource, new: ResourceState, provider: Provider | None, difference: Difference
    ) -> Settled:
        """Change the resource in place."""
        new = replace(new, id=old.state.id)
        return await self.settle(
            with_difference(make_step(Op.UPDATE, old.state, new), difference),
            new,
            "updating",
            lambda: self._call_update(old.state, new, provider),
            lambda state, live: self._as_updated(old.state, state, live),
            Supersedes(removes=old),
        )

    async def _call_update(self, old: ResourceState, new: ResourceState, provider: Provider | None) -> Live:
        session = self.session
        if is_provider_type(new.type):
            await session.registry.update(new.urn, new.id, new.inputs)
            return Live(new.id, new.inputs)
        if provider is None:
            return Live("", old.outputs)
        arguments = (new.urn, new.id, old.inputs, old.outputs, new.inputs, new.ignore_changes)
        if session.planning:
            return await provider.preview_update(*arguments)
        return await provider.update(*arguments, timeouts_of(new).update)

    def _as_updated(self, old: ResourceState, new: ResourceState, live: Live) -> ResourceState:
        return replace(
            new,
            # After a half-done update the old inputs stay, so that the next run sees that there is still a difference.
            inputs=new.inputs if live.failure is None else old.inputs,
            outputs=live.outputs or {},
            init_errors=_reasons(live),
            modified=self._time() or new.modified,
        )

    async def read(self, old: OldResource | None, new: ResourceState, provider: Provider) -> Settled:
        """Read a resource that the program refers to but does not manage."""
        return await self.settle(
            make_step(Op.READ, old.state if old else None, new),
            new,
            "reading",
            lambda: self._call_read(new, provider),
            _as_read,
            Supersedes(removes=old),
        )

    async def read_replacement(self, old: OldResource, new: ResourceState, provider: Provider) -> Settled:
        """Read a resource in place of one that the stack managed so far."""
        settled = await self.settle(
            replace(make_step(Op.READ, old.state, new), logical=False),
            new,
            "reading",
            lambda: self._call_read(new, provider),
            _as_read,
            Supersedes(condemns=old),
        )
        self.replaced(settled.state, Replacement(old, Difference(changed=True), deleted_first=False))
        return settled

    async def _call_read(self, new: ResourceState, provider: Provider) -> Live:
        if new.id == UNKNOWN_SENTINEL:
            return Live(new.id, {})
        live = await provider.read(new.urn, new.id, new.inputs, new.inputs, timeouts_of(new).read)
        if live.outputs is None:
            raise StepError(f"resource '{new.id}' does not exist", new.urn)
        return live

    async def adopt(self, new: ResourceState, provider: Provider) -> Settled:
        """Take over an existing resource: it enters the state as the provider reports it."""
        return await self._adopt(make_step(Op.IMPORT, None, new), new, provider, Supersedes())

    async def adopt_replacement(self, new: ResourceState, provider: Provider, original: OldResource) -> Settled:
        """Take over an existing resource in place of the one that the stack had under this name."""
        step = replace(make_step(Op.IMPORT_REPLACEMENT, original.state, new), logical=False)
        settled = await self._adopt(step, new, provider, Supersedes(condemns=original))
        self.replaced(settled.state, Replacement(original, Difference(changed=True), deleted_first=False))
        return settled

    async def _adopt(self, step: Step, new: ResourceState, provider: Provider, supersedes: Supersedes) -> Settled:
        return await self.settle(
            step, new, "importing", lambda: self._call_adopt(new, provider), self._as_adopted, supersedes
        )

    async def _call_adopt(self, new: ResourceState, provider: Provider) -> Live:
        live = await provider.read(new.urn, new.import_id, None, {}, timeouts_of(new).read)
        if live.outputs is None:
            raise StepError(f"resource '{new.import_id}' does not exist", new.urn)
        if live.inputs is None:
            raise StepError(
                "provider does not support importing resources; please try updating the "
                f"'{package_of(new.type)}' plugin",
                new.urn,
            )
        if live.failure is not None:
            return replace(live, failure=None, unhealthy=tuple(live.failure.reasons))
        return live

    def _as_adopted(self, new: ResourceState, live: Live) -> ResourceState:
        return replace(self._as_created(new, live), id=live.id or new.import_id, inputs=live.inputs or {})


def _as_read(new: ResourceState, live: Live) -> ResourceState:
    return replace(new, id=live.id or new.id, outputs=live.outputs or {}, init_errors=_reasons(live))


def _reasons(live: Live) -> list[str]:
    return list(live.failure.reasons if live.failure is not None else live.unhealthy)


def _replacing(op: Op, replacement: Replacement, new: ResourceState) -> Step:
    return with_difference(make_step(op, replacement.old.state, new), replacement.difference)

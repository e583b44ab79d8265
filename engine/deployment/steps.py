"""The steps of one resource: same, create, replace, update, import, delete.

Source of the rules: Pulumi's `step.go` and `step_executor.go`.
"""

from __future__ import annotations

from dataclasses import replace

from engine.deployment.errors import ProtectedError, StepError
from engine.deployment.previous_state import TrackedResource
from engine.deployment.provider import Provider
from engine.deployment.provider_responses import Difference, ReadResult
from engine.deployment.step_runner import StepRunner, Superseded, make_step, with_difference, with_secrets
from engine.events import Severity, Step
from engine.journal import Success
from engine.model import Op, ResourceState
from protocol.urn import is_provider_type
from protocol.values import PropertyMap


class Steps(StepRunner):
    """Takes the steps, each in one of the run's slots."""

    async def same(self, old: TrackedResource, new: ResourceState) -> TrackedResource:
        """The resource is unchanged. Its dependencies and options in the state may change."""
        new = with_secrets(replace(new, id=old.state.id, outputs=old.state.outputs))
        step = make_step(Op.SAME, old.state, new)
        self.run.begun(step)
        with self.reporting(step):
            settled = await self.write_same(old, new)
        self.run.done(step)
        return settled

    async def keep(self, old: TrackedResource) -> TrackedResource:
        """The resource is not a target, so it stays exactly as it is."""
        self.skip(old.state, old.state)
        return await self.write_kept(old)

    def skip(self, old: ResourceState, new: ResourceState) -> None:
        """Show a resource that is not a target as unchanged, even if it does not exist."""
        step = make_step(Op.SAME, old, new)
        self.run.begun(step)
        self.run.done(step)

    async def create(self, new: ResourceState, provider: Provider | None) -> TrackedResource:
        """Create the resource."""
        return await self._create(make_step(Op.CREATE, None, new), new, provider, Superseded())

    async def create_replacement(
        self, old: TrackedResource, new: ResourceState, provider: Provider | None, difference: Difference
    ) -> TrackedResource:
        """Create the resource in place of the old one, which is deleted at the end of the run."""
        step = with_difference(make_step(Op.CREATE_REPLACEMENT, old.state, new), difference)
        return await self._create(replace(step, logical=False), new, provider, Superseded(marks_delete=old))

    async def _create(
        self, step: Step, new: ResourceState, provider: Provider | None, supersedes: Superseded
    ) -> TrackedResource:
        return await self.settle(
            step, new, "creating", lambda: self._call_create(new, provider), self._as_created, supersedes
        )

    def replaced(self, old: TrackedResource, new: ResourceState, difference: Difference) -> None:
        """Emit the `replace` step, which the summary counts. Its create and delete are steps of their own."""
        step = with_difference(make_step(Op.REPLACE, old.state, new), difference)
        self.run.begun(step)
        self.run.done(step)

    async def _call_create(self, new: ResourceState, provider: Provider | None) -> ReadResult:
        if provider is None:
            return ReadResult("", {})
        if self.run.planning:
            return ReadResult("", new.inputs)
        live = await provider.create(new)
        if not live.id:
            raise StepError("provider did not return an ID from Create")
        return live

    def _as_created(self, new: ResourceState, live: ReadResult) -> ResourceState:
        return replace(
            new,
            id=live.id,
            outputs=live.outputs or {},
            init_errors=_reasons(live),
            created=self.time(),
            modified=self.time(),
        )

    async def update(
        self, old: TrackedResource, new: ResourceState, provider: Provider | None, difference: Difference
    ) -> TrackedResource:
        """Update the resource in place."""
        before, new = old.state, replace(new, id=old.state.id)
        return await self.settle(
            with_difference(make_step(Op.UPDATE, before, new), difference),
            new,
            "updating",
            lambda: self._call_update(before, new, provider),
            lambda state, live: self._as_updated(before, state, live),
            Superseded(removes=old),
        )

    async def _call_update(self, old: ResourceState, new: ResourceState, provider: Provider | None) -> ReadResult:
        if provider is None:
            return ReadResult("", old.outputs)
        return ReadResult(new.id, new.inputs) if self.run.planning else await provider.update(old, new)

    def _as_updated(self, old: ResourceState, new: ResourceState, live: ReadResult) -> ResourceState:
        return replace(
            new,
            # After a partly done update the old inputs stay, so that the next run still finds a difference.
            inputs=new.inputs if live.failure is None else old.inputs,
            outputs=live.outputs or {},
            init_errors=_reasons(live),
            modified=self.time() or new.modified,
        )

    async def adopt(
        self,
        new: ResourceState,
        provider: Provider,
        original: TrackedResource | None = None,
        wanted: PropertyMap | None = None,
    ) -> TrackedResource:
        """Import an existing resource; `original` is the old one with the same URN.

        The state gets it as the provider reports it. With `wanted`, the provider first checks these inputs against what
        it read, as in Pulumi: if it refuses them, nothing is imported.
        """
        if original is None:
            return await self._adopt(make_step(Op.IMPORT, None, new), new, provider, Superseded(), wanted=wanted)
        step = replace(make_step(Op.IMPORT_REPLACEMENT, original.state, new), logical=False)
        settled = await self._adopt(step, new, provider, Superseded(marks_delete=original), wanted=wanted)
        self.replaced(original, settled.state, Difference(changed=True))
        return settled

    async def import_(self, new: ResourceState, provider: Provider) -> TrackedResource:
        """The step of the `import` command. It compares nothing, so failures of Check are only warnings."""
        settled = await self._adopt(make_step(Op.IMPORT, None, new), new, provider, Superseded(), forgets_id=True)
        state = settled.state
        _, failures = await provider.check(state.urn, state.inputs, state.inputs)
        for failure in failures:
            where = f"property {failure.property} " if failure.property else ""
            self.run.diagnose(
                Severity.WARNING,
                f"{state.type} resource '{state.name}': {where}has a problem: {failure.reason}\n"
                "It was imported as it is; write the program so that it checks.",
                state.urn,
            )
        return settled

    async def _adopt(
        self,
        step: Step,
        new: ResourceState,
        provider: Provider,
        supersedes: Superseded,
        *,
        forgets_id: bool = False,
        wanted: PropertyMap | None = None,
    ) -> TrackedResource:
        def finish(state: ResourceState, live: ReadResult) -> ResourceState:
            adopted = replace(self._as_created(state, live), id=live.id or state.import_id, inputs=live.inputs or {})
            return replace(adopted, import_id="") if forgets_id else adopted

        return await self.settle(step, new, "importing", lambda: _call_adopt(new, provider, wanted), finish, supersedes)

    async def delete(self, old: TrackedResource) -> None:
        """Delete a resource that the program no longer registers, or whose replacement exists."""
        op = Op.DELETE_REPLACED if old.state.delete else Op.DELETE
        step = replace(make_step(op, old.state, None), logical=not old.state.delete)
        async with self.slot(step):
            with self.reporting(step):
                if old.state.protect and not old.state.delete:
                    raise ProtectedError(_protected(old.urn), old.urn)
                begin = await self._call_delete(old.state)
                await self.run.journal.write(lambda number: Success(number, begin, None, removes=(old.ref,)))
            self.run.done(step)

    async def _call_delete(self, state: ResourceState) -> int | None:
        """Call the provider's Delete if the resource is real. Returns the number of the journal's `Begin`."""
        if state.retain_on_delete or self.run.planning or not state.custom or is_provider_type(state.type):
            return None
        begin = await self.begin(state, "deleting")
        async with self.failing(begin):
            provider = await self.run.hosts.configured(self.run, state.urn)
            await provider.delete(state)
        return begin


async def _call_adopt(new: ResourceState, provider: Provider, wanted: PropertyMap | None) -> ReadResult:
    live = await provider.read(new.urn, new.import_id)
    if live.outputs is None:
        raise StepError(f"resource '{new.import_id}' does not exist", new.urn)
    if wanted is not None:
        await provider.check(new.urn, live.inputs, wanted)
    return live


def _reasons(live: ReadResult) -> list[str]:
    return live.failure.reasons if live.failure is not None else []


def _protected(urn: str) -> str:
    return (
        f'resource "{urn}" cannot be deleted\n'
        "because it is protected. To unprotect the resource, "
        "either remove the `protect` flag from the resource in your Pulumi "
        "program and run `pulumi up`, or use the command:\n"
        f"`pulumi state unprotect '{urn}'`"
    )

"""The step that deletes a resource, or lets go of it."""

from __future__ import annotations

from dataclasses import replace

from engine.deployment.errors import ProtectedError
from engine.deployment.previous_state import OldResource
from engine.deployment.step_runner import StepRunner, make_step
from engine.events import Step
from engine.journal import Success
from engine.model import Op, ResourceState
from protocol.urn import is_provider_type


class DeleteSteps(StepRunner):
    """Carries out deletions."""

    async def delete(self, old: OldResource) -> None:
        """Delete a resource that the program no longer has, or whose replacement exists."""
        if old.state.pending_replacement and not old.state.delete:
            # It was deleted for a replacement that never came.
            await self._remove(old, None)
            return
        step = _replaced_step(old.state) if old.state.delete else make_step(Op.DELETE, old.state, None)
        async with self.slot(step):
            with self.reporting(step):
                if old.state.protect and not old.state.delete:
                    raise ProtectedError(_protected(old.urn), old.urn)
                await self._remove(old, await self._call(old.state))
            self.session.done(step)

    async def delete_before_replacement(self, old: OldResource) -> None:
        """Delete a resource before its replacement exists: it stays in the state, marked, until that is there."""
        step = _replaced_step(old.state)
        async with self.slot(step):
            with self.reporting(step):
                begin = await self._call(old.state)
                await self.session.journal.write(
                    lambda number: Success(number, begin, None, marks_replacement=(old.ref,))
                )
            old.state = replace(old.state, pending_replacement=True)
            self.session.done(step)

    async def _remove(self, old: OldResource, begin: int | None) -> None:
        await self.session.journal.write(lambda number: Success(number, begin, None, removes=(old.ref,)))

    async def _call(self, state: ResourceState) -> int | None:
        """Call the provider's Delete where there is something to call it for; the number of the journal's Begin."""
        if state.retain_on_delete or self.session.planning or not state.custom or is_provider_type(state.type):
            return None
        begin = await self.begin(state, "deleting")
        async with self.failing(begin):
            provider = await self.session.hosts.configured(self.session, state.urn)
            await provider.delete(state)
        return begin


def _replaced_step(state: ResourceState) -> Step:
    return replace(make_step(Op.DELETE_REPLACED, state, None), logical=False)


def _protected(urn: str) -> str:
    return (
        f'resource "{urn}" cannot be deleted\n'
        "because it is protected. To unprotect the resource, "
        "either remove the `protect` flag from the resource in your Pulumi "
        "program and run `pulumi up`, or use the command:\n"
        f"`pulumi state unprotect '{urn}'`"
    )

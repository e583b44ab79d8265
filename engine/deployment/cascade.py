"""Deletes the dependents of a resource that is deleted before its replacement exists."""

from __future__ import annotations

from dataclasses import replace

from engine.deployment.errors import AlreadyReported
from engine.deployment.previous_state import OldResource
from engine.deployment.progress import Progress
from engine.deployment.session import Session
from engine.deployment.steps import Steps
from engine.model import ResourceState
from protocol.values import UNKNOWN


class Cascade:
    """Finds these dependents and deletes them in reverse order of the state."""

    def __init__(self, session: Session, progress: Progress) -> None:
        self._session = session
        self._progress = progress
        self._steps = Steps(session)

    async def delete_dependents(self, root: OldResource) -> None:
        """Delete the resources that must be replaced along with `root`. The program may register them again later."""
        for old, keys in reversed(await self._to_replace(root)):
            if old in self._progress.deleted_early:
                continue
            self._refuse_protected(old.state, root.urn)
            self._progress.cascade_keys[old.urn] = keys
            self._progress.deleted.add(old.urn)
            self._progress.deleted_early.add(old)
            if old.state.delete:
                await self._steps.delete(old)
            else:
                await self._steps.delete_before_replacement(old)

    async def _to_replace(self, root: OldResource) -> list[tuple[OldResource, tuple[str, ...]]]:
        progress = self._progress
        done = {*progress.created, *progress.same, *progress.updated, *progress.deleted, *progress.replaced}
        replaced = {root.urn}
        found: list[tuple[OldResource, tuple[str, ...]]] = []
        for old in self._session.previous.closure(root, done - {root.urn}, with_children=False):
            keys = await self._keys_to_replace(old.state, replaced)
            if keys is not None:
                replaced.add(old.urn)
                found.append((old, keys))
        return found

    async def _keys_to_replace(self, state: ResourceState, replaced: set[str]) -> tuple[str, ...] | None:
        """The keys for which this resource must be replaced too; None if it need not be."""
        touched = [key for key, urns in state.property_dependencies.items() if replaced.intersection(urns)]
        if not state.custom or not touched:
            return None
        new = replace(state, inputs={**state.inputs, **dict.fromkeys(touched, UNKNOWN)})
        provider = await self._session.hosts.configured(self._session, state.urn)
        difference = await provider.diff(state, new)
        return difference.replace_keys if difference.replaces else None

    def _refuse_protected(self, state: ResourceState, urn: str) -> None:
        if not state.protect or state.delete:
            return
        self._session.error(
            f'unable to replace resource "{state.urn}" as part of replacing "{urn}" '
            "as it is currently marked for protection. To unprotect the resource, "
            "remove the `protect` flag from the resource in your Pulumi "
            "program and run `pulumi up`, or use the command:\n"
            f"`pulumi state unprotect '{state.urn}'`",
            urn,
        )
        self._session.stop()
        raise AlreadyReported

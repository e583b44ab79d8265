"""Deletes, at the end of a run, resources that the program no longer registers and those that were replaced."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from engine.deployment.errors import AlreadyReported, Stopped
from engine.deployment.identities import Identities
from engine.deployment.previous_state import TrackedResource, deletion_order
from engine.deployment.refreshing import settle_previous
from engine.deployment.run import Run
from engine.deployment.steps import Steps
from engine.deployment.targets import Targets


class Deletions:
    """Chooses what to delete. Deletes in parallel, but dependents before what they depend on."""

    def __init__(self, run: Run, identities: Identities, targets: Targets) -> None:
        self._run = run
        self._progress = run.progress
        self._identities = identities
        self._targets = targets
        self._steps = Steps(run)

    async def run(self) -> None:
        """Delete the resources. Those that no target covers stay, and count as unchanged."""
        chosen = set(self._chosen())
        to_delete = self._to_delete(chosen)
        if self._refuse_unnamed(to_delete):
            return
        for old in self._run.previous.resources:
            if old not in chosen and not old.state.delete and not self._is_wanted(old.urn):
                await self._steps.keep(old)
        needed = self._needed_by_failed()
        await self._delete_all([old for old in to_delete if old not in needed])

    def _to_delete(self, chosen: set[TrackedResource]) -> list[TrackedResource]:
        found = (old for old in self._run.previous.resources if old in chosen)
        return [old for old in found if old.state.delete or not self._is_wanted(old.urn)]

    def _chosen(self) -> Iterable[TrackedResource]:
        """The targets and their dependents, which must be deleted with them."""
        previous = self._run.previous
        if not self._targets.constrained:
            return previous.resources
        chosen: list[TrackedResource] = []
        for old in previous.resources:
            if self._targets.names(old.urn):
                chosen.append(old)
                chosen += previous.dependents(old)
        return chosen

    def _is_wanted(self, urn: str) -> bool:
        return self._progress.is_wanted(self._identities.new_of_old.get(urn, urn))

    def _refuse_unnamed(self, to_delete: list[TrackedResource]) -> bool:
        """Whether nothing may be deleted: a resource is neither a target nor covered by --target-dependents."""
        if self._targets.takes_dependents:
            return False
        unnamed = [old for old in to_delete if not self._targets.names(old.urn)]
        for old in unnamed:
            self._run.step_failed = True
            self._run.error(
                f"Resource '{old.urn}' will be destroyed but was not specified in --target list. Either include "
                "resource in --target list or pass --target-dependents to proceed.",
                old.urn,
            )
        return bool(unnamed) and not self._run.planning

    def _needed_by_failed(self) -> set[TrackedResource]:
        """The dependencies of failed resources. With `--continue-on-error` they must stay."""
        by_urn = self._run.previous.by_urn
        waiting = [by_urn[urn] for urn in self._progress.failed if urn in by_urn]
        needed: set[TrackedResource] = set()
        while waiting:
            for reference in waiting.pop().state.references():
                old = by_urn.get(reference.urn)
                if old is not None and old not in needed:
                    needed.add(old)
                    waiting.append(old)
        return needed

    async def _delete_all(self, to_delete: list[TrackedResource]) -> None:
        dependents = deletion_order(to_delete)
        ended = {old: asyncio.Event() for old in to_delete}
        blocked: set[TrackedResource] = set()

        async def delete(old: TrackedResource) -> None:
            try:
                for dependent in dependents[old]:
                    await ended[dependent].wait()
                if blocked.intersection(dependents[old]):
                    blocked.add(old)
                else:
                    await self._steps.delete(old)
            except (AlreadyReported, Stopped):
                blocked.add(old)
            finally:
                ended[old].set()

        # Newest first: the newest resources have the fewest dependents.
        await asyncio.gather(*(delete(old) for old in reversed(to_delete)))


async def destroy(run: Run) -> None:
    """`destroy`: delete every resource of the state, or the targets, without running the program."""
    await settle_previous(run)
    targets = Targets(run.input.options)
    targets.refuse_unknown(set(run.previous.by_urn))
    await Deletions(run, Identities(run), targets).run()

"""The state before the run, and the dependencies in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.journal import BaseRef, StateRef
from engine.model import Deployment, ResourceState


@dataclass(eq=False)
class OldResource:
    """A resource of the old state, or one that this run has imported. Compared by identity."""

    state: ResourceState
    ref: StateRef

    @property
    def urn(self) -> str:
        """Its URN."""
        return self.state.urn


@dataclass
class PreviousState:
    """The old state, in order and by URN. `by_urn` leaves out resources that are marked for deletion."""

    resources: list[OldResource]
    by_urn: dict[str, OldResource] = field(default_factory=dict)

    @classmethod
    def of(cls, base: Deployment) -> PreviousState:
        """Index a deployment."""
        previous = cls([OldResource(state, BaseRef(i)) for i, state in enumerate(base.resources)])
        previous._index()
        return previous

    def _index(self) -> None:
        self.by_urn = {old.urn: old for old in self.resources if not old.state.delete}

    def drop(self, gone: Iterable[OldResource]) -> None:
        """Remove resources that no longer exist."""
        dropped = set(gone)
        self.resources = [old for old in self.resources if old not in dropped]
        self._index()

    def dependents(self, root: OldResource) -> list[OldResource]:
        """The direct and indirect dependents of a resource and its children, in the state's order."""
        reached = {root.urn}
        found: list[OldResource] = []
        for old in self.resources[self.resources.index(root) + 1 :]:
            if any(reference.urn in reached for reference in old.state.references()):
                found.append(old)
                reached.add(old.urn)
        return found


def deletion_order(to_delete: Iterable[OldResource]) -> dict[OldResource, list[OldResource]]:
    """The dependents of each resource to delete: they must be deleted before it.

    `to_delete` has the state's order. A resource depends on earlier ones only: a later one with a URN that it names is
    the replaced one, on which it does not depend.
    """
    everyone = list(to_delete)
    earlier: dict[str, list[OldResource]] = {}
    dependents: dict[OldResource, list[OldResource]] = {old: [] for old in everyone}
    for dependent in everyone:
        needed = {old for reference in dependent.state.references() for old in earlier.get(reference.urn, ())}
        for old in needed:
            dependents[old].append(dependent)
        earlier.setdefault(dependent.urn, []).append(dependent)
    return dependents

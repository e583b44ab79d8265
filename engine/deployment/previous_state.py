"""The state before the run, and the dependencies in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.journal import BaseRef, StateRef
from engine.model import Deployment, ResourceState


@dataclass(eq=False)
class TrackedResource:
    """A resource of the old state, or of this run after its step, with its reference. Compared by identity."""

    state: ResourceState
    ref: StateRef

    @property
    def urn(self) -> str:
        """Its URN."""
        return self.state.urn


class PreviousState:
    """The old state, in order and by URN. `by_urn` leaves out resources that are marked for deletion."""

    def __init__(self, base: Deployment) -> None:
        self.resources = [TrackedResource(state, BaseRef(i)) for i, state in enumerate(base.resources)]
        self.by_urn = {old.urn: old for old in self.resources if not old.state.delete}

    def drop(self, gone: Iterable[TrackedResource]) -> None:
        """Remove resources that no longer exist."""
        dropped = set(gone)
        self.resources = [old for old in self.resources if old not in dropped]
        self.by_urn = {urn: old for urn, old in self.by_urn.items() if old not in dropped}

    def dependents(self, root: TrackedResource) -> list[TrackedResource]:
        """The direct and indirect dependents of a resource and its children, in the state's order."""
        reached = {root.urn}
        found: list[TrackedResource] = []
        for old in self.resources[self.resources.index(root) + 1 :]:
            if any(reference.urn in reached for reference in old.state.references()):
                found.append(old)
                reached.add(old.urn)
        return found


def deletion_order(to_delete: Iterable[TrackedResource]) -> dict[TrackedResource, list[TrackedResource]]:
    """The dependents of each resource to delete: they must be deleted before it.

    `to_delete` has the state's order. A resource depends on earlier ones only: a later one with a URN that it names is
    the replaced one, on which it does not depend.
    """
    everyone = list(to_delete)
    earlier: dict[str, list[TrackedResource]] = {}
    dependents: dict[TrackedResource, list[TrackedResource]] = {old: [] for old in everyone}
    for dependent in everyone:
        needed = {old for reference in dependent.state.references() for old in earlier.get(reference.urn, ())}
        for old in needed:
            dependents[old].append(dependent)
        earlier.setdefault(dependent.urn, []).append(dependent)
    return dependents

"""The state that the run started from, and who depends on whom in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from engine.deployment.urn import split_reference
from engine.journal import BaseRef, StateRef
from engine.model import Deployment, ResourceState


@dataclass(eq=False)
class OldResource:
    """A resource of the old state, or one that an import just brought in. Compared by identity."""

    state: ResourceState
    ref: StateRef

    @property
    def urn(self) -> str:
        """Its URN."""
        return self.state.urn


@dataclass(frozen=True)
class Reference:
    """One way in which a resource refers to another: `kind` is a word for messages."""

    kind: str
    urn: str


def references_of(state: ResourceState) -> Iterator[Reference]:
    """The other resources this one needs, its parent first; each may come more than once."""
    if state.parent:
        yield Reference("parent", state.parent)
    if state.provider:
        yield Reference("provider", split_reference(state.provider)[0])
    for urn in state.dependencies:
        yield Reference("dependency", urn)
    for urns in state.property_dependencies.values():
        for urn in urns:
            yield Reference("property dependency", urn)
    if state.deleted_with:
        yield Reference("deleted with dependency", state.deleted_with)
    for urn in state.extra.get("replaceWith", ()):
        yield Reference("replace with dependency", urn)


@dataclass
class Olds:
    """The old state, by place and by URN. `by_urn` leaves out those that wait to be deleted."""

    resources: list[OldResource]
    by_urn: dict[str, OldResource] = field(default_factory=dict)

    @classmethod
    def of(cls, base: Deployment) -> Olds:
        """Index a deployment."""
        olds = cls([OldResource(state, BaseRef(i)) for i, state in enumerate(base.resources)])
        olds._index()
        return olds

    def _index(self) -> None:
        self.by_urn = {old.urn: old for old in self.resources if not old.state.delete}

    def drop(self, gone: Iterable[OldResource]) -> None:
        """Forget resources that a refresh found gone."""
        dropped = set(gone)
        self.resources = [old for old in self.resources if old not in dropped]
        self._index()

    def providers(self, reference: str) -> ResourceState | None:
        """The provider resource that the reference means, exactly."""
        urn, id_ = split_reference(reference)
        return next(
            (old.state for old in self.resources if old.urn == urn and old.state.id == id_),
            None,
        )

    def dependents_of(self, root: OldResource, ignored: set[str]) -> list[OldResource]:
        """Who depends on the resource, directly or not, in dependency order. Children count for components alone."""
        return self._closure(root, ignored, with_children=False)

    def dependents_and_children_of(self, root: OldResource, ignored: set[str]) -> list[OldResource]:
        """As `dependents_of`, and children count."""
        return self._closure(root, ignored, with_children=True)

    def _closure(self, root: OldResource, ignored: set[str], with_children: bool) -> list[OldResource]:
        if root not in self.resources:
            return []
        reached = {root.urn}
        parents = {root.urn} if with_children or not root.state.custom else set()
        found: list[OldResource] = []
        for old in self.resources[self.resources.index(root) + 1 :]:
            if old.urn in ignored:
                continue
            for reference in references_of(old.state):
                if reference.urn in (parents if reference.kind == "parent" else reached):
                    found.append(old)
                    reached.add(old.urn)
                    if with_children or not old.state.custom:
                        parents.add(old.urn)
                    break
        return found


def deletion_order(condemned: Iterable[OldResource]) -> dict[OldResource, list[OldResource]]:
    """For each resource to delete, those that must be gone before it: whatever depends on it.

    `condemned` comes in the state's order. A resource depends on earlier ones alone: a later one of the URN it names
    is what was replaced, and took no part in its making.
    """
    everyone = list(condemned)
    earlier: dict[str, list[OldResource]] = {}
    before: dict[OldResource, list[OldResource]] = {old: [] for old in everyone}
    for dependent in everyone:
        needed = {old for reference in references_of(dependent.state) for old in earlier.get(reference.urn, ())}
        for old in needed:
            before[old].append(dependent)
        earlier.setdefault(dependent.urn, []).append(dependent)
    return before

"""What the run has done so far, by URN."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.deployment.previous_state import OldResource
from engine.deployment.step_runner import Settled


@dataclass
class Progress:
    """The URNs of each kind of step planned so far, and the resources as they now are.

    `skipped`: would have been created, were they targets. `failed`: failed, or depend on one that did.
    `cascade_keys`: why a resource was deleted along with another. `deleted_early`: deleted in the course of a
    delete-before-replace, so not to be deleted again at the end.
    """

    same: set[str] = field(default_factory=set)
    created: set[str] = field(default_factory=set)
    updated: set[str] = field(default_factory=set)
    replaced: set[str] = field(default_factory=set)
    imported: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    settled: dict[str, Settled] = field(default_factory=dict)
    cascade_keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    deleted_early: set[OldResource] = field(default_factory=set)

    def has_step(self, urn: str) -> bool:
        """Whether any step was planned for the URN."""
        return self.is_wanted(urn) or urn in self.created or urn in self.deleted

    def is_wanted(self, urn: str) -> bool:
        """Whether the program registered the URN, so that the old resource is not one to delete."""
        return any(urn in urns for urns in (self.same, self.updated, self.replaced, self.imported, self.failed))

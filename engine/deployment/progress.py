"""What the run has done so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.journal import StateRef
from engine.model import ResourceState


@dataclass(frozen=True)
class Settled:
    """A resource after its step: its state, and its reference in the journal."""

    state: ResourceState
    ref: StateRef


@dataclass
class Progress:
    """The URNs that have a step so far, and the resources after their steps (`settled`).

    `created` are new; `registered` had an old resource or are imported. `skipped`: not created because they are no
    targets. `failed`: failed, or depend on a failed resource.
    """

    created: set[str] = field(default_factory=set)
    registered: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    settled: dict[str, Settled] = field(default_factory=dict)

    def is_wanted(self, urn: str) -> bool:
        """Whether the program registered the URN. Its old resource is then not deleted."""
        return urn in self.registered or urn in self.failed

"""What the run has done so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.deployment.previous_state import TrackedResource


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
    settled: dict[str, TrackedResource] = field(default_factory=dict)

    def is_wanted(self, urn: str) -> bool:
        """Whether the program registered the URN. Its old resource is then not deleted."""
        return urn in self.registered or urn in self.failed

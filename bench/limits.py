"""What the project promises about its own speed, and whether a measurement keeps it."""

from __future__ import annotations

from dataclasses import dataclass

REQUESTS_FACTOR = 1.3
UP_MS_A_RESOURCE = 8.0
PREVIEW_SECONDS = 10.0
PREVIEW_RESOURCES = 1_000
SUPPRESS_SECONDS = 10.0  # beyond the plan of a million rows, for ten million suppressed numbers
SUPPRESS_MIB = 400.0
READS_AT_MOST = 4  # one list by the program, one by the host, and at most two after creates


@dataclass(frozen=True)
class Verdict:
    """One promise held against one measurement; a measurement at the limit keeps it."""

    promise: str
    measured: float
    limit: float

    @property
    def kept(self) -> bool:
        """Whether the promise is kept."""
        return self.measured <= self.limit


def up_limit(floor_seconds: float, resources: int) -> float:
    """Seconds that an up may take whose requests alone need `floor_seconds`."""
    return REQUESTS_FACTOR * floor_seconds + UP_MS_A_RESOURCE / 1000 * resources


def preview_limit(resources: int) -> float:
    """Seconds that a preview without changes may take; beyond 1,000 resources in proportion."""
    return PREVIEW_SECONDS * max(1.0, resources / PREVIEW_RESOURCES)

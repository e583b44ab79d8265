"""The errors of durable runs, in a module that loads no library."""

from __future__ import annotations

from digo.fleet.failure import FleetError


class RunsError(FleetError):
    """A run cannot be begun, found or followed.

    Attributes:
        what: what failed, and why.
        next_step: what to do.
    """

    def __init__(self, what: str, next_step: str) -> None:
        self.what = what
        self.next_step = next_step
        super().__init__(f"{what}\n  Next: {next_step}")


class DatabaseLost(RunsError):
    """The database does not answer any more."""


class RunLeft(DatabaseLost):
    """A signal has ended this process's work on a run whose database does not answer."""

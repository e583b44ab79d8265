"""The exceptions of a deployment."""

from __future__ import annotations

from digo.text.counts import counted


class StepError(Exception):
    """A step or a registration failed, and the user can act on the reason. `urn` is the resource's, or empty."""

    def __init__(self, message: str, urn: str = "") -> None:
        super().__init__(message)
        self.urn = urn


class ProtectedError(StepError):
    """The resource is protected from deletion. Other resources are still deleted."""


class PartialFailure(StepError):
    """The resource exists but is incomplete. The state keeps what exists."""

    def __init__(self, reasons: list[str]) -> None:
        lines = "".join(f"\n\t* {reason}" for reason in reasons)
        super().__init__(f"{counted(len(reasons), 'error')} occurred:{lines}\n\n")
        self.reasons = reasons


class AlreadyReported(Exception):
    """A failure that was already reported in a `Diagnostic` event."""


class Stopped(Exception):
    """The deployment is ending early, so nothing new may begin."""

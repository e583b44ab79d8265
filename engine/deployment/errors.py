"""What goes wrong within a deployment."""

from __future__ import annotations


class StepError(Exception):
    """A step or a registration failed for a reason the user can act on. `urn` names the resource, if one."""

    def __init__(self, message: str, urn: str = "") -> None:
        super().__init__(message)
        self.urn = urn


class ProtectedError(StepError):
    """The resource may not be deleted. Other resources are not kept from it by that."""


class PartialFailure(StepError):
    """The resource exists, but is not as it should be: what there is of it is kept in the state."""

    def __init__(self, reasons: list[str]) -> None:
        lines = "".join(f"\n\t* {reason}" for reason in reasons)
        count = len(reasons)
        super().__init__(f"{count} {'error' if count == 1 else 'errors'} occurred:{lines}\n\n")
        self.reasons = reasons


class AlreadyReported(Exception):
    """A failure whose diagnostics were emitted: nothing is left to say."""


class Stopped(Exception):
    """The deployment is ending early; nothing new is begun."""

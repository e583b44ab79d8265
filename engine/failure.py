"""The errors that end a command: each has a message for the user and an exit code.

The exit codes are Pulumi's (source: pulumi/pulumi, `pkg/cmd/pulumi/cmd/exit_codes.go`).
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Pulumi's exit codes; automation relies on their numbers."""

    SUCCESS = 0
    ERROR = 1
    CONFIGURATION = 2
    STACK_NOT_FOUND = 6
    NO_CHANGES_EXPECTED = 7
    CANCELLED = 8


class Failure(Exception):
    """A failure the user can act on. The text says what is wrong and what to do next."""

    exit_code = ExitCode.ERROR


class Declined(Failure):
    """The user answered no. The text is printed on standard output without `error:`."""


class OperationFailed(Failure):
    """A deployment failed or was cancelled. Its display has printed the reason already."""

    def __init__(self) -> None:
        super().__init__("operation failed")


class ConfigurationFailure(Failure):
    """Wrong flags, a wrong file, or a wrong environment variable."""


class NotConfirmed(Failure):
    """A change needs confirmation, and there is neither a terminal nor a flag for it."""

    exit_code = ExitCode.CONFIGURATION


class StackNotFound(Failure):
    """The stack does not exist."""

    exit_code = ExitCode.STACK_NOT_FOUND


class UnexpectedChanges(Failure):
    """`--expect-no-changes` was given, and there were changes."""

    exit_code = ExitCode.NO_CHANGES_EXPECTED


class Cancelled(Failure):
    """The user cancelled."""

    exit_code = ExitCode.CANCELLED

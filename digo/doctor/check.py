"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Status(str, Enum):
    """How a check ended. SKIPPED: it could not run, because an earlier one failed or the user left it out."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Result:
    """What a check found.

    Attributes:
        status: how it ended.
        found: the facts, one line.
        meaning: what a problem means for the user's runs; "" where all is well.
        next_step: what the user can do; "" where there is nothing to do.
    """

    status: Status
    found: str
    meaning: str = ""
    next_step: str = ""


class Skipped(Exception):
    """A check cannot run. The text is the reason."""


def ok(found: str) -> Result:
    """All is well."""
    return Result(Status.OK, found)


def warning(found: str, meaning: str, next_step: str) -> Result:
    """Something may be wrong, or will be soon."""
    return Result(Status.WARNING, found, meaning, next_step)


def error(found: str, meaning: str, next_step: str) -> Result:
    """Something is wrong."""
    return Result(Status.ERROR, found, meaning, next_step)

"""What an engine that failed printed: its errors, and whether it could not begin. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ERROR = re.compile(r"^[^\S\n]*(?:\S+: )?error:\s+(?P<text>\S.*)$", re.MULTILINE)
_LOCKED = re.compile(r"is currently locked by|Another update is currently in progress")
_MISSING = re.compile(r"no stack named '[^']*' found")
_HOLDER = re.compile(r"created by (?P<user>[^@\n]+)@(?P<host>\S+) \(pid (?P<pid>\d+)\)")


def errors_in(output: str) -> list[str]:
    """The errors that an engine printed."""
    return [found["text"] for found in _ERROR.finditer(output)]


def is_locked(output: str) -> bool:
    """Whether an engine refused to begin because another one holds the stack's lock."""
    return _LOCKED.search(output) is not None


def has_no_stack(output: str) -> bool:
    """Whether an engine refused to begin because the backend does not have the stack yet."""
    return _MISSING.search(output) is not None


@dataclass(frozen=True)
class Holder:
    """Who holds a stack's lock, as an engine printed it."""

    user: str
    host: str
    process: int

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (pid {self.process})"


def holders_in(output: str) -> tuple[Holder, ...]:
    """Who holds the lock, as far as the engine knows."""
    found = (Holder(one["user"], one["host"], int(one["pid"])) for one in _HOLDER.finditer(output))
    return tuple(dict.fromkeys(found))

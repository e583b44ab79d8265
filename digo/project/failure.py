"""Errors in a project's files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Fault:
    """One error. `line` and `column` count from 1."""

    line: int
    column: int
    message: str


class ProjectFailure(Exception):
    """A command cannot use the project. The message says why."""


class ProjectError(ProjectFailure):
    """A file of the project is not usable. Each line of the message names the file and the place in it."""

    def __init__(self, path: Path, faults: Iterable[Fault]) -> None:
        self.path = path
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(f"{path}:{one.line}:{one.column}: {one.message}" for one in self.faults))


class NoProject(ProjectFailure):
    """There is no Pulumi.yaml in the folder or above it. `start` is the folder."""

    def __init__(self, start: Path) -> None:
        self.start = start
        super().__init__(f"no Pulumi.yaml project file found (searching upwards from {start})")


class BackendError(ProjectFailure):
    """The address of the state is not usable. The message says what to write."""


class InvalidConfig(ProjectFailure):
    """A key, a path in a value, or a change does not fit a stack's config. Nothing was changed."""


class PassphraseMissing(ProjectFailure):
    """There is no passphrase in the environment, and no terminal to ask for it."""


class WrongPassphrase(ProjectFailure):
    """The passphrase does not decrypt the stack's secrets."""

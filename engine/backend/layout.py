"""Pulumi's layout of a state folder ("DIY" backend, version 1).

Source: pulumi/pulumi, `pkg/backend/diy/store.go`, `state.go`, `lock.go` and `meta.go`.
The folder `embedded` is this engine's own; the pulumi CLI does not look into it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from engine.failure import ConfigurationFailure

ORGANIZATION = "organization"
"""The only organization that a state folder has."""

_STACK_NAME = re.compile(r"^[A-Za-z0-9_.-]{1,100}$")


@dataclass(frozen=True)
class StackReference:
    """A stack of a project."""

    project: str
    name: str

    @property
    def qualified_name(self) -> str:
        """As state files name it."""
        return f"{ORGANIZATION}/{self.project}/{self.name}"


@dataclass(frozen=True)
class Layout:
    """Where things lie below a state folder."""

    folder: Path

    @property
    def bookkeeping(self) -> Path:
        """What the whole folder is kept in."""
        return self.folder / ".pulumi"

    @property
    def meta(self) -> Path:
        """The file that tells the layout's version."""
        return self.bookkeeping / "meta.yaml"

    @property
    def stacks(self) -> Path:
        """One folder for each project."""
        return self.bookkeeping / "stacks"

    def checkpoint(self, stack: StackReference) -> Path:
        """The stack's state."""
        return self.stacks / stack.project / f"{stack.name}.json"

    def tags(self, stack: StackReference) -> Path:
        """The stack's tags."""
        return self.stacks / stack.project / f"{stack.name}.pulumi-tags"

    def locks(self, stack: StackReference) -> Path:
        """The folder whose files say that somebody works on the stack."""
        return self.bookkeeping / "locks" / ORGANIZATION / stack.project / stack.name

    def history(self, stack: StackReference) -> Path:
        """The stack's past updates, as the pulumi CLI records them."""
        return self.bookkeeping / "history" / stack.project / stack.name

    def backups(self, stack: StackReference) -> Path:
        """The stack's past states, as the pulumi CLI records them."""
        return self.bookkeeping / "backups" / stack.project / stack.name

    def journal(self, stack: StackReference) -> Path:
        """What a run has done since the state was last written."""
        return self.bookkeeping / "embedded" / stack.project / f"{stack.name}.journal"

    def process_lock(self, stack: StackReference) -> Path:
        """Locked by the operating system while a process of this engine works on the stack."""
        return self.bookkeeping / "embedded" / stack.project / f"{stack.name}.lock"


def parse_reference(text: str, project: str) -> StackReference:
    """`name`, `organization/name` or `organization/project/name`; raises `ConfigurationFailure`."""
    parts = text.split("/")
    if len(parts) > 3:
        raise ConfigurationFailure(f"could not parse stack name '{text}'")
    if len(parts) > 1 and parts[0] != ORGANIZATION:
        raise ConfigurationFailure(f"organization name must be '{ORGANIZATION}'")
    name = parts[-1]
    if not name:
        raise ConfigurationFailure("stack name must not be empty")
    if not _STACK_NAME.match(name):
        raise ConfigurationFailure(
            f"invalid stack name '{name}': a stack name may only contain alphanumeric, hyphens, underscores, or "
            "periods, and be at most 100 characters long"
        )
    return StackReference(parts[1] if len(parts) == 3 else project, name)

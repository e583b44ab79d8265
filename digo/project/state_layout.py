"""Pulumi's layout of a state folder ("DIY" backend, version 1).

Source: pulumi/pulumi, `pkg/backend/diy/store.go`, `state.go`, `lock.go` and `meta.go`.
Only the embedded engine uses the folder `embedded`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from digo.project.locks import ORGANIZATION as ORGANIZATION
from digo.project.locks import locks_folder

STACK_NAME = re.compile(r"^[A-Za-z0-9_.-]{1,100}$")


@dataclass(frozen=True)
class StackReference:
    """A stack of a project."""

    project: str
    name: str

    @property
    def qualified_name(self) -> str:
        """The name in state files: `organization/project/stack`."""
        return f"{ORGANIZATION}/{self.project}/{self.name}"


@dataclass(frozen=True)
class Layout:
    """The paths in a state folder."""

    folder: Path

    @property
    def bookkeeping(self) -> Path:
        """The folder `.pulumi`, which holds everything else."""
        return self.folder / ".pulumi"

    @property
    def meta(self) -> Path:
        """The file with the layout's version."""
        return self.bookkeeping / "meta.yaml"

    @property
    def stacks(self) -> Path:
        """The folder with one subfolder for each project."""
        return self.bookkeeping / "stacks"

    def checkpoint(self, stack: StackReference) -> Path:
        """The stack's state file."""
        return self.stacks / stack.project / f"{stack.name}.json"

    def tags(self, stack: StackReference) -> Path:
        """The stack's file of tags."""
        return self.stacks / stack.project / f"{stack.name}.pulumi-tags"

    def locks(self, stack: StackReference) -> Path:
        """The folder of the stack's lock files."""
        return locks_folder(self.folder, stack.project, stack.name)

    def history(self, stack: StackReference) -> Path:
        """The stack's past updates, as the pulumi CLI records them."""
        return self.bookkeeping / "history" / stack.project / stack.name

    def journal(self, stack: StackReference) -> Path:
        """The stack's journal."""
        return self.bookkeeping / "embedded" / stack.project / f"{stack.name}.journal"

    def process_lock(self, stack: StackReference) -> Path:
        """The file that a run of this engine locks through the operating system."""
        return self.bookkeeping / "embedded" / stack.project / f"{stack.name}.lock"

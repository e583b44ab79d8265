"""The selected stack. It is stored where the pulumi CLI stores it, so both agree (`digo.project.selection`)."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from digo.project.selection import read_workspace, selected_stack, workspace_file
from digo.project.stack_choice import STACK_VARIABLE
from engine.backend.files import write_atomically
from engine.backend.layout import StackReference


@dataclass(frozen=True)
class Selection:
    """The selected stack of one project in one backend. `url` is the backend's address as the user wrote it."""

    project_file: Path
    project: str
    url: str
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def current(self) -> str | None:
        """The name of the selected stack, perhaps as `organization/project/stack`; None if there is none."""
        named = self.environment.get(STACK_VARIABLE)
        if named:
            return named
        return selected_stack(self.project_file, self.project, self.url, self.environment)

    def select(self, stack: StackReference) -> None:
        """Selects the stack, for older and newer pulumi CLIs."""
        settings = read_workspace(self._path())
        settings["stack"] = stack.qualified_name
        settings["stacks"] = {**(settings.get("stacks") or {}), self.url: stack.qualified_name}
        self._write(settings)

    def unselect(self) -> None:
        """Removes the selection."""
        settings = read_workspace(self._path())
        settings.pop("stack", None)
        stacks = {url: name for url, name in (settings.get("stacks") or {}).items() if url != self.url}
        settings["stacks"] = stacks
        if stacks:
            self._write(settings)
        else:
            self._path().unlink(missing_ok=True)

    def _path(self) -> Path:
        return workspace_file(self.project_file, self.project, self.environment)

    def _write(self, settings: Mapping[str, Any]) -> None:
        write_atomically(self._path(), json.dumps(settings, indent=4).encode())

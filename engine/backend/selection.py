"""The selected stack. It is stored where the pulumi CLI stores it, so both agree.

Source: pulumi/pulumi, `pkg/workspace/workspace.go` and `settings.go`: a file in `$PULUMI_HOME/workspaces`, named
after the project and the SHA-1 of the path of its Pulumi.yaml.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.backend.files import write_atomically
from engine.backend.layout import StackReference

STACK_VARIABLE = "PULUMI_STACK"


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
        settings = self._read()
        return (settings.get("stacks") or {}).get(self.url) or settings.get("stack") or None

    def select(self, stack: StackReference) -> None:
        """Selects the stack, for older and newer pulumi CLIs."""
        settings = self._read()
        settings["stack"] = stack.qualified_name
        settings["stacks"] = {**(settings.get("stacks") or {}), self.url: stack.qualified_name}
        self._write(settings)

    def unselect(self) -> None:
        """Removes the selection."""
        settings = self._read()
        settings.pop("stack", None)
        stacks = {url: name for url, name in (settings.get("stacks") or {}).items() if url != self.url}
        settings["stacks"] = stacks
        if stacks:
            self._write(settings)
        else:
            self._path().unlink(missing_ok=True)

    def _path(self) -> Path:
        home = self.environment.get("PULUMI_HOME")
        folder = Path(home) if home else Path.home() / ".pulumi"
        digest = hashlib.sha1(str(self.project_file).encode(), usedforsecurity=False).hexdigest()
        return folder / "workspaces" / f"{self.project}-{digest}-workspace.json"

    def _read(self) -> dict[str, Any]:
        try:
            settings = json.loads(self._path().read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return settings if isinstance(settings, dict) else {}

    def _write(self, settings: Mapping[str, Any]) -> None:
        write_atomically(self._path(), json.dumps(settings, indent=4).encode())

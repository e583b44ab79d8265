"""Runs `digo doctor --json`, and looks at its checks by name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.scenarios.workspace import Workspace


@dataclass(frozen=True)
class Report:
    """A document of `--json`, and the exit code."""

    code: int
    document: dict[str, Any]

    def __getitem__(self, name: str) -> tuple[str, str]:
        """The status of a check, and all that it says."""
        (check,) = [one for one in self.document["checks"] if one["name"] == name]
        return check["status"], " | ".join((check["found"], check["meaning"], check["next"]))

    def with_status(self, status: str) -> list[str]:
        """The names of the checks that ended so."""
        return [one["name"] for one in self.document["checks"] if one["status"] == status]


def doctor(workspace: Workspace, *options: str, stack: str | None = "test") -> Report:
    """What the doctor says about the workspace's project."""
    named = () if stack is None else ("--stack", stack)
    done = workspace.finished([workspace.python, "-m", "digo", *named, "doctor", "--json", *options])
    return Report(done.code, json.loads(done.stdout))

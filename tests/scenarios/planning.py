"""`digo plan` as a document, and whether it agrees with the preview of the engine."""

from __future__ import annotations

import json
from typing import Any

from workspace import Workspace

NOTHING, ERROR, CHANGES, STUCK = 0, 1, 2, 3
AS_OPERATION = {
    "create": "create",
    "adopt": "import",
    "update": "update",
    "replace": "replace",
    "forget": "delete",
}


def document(workspace: Workspace, command: str, code: int) -> dict[str, Any]:
    outcome = workspace.digo(command, "--detailed-exitcode", "--format", "json")
    assert outcome.code == code, outcome.text
    return dict(json.loads(outcome.stdout))


def verbs(workspace: Workspace, code: int) -> dict[str, str]:
    return {step["key"]: step["verb"] for step in document(workspace, "plan", code)["steps"]}


def assert_agrees(workspace: Workspace, code: int) -> dict[str, str]:
    """The plan's verbs are the preview's operations, entry by entry."""
    planned = verbs(workspace, code)
    assert workspace.steps() == {key: AS_OPERATION[verb] for key, verb in planned.items() if verb in AS_OPERATION}
    return planned

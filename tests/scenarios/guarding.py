"""Limits of guards, and runs that a guard refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from tests.scenarios.workspace import Workspace, requests

UP, PREVIEW = ("up", "--skip-preview"), ("preview",)


def refused(workspace: Workspace, guard: str, says: str, *, commands: Sequence[Sequence[str]] = (UP,)) -> str:
    """An up fails with the guard's sentence and writes nothing. Returns the plan's hash.

    The host judges a preview in the same call, so one test gives both `commands`: each then fails alike.
    """
    workspace.sandbox.clear_requests()
    hashes = set()
    for command in commands:
        outcome = workspace.run(*command)
        assert outcome.code not in (0, None)
        assert "dynamic/digo:Account (account):" in outcome.text
        assert f"  {guard}: " in outcome.text
        assert says in outcome.text
        assert "nothing was written" in outcome.text
        assert "Traceback" not in outcome.text
        hashes |= set(re.findall(r"`plan: ([b-t-]{39})`", outcome.text))
    assert not [name for name in requests(workspace.sandbox) if name.startswith("POST")]
    reads = requests(workspace.sandbox)["GET /v1/agents"]
    assert reads == len(commands), "the program's own, once a run: the gate costs none"
    assert len(hashes) == 1
    return hashes.pop()


def planned_refused(workspace: Workspace, guard: str, says: str) -> None:
    """`digo plan`, which judges as the host does, says the guard's sentence."""
    outcome = workspace.digo("plan")
    assert outcome.code == 1, outcome.text
    assert f"  {guard}: " in outcome.text
    assert says in outcome.text


def limit(workspace: Workspace, **limits: int) -> None:
    workspace.set_config(guards=json.dumps(limits))

"""Killing a process of a run."""

from __future__ import annotations

from workspace import Workspace

VICTIMS = {
    "engine": {"embedded": "-m engine", "pulumi": "pulumi up"},
    "program": {"embedded": "engine/deployment/program.py", "pulumi": "pulumi-language-python-exec"},
    "host": {"embedded": "-m providers.host", "pulumi": "-m providers.host"},
}


def kill(workspace: Workspace, victim: str) -> None:
    found = workspace.processes(VICTIMS[victim][workspace.engine])
    assert found, f"no process of the {victim} runs"
    for process in found:
        process.kill()

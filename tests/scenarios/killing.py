"""Killing a process of a run, and waiting for the end of the others."""

from __future__ import annotations

import psutil

from tests.scenarios.workspace import Workspace
from tests.warm.warm_python import SERVER

VICTIMS = {
    "engine": {"embedded": "-m engine", "pulumi": "pulumi up"},
    "program": {"embedded": "engine/deployment/program.py", "pulumi": "pulumi-language-python-exec"},
    "host": {"embedded": "providers.host", "pulumi": "providers.host"},
}


def kill(workspace: Workspace, victim: str) -> None:
    found = workspace.processes(VICTIMS[victim][workspace.engine])
    assert found, f"no process of the {victim} runs"
    for process in found:
        process.kill()


def wait_until_gone(workspace: Workspace) -> None:
    """The killed run's other processes must end by themselves: nobody is left to stop them."""
    names = ("providers.host", "engine/deployment/program.py", "-m engine", SERVER.name)
    left = psutil.wait_procs(workspace.processes(*names), timeout=60)[1]
    assert left == []

"""The sandbox's port is taken by another sandbox: the advice leads to a way that works to its end."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from digo.api.access import Access
from digo.settings.sandbox_port import NOTE, sandbox_elsewhere
from sandbox.testing import Sandbox
from tests.scenarios.workspace import ROOT, Workspace


@pytest.fixture
def project(workspace: Workspace) -> Iterator[Workspace]:
    workspace.agents(sales={"name": "Sales", "follow_me_number": "+1 202 555 0101"})
    shutil.copytree(ROOT / "scripts", workspace.folder / "scripts")
    (workspace.folder / "sandbox").symlink_to(ROOT / "sandbox")
    yield workspace
    workspace.finished([workspace.python, "-m", "sandbox", "stop"])


def test_the_advice_works_for_all_later_commands(project: Workspace, sandbox: Sandbox) -> None:
    up = ["scripts/stack.sh", "up", "test"]
    refused = project.finished(up)
    assert refused.code == 1
    assert f"Port {sandbox.port} on 127.0.0.1 is taken by a sandbox of another account" in refused.stderr
    advised = re.search(r"^  export (DIGO_SANDBOX_PORT)=(\d+)\n  make up STACK=test$", refused.stderr, re.MULTILINE)
    assert advised is not None, refused.stderr
    # A shell without the variable is told where the sandbox is; one with it needs nothing else.
    project.environ[advised[1]] = advised[2]
    done = project.finished(up)
    assert done.code == 0, done.text
    assert f"export DIGO_SANDBOX_PORT={advised[2]}   in each other shell" in done.stdout
    plan = project.digo("plan")
    assert (plan.code, plan.stderr) == (0, "")
    assert project.finished(["scripts/stack.sh", "preview", "test"]).code == 0
    assert project.steps() == {}
    del project.environ[advised[1]]
    note = f"note: this project's sandbox is at port {advised[2]}, and {sandbox.url} is asked"
    assert note in project.digo("plan").stderr
    doctor = json.loads(project.digo("doctor", "--json").stdout)
    (endpoint,) = [check for check in doctor["checks"] if check["name"] == "endpoint"]
    assert endpoint["status"] == "warning" and f"export DIGO_SANDBOX_PORT={advised[2]}" in endpoint["next"]
    again = project.finished(["scripts/stack.sh", "preview", "test"])
    assert again.code == 0 and f"export DIGO_SANDBOX_PORT={advised[2]}" in again.stdout
    assert sandbox.agents() == []


@pytest.mark.parametrize(
    ("note", "endpoint", "port"),
    [
        ('{"url": "http://127.0.0.1:18165", "pid": PID}', "http://127.0.0.1:8099", 18165),
        ('{"url": "http://127.0.0.1:18165", "pid": PID}', "http://localhost:8099/", 18165),
        ('{"url": "http://127.0.0.1:8099", "pid": PID}', "http://127.0.0.1:8099", None),
        ('{"url": "http://127.0.0.1:18165", "pid": PID}', "https://api.example.com", None),
        ('{"url": "http://127.0.0.1:18165", "pid": 4194305}', "http://127.0.0.1:8099", None),
        ('{"url": "http://127.0.0.1:18165", "pid": 1e999}', "http://127.0.0.1:8099", None),
        ('{"url": 7, "pid": PID}', "http://127.0.0.1:8099", None),
        ("[]", "http://127.0.0.1:8099", None),
        ("", "http://127.0.0.1:8099", None),
    ],
)
def test_the_note_of_a_running_sandbox(tmp_path: Path, note: str, endpoint: str, port: int | None) -> None:
    (tmp_path / NOTE.parent).mkdir()
    (tmp_path / NOTE).write_text(note.replace("PID", str(os.getpid())))
    assert sandbox_elsewhere(tmp_path, Access(endpoint, "example-token")) == port

"""From an empty folder to a project of a user's own, with the installed wheel alone."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from sandbox.testing import Sandbox

AGENTS = """\
agents:
  sales: {name: Sales desk, follow_me_number: "+1 202 555 0101", intercom: "1001"}
  night: {name: Night desk, follow_me_number: "+1 202 555 0102", intercom: "1002"}
"""


class Shell:
    """A shell in an empty folder. The commands of the wheel are on its PATH, and nothing of the sources is."""

    def __init__(self, folder: Path, installed: Path, sandbox: Sandbox) -> None:
        self.folder = folder
        self.project = folder / "phones"
        self.python = str(installed / "python")
        self.digo = str(installed / "digo")
        kept = {
            name: value
            for name, value in os.environ.items()
            if name == "DIGO_LOCK_DIR" or not name.startswith(("DIGO_", "PULUMI_", "PYTHON", "GITHUB_", "GITLAB_"))
        }
        # The pulumi CLI would install the pins of the project from a registry.
        path = ":".join(one for one in kept["PATH"].split(":") if not (Path(one) / "pulumi").exists())
        self.environ = {**kept, "PATH": path, "PULUMI_CONFIG_PASSPHRASE": "test", "DIGO_AUTHORIZATION": sandbox.token}

    def run(self, *command: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=folder or self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=200,
        )

    def in_project(self, *command: str) -> str:
        """Runs a command in the project that must succeed; what it printed."""
        done = self.run(*command, folder=self.project)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def own_python(self) -> Path:
        """Gives the project a virtual environment; the file in which its Python notes what it was asked to run."""
        asked = self.folder / "asked"
        python = self.project / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\necho "$*" >>"{asked}"\nexec "{self.python}" "$@"\n')
        python.chmod(0o755)
        return asked


@pytest.fixture
def shell(tmp_path: Path, installed: Path, sandbox: Sandbox) -> Shell:
    return Shell(tmp_path, installed, sandbox)


def test_two_commands_lead_to_a_plan_and_an_up_settles(shell: Shell, sandbox: Sandbox) -> None:
    sandbox.add_agent("12025550101", name="Sales desk", intercom="1001")
    options = ["--endpoint", sandbox.url, "--cps", "0", "--ci", "github"]
    made = shell.run(shell.digo, "new", "phones", *options)
    assert made.returncode == 0, made.stderr
    assert not (shell.project / ".venv").exists()

    # From a folder below.
    below = shell.project / "config" / "prod"
    (below / "agents.yaml").write_text(AGENTS, encoding="utf-8")
    planned = shell.run(shell.digo, "plan", "--detailed-exitcode", "--format", "json", folder=below)
    assert planned.returncode == 2, planned.stderr
    verbs = {step["key"]: step["verb"] for step in json.loads(planned.stdout)["steps"]}
    assert verbs == {"sales": "adopt", "night": "create"}

    # By the pipeline's step, with the project's own virtual environment, which is used where there is one.
    asked = shell.own_python()
    shell.environ["DIGO_REVIEWED"] = json.loads(planned.stdout)["plan"]
    ups = shell.in_project(shell.digo, "ci", "step", "up", "prod")
    assert re.search(r"\+ .*dynamic/digo:Agent\s+night\s+created", ups), ups
    assert "--program=" in asked.read_text() and "providers.host" in asked.read_text()
    writes = [name for name, count in sandbox.counts().items() if name.startswith("POST") for _ in range(count)]
    assert len(writes) == 1

    # A second time.
    assert "Nothing to do." in shell.in_project(shell.digo, "ci", "step", "up", "prod")
    page = (shell.project / "digo-ci" / "prod" / "plan.html").read_text(encoding="utf-8")
    assert page.lstrip().startswith("<!doctype html>")
    assert [name for name, count in sandbox.counts().items() if name.startswith("POST") for _ in range(count)] == writes
    shell.in_project(shell.digo, "upgrade", "--check")

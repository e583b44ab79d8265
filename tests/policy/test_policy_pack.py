"""The policy pack, loaded by the real CLI; its requirements are the project's pins."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.scenarios.workspace import ROOT, Workspace
from tests.warm.warm_sandbox import start_sandbox

OTHER_PROGRAM = """\
from providers.agent import Agent

Agent("x", name="small", follow_me_number="+12025550101")
Agent("y", name="Right", follow_me_number="+12025550102")
"""


def pins(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([\w.]+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE))


def test_its_requirements_are_pinned_as_the_projects() -> None:
    own, all_ = pins(ROOT / "policy" / "requirements.txt"), pins(ROOT / "requirements.txt")
    assert own.pop("pulumi-policy")
    assert {name: all_.get(name) for name in own} == own


@pytest.mark.needs("pulumi", "pulumi-policy")
def test_the_cli_asks_it_of_every_program(tmp_path: Path) -> None:
    with start_sandbox(tmp_path) as sandbox:
        workspace = Workspace(tmp_path / "project", "pulumi", sandbox)
        shutil.copytree(ROOT / "policy", workspace.folder / "policy", ignore=shutil.ignore_patterns(".venv"))
        (workspace.folder / "policy" / ".venv").symlink_to(sys.prefix)
        workspace.agents(sales={"name": "Sales", "follow_me_number": "+1 202 555 0101"})
        workspace.write("policy.yaml", {"policy": {"name_pattern": "[A-Z].*", "max_agents": 1}})
        right = workspace.run("preview", "--policy-pack", "policy")
        assert right.code == 0, right.text

        # The project's own program is refused by the loader already; another one is refused by the pack alone.
        (workspace.folder / "__main__.py").write_text(OTHER_PROGRAM, encoding="utf-8")
        wrong = workspace.run("up", "--policy-pack", "policy")
        assert wrong.code != 0
        assert "name: the name does not match `[A-Z].*` (rule name_pattern, config/test/policy.yaml)" in wrong.text
        assert sandbox.agents() == []

        workspace.write("policy.yaml", {"policy": {"max_agents": 1}})
        many = workspace.run("preview", "--policy-pack", "policy")
        assert many.code != 0
        assert "2 agents are wanted; at most 1 is allowed (rule max_agents, config/test/policy.yaml)" in many.text

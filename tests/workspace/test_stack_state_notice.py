"""A stack that is new, or whose state is gone, is told apart; what is said stays short among hundreds of stacks."""

from __future__ import annotations

from pathlib import Path

from digo.project.project_file import load_project
from digo.project.stack_file import StackFile
from digo.workspace.engine import EngineCommands
from digo.workspace.stack_state import stack_state_notice


def test_a_new_stack_names_a_few_of_hundreds(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: demo\nruntime: python\n", encoding="utf-8")
    stacks = tmp_path / "state/.pulumi/stacks/demo"
    stacks.mkdir(parents=True)
    (stacks.parents[1] / "meta.yaml").write_text("version: 1\n", encoding="utf-8")
    for number in range(1_200):
        (stacks / f"branch-{number:04}.json").touch()
        (stacks / f"branch-{number:04}.json.bak").touch()
    project = load_project(tmp_path / "Pulumi.yaml")
    engine = EngineCommands(project, "fresh", tmp_path, {"PULUMI_BACKEND_URL": f"file://{tmp_path}/state"})
    said = stack_state_notice(project, StackFile(tmp_path / "Pulumi.fresh.yaml"), "fresh", engine, None)
    assert said is not None
    assert "(this one has branch-0000, branch-0001, branch-0002, branch-0003, branch-0004 and 1,195 more)" in said

"""Which stack a command means: named, selected with either engine, or the only one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from digo.project.project_file import ProjectFile
from digo.project.selection import workspace_file
from digo.project.stack_choice import NoStackChosen, StackChoice, StackSource, choose_stack
from tests.scenarios.workspace import Outcome, Workspace


@pytest.fixture
def two_stacks(workspace: Workspace, tmp_path: Path) -> Workspace:
    workspace.environ["PULUMI_HOME"] = str(tmp_path / "pulumi-home")
    workspace.agents(sales={"name": "Sales", "follow_me_number": "+1 202 555 0101"})
    for name in ("Pulumi.prod.yaml", "config/prod"):
        source = workspace.folder / name.replace("prod", "test")
        (shutil.copytree if source.is_dir() else shutil.copy)(source, workspace.folder / name)
    return workspace


def digo(workspace: Workspace, *arguments: str) -> Outcome:
    return workspace.finished([workspace.python, "-m", "digo", *arguments])


def test_the_selected_stack_is_the_one_that_is_meant(two_stacks: Workspace) -> None:
    done = digo(two_stacks, "validate")
    assert done.code == 1
    assert "choose one with `digo engine stack select`; the project has prod, test" in done.stderr
    assert two_stacks.run("stack", "select", "test").code == 0
    done = digo(two_stacks, "plan")
    assert done.code == 0, done.text
    assert done.stderr.splitlines()[0] == "note: stack test, selected with `stack select`"
    # An explicit name wins, and says nothing of the selection.
    two_stacks.environ["PULUMI_STACK"] = "prod"
    assert "selected" not in digo(two_stacks, "validate").text
    assert "selected" not in digo(two_stacks, "--stack", "prod", "validate").text


def test_a_selected_stack_that_is_gone_says_who_named_it(two_stacks: Workspace) -> None:
    assert two_stacks.run("stack", "select", "test").code == 0
    (two_stacks.folder / "Pulumi.test.yaml").unlink()
    shutil.rmtree(two_stacks.folder / "config" / "test")
    done = digo(two_stacks, "plan")
    assert done.code == 1
    assert "there is no stack test (selected with `stack select`): neither" in done.stderr


@pytest.mark.parametrize(
    ("settings", "selected"),
    [
        ({"stack": "organization/p/old", "stacks": {"file:///a": "organization/p/new"}}, "new"),
        ({"stack": "organization/p/old", "stacks": {"file:///b": "organization/p/new"}}, "old"),
        ({"stack": "dev"}, "dev"),
        ({"stacks": []}, None),
        ({"stack": ["dev"]}, None),
        ([], None),
        ("dev", None),
    ],
)
def test_the_file_of_the_selection(tmp_path: Path, settings: object, selected: str | None) -> None:
    project = ProjectFile(tmp_path / "Pulumi.yaml", "p", backend_url="file:///a")
    environ = {"PULUMI_HOME": str(tmp_path)}
    file = workspace_file(project.path, "p", environ)
    file.parent.mkdir()
    file.write_text(json.dumps(settings))
    if selected is None:
        with pytest.raises(NoStackChosen, match="which stack"):
            choose_stack(project, None, environ)
    else:
        assert choose_stack(project, None, environ) == StackChoice(selected, StackSource.SELECTED)


def test_a_damaged_file_of_the_selection_selects_nothing(tmp_path: Path) -> None:
    project = ProjectFile(tmp_path / "Pulumi.yaml", "p")
    file = workspace_file(project.path, "p", {"PULUMI_HOME": str(tmp_path)})
    file.parent.mkdir()
    file.write_bytes(b"\xff{")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    assert choose_stack(project, None, {"PULUMI_HOME": str(tmp_path)}) == StackChoice("dev", StackSource.ONLY)


@pytest.mark.parametrize(
    ("option", "environ", "source"),
    [
        ("organization/p/dev", {"PULUMI_STACK": "prod"}, StackSource.OPTION),
        (None, {"PULUMI_STACK": "p/dev"}, StackSource.VARIABLE),
    ],
)
def test_a_named_stack(tmp_path: Path, option: str | None, environ: dict[str, str], source: StackSource) -> None:
    assert choose_stack(ProjectFile(tmp_path / "Pulumi.yaml", "p"), option, environ) == StackChoice("dev", source)

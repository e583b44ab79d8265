"""A stack that is misspelt, new, or lost; and `digo` and the engine that read one project alike."""

from __future__ import annotations

import json
import shutil

import pytest
import yaml

from tests.scenarios.workspace import ROOT, Workspace, operations

AGENTS = {"sales": {"name": "Sales", "follow_me_number": "+1 202 555 0101"}}


@pytest.fixture
def planned(workspace: Workspace) -> Workspace:
    workspace.agents(**AGENTS)
    return workspace


def verbs(workspace: Workspace) -> dict[str, str]:
    done = workspace.digo("plan", "--format", "json")
    assert done.code == 0, done.text
    return {step["key"]: step["verb"] for step in json.loads(done.stdout)["steps"]}


@pytest.mark.parametrize("command", [["plan"], ["drift"], ["snapshot", "out.json"]])
def test_a_lost_state_is_said_and_not_planned_against(planned: Workspace, command: list[str]) -> None:
    planned.environ["DIGO_LEDGER_KEY"] = "a ledger key for the tests, of no worth"
    state = planned.folder / "state"
    shutil.rmtree(state)
    for there in (False, True):
        if there:
            state.mkdir()
        done = planned.digo(*command)
        assert done.code == 1
        assert f"the state of stack test is not in file://{state}, and the stack is not new" in done.stderr
        assert "Pulumi.test.yaml has an encryptionsalt" in done.stderr
        assert done.stdout == ""
    assert not (planned.folder / "out.json").exists()


def test_the_engine_says_a_lost_state_too(planned: Workspace) -> None:
    planned.up()
    shutil.rmtree(planned.folder / "state")
    done = planned.run("preview")
    assert done.code == 6
    assert "no stack named 'test' found" in done.stderr and "the stack is not new" in done.stderr
    assert ".digo/journal/test/ has the journal of its runs" in done.stderr
    assert "create it with" not in done.stderr
    # A new stack in its place is the user's own word: the plan says what it means.
    assert planned.run("stack", "init", "test").code == 0
    done = planned.digo("plan", "--detailed-exitcode")
    assert done.code == 2
    assert "note: the state of stack test is empty" in done.stderr
    # After an up there is nothing to say any more.
    planned.up()
    assert planned.digo("plan").stderr == ""


def test_a_new_stack_is_planned_without_fuss(planned: Workspace) -> None:
    config = yaml.safe_load((planned.folder / "Pulumi.test.yaml").read_text())["config"]
    (planned.folder / "Pulumi.fresh.yaml").write_text(yaml.safe_dump({"config": config}))
    shutil.copytree(planned.folder / "config" / "test", planned.folder / "config" / "fresh")
    done = planned.digo("--stack", "fresh", "plan", "--detailed-exitcode")
    assert done.code == 2, done.text
    (note,) = done.stderr.splitlines()
    assert note.startswith("note: new stack: nothing in the state, because there is no stack fresh in file://")
    assert "(this one has test)" in note
    assert planned.run("stack", "init", "fresh").code == 0
    for command in ("plan", "drift"):
        done = planned.digo("--stack", "fresh", command, "--detailed-exitcode")
        assert done.code == 2, done.text
        (note,) = done.stderr.splitlines()
        assert note.startswith("note: new stack: nothing in the state of fresh in file://")


@pytest.mark.parametrize("command", [["plan"], ["drift"], ["report"], ["validate"], ["agents"], ["masking", "check"]])
def test_a_misspelt_stack_is_said(planned: Workspace, command: list[str]) -> None:
    done = planned.digo("--stack", "tets", *command)
    assert done.code == 1
    assert (
        "there is no stack tets: neither Pulumi.tets.yaml nor config/tets/ is there; did you mean test? "
        "The project has test; `digo init tets` makes a new one" in done.stderr
    )


def test_a_stack_without_a_name_is_said(planned: Workspace) -> None:
    done = planned.digo("--stack", "organization/pulumi-digo/", "plan")
    assert done.code == 1
    assert "`organization/pulumi-digo/` names no stack" in done.stderr


def test_a_misspelt_stack_is_said_by_the_engine(planned: Workspace) -> None:
    done = planned.finished([planned.python, "-m", "engine", "preview", "--stack", "tets"])
    assert done.code == 6
    assert "no stack named 'tets' found; create it with `stack init tets`" in done.stderr
    assert "; there is test; did you mean 'test'?" in done.stderr


def test_digo_and_the_engine_read_one_folder_and_one_state(planned: Workspace) -> None:
    """The stack's file elsewhere, defaults and the state's address in Pulumi.yaml, a name that YAML 1.1 misreads."""
    folder = planned.folder
    stack = yaml.safe_load((folder / "Pulumi.test.yaml").read_text())
    endpoint = stack["config"].pop("digo:endpoint")
    (folder / "stacks").mkdir()
    (folder / "stacks" / "Pulumi.test.yaml").write_text(yaml.safe_dump(stack) + "\n")
    (folder / "Pulumi.test.yaml").unlink()
    shutil.move(folder / "config" / "test", folder / "config" / "no")
    shutil.move(folder / "state", folder / "our state #1")
    with (folder / "Pulumi.yaml").open("a") as project:
        project.write(
            "stackConfigDir: stacks\nbackend:\n  url: file://./our%20state%20%231\n"
            f"config:\n  digo:environment: no\n  digo:endpoint: {{value: '{endpoint}'}}\n"
        )
    del planned.environ["PULUMI_BACKEND_URL"]
    assert planned.steps() == {"sales": "create"}
    assert verbs(planned) == {"sales": "create"}
    planned.up()
    assert planned.steps() == {}
    assert verbs(planned) == {"sales": "in sync"}
    assert not (folder / ".pulumi-state").exists()
    assert planned.digo("validate").code == 0
    assert operations(planned.run("preview", "--json").stdout) == {}


def test_a_relative_address_counts_from_where_the_command_is_run(planned: Workspace) -> None:
    planned.environ["PULUMI_BACKEND_URL"] = "file://../state"
    (planned.folder / "deep").mkdir()
    done = planned.digo("-C", "deep", "plan", "--detailed-exitcode")
    assert done.code == 2 and "nothing in the state of test in file://" in done.stderr
    done = planned.digo("plan")
    assert done.code == 1
    assert "the state of stack test is not in file://../state" in done.stderr


def test_a_config_file_of_another_name(planned: Workspace) -> None:
    folder = planned.folder
    shutil.move(folder / "Pulumi.test.yaml", folder / "elsewhere.yaml")
    shutil.move(folder / "config" / "test", folder / "config" / "night")
    stack = yaml.safe_load((folder / "elsewhere.yaml").read_text())
    stack["config"]["digo:environment"] = "night"
    (folder / "elsewhere.yaml").write_text(yaml.safe_dump(stack))
    named = ("--stack", "test", "--config-file", "elsewhere.yaml")
    assert planned.run("config", "set", "--secret", "digo:authorization", planned.sandbox.token, *named).code == 0
    del planned.environ["DIGO_AUTHORIZATION"]
    assert planned.steps("--config-file", "elsewhere.yaml") == {"sales": "create"}
    done = planned.digo("--config-file", "elsewhere.yaml", "plan", "--detailed-exitcode", "--format", "json")
    assert done.code == 2, done.text
    assert [step["key"] for step in json.loads(done.stdout)["steps"]] == ["sales"]
    assert not (folder / "Pulumi.test.yaml").exists()


@pytest.mark.parametrize(
    ("stack", "said"),
    [("tets", "there is no stack tets"), ("test", "the backend has no stack test, and the stack is not new")],
)
def test_make_makes_no_stack_that_is_misspelt_or_lost(planned: Workspace, stack: str, said: str) -> None:
    shutil.rmtree(planned.folder / "state")
    shutil.copytree(ROOT / "scripts", planned.folder / "scripts")
    done = planned.finished(["scripts/stack.sh", "preview", stack])
    assert done.code == 1
    assert said in done.stderr
    assert "Created stack" not in done.text

"""`digo fleet stacks` and `digo validate`: what the command line says of a fleet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from digo.cli.main import run
from tests.fleet.fleet_project import ALL, FleetProject

FLEET = """\
groups:
  canary: {stacks: [chennai-1]}
  south: {labels: {region: south}}
  rest: {stacks: ["*", "!sandbox"]}
waves:
  - {name: canary, groups: [canary], wait: 10m}
  - {name: rest, groups: [rest]}
"""
STACKS = {
    "chennai-1": {"region": "south", "tier": "gold"},
    "delhi-1": {"region": "north"},
    "madurai-1": {"region": "south"},
    "sandbox": {},
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FleetProject:
    monkeypatch.delenv("PULUMI_STACK", raising=False)
    return FleetProject(tmp_path / "project", STACKS, FLEET)


def listed(project: FleetProject, capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, Any]]:
    assert run(["-C", str(project.folder), "fleet", "stacks", "--format", "json", *options]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["stacks"]
    return found


def test_each_stack_with_what_the_fleet_knows_of_it(project: FleetProject, capsys: pytest.CaptureFixture[str]) -> None:
    project.stack("madurai-1", labels={"region": "south"}, environment="shared", account="madurai")
    assert listed(project, capsys)[2] == {
        "stack": "madurai-1",
        "environment": "shared",
        "labels": {"region": "south"},
        "groups": ["south", "rest"],
        "wave": "rest",
        "account": "madurai",
        "endpoint": "http://127.0.0.1:9",
        "problems": [],
    }
    assert run(["-C", str(project.folder), "fleet", "stacks"]) == 0
    printed = capsys.readouterr()
    lines = [line.split() for line in printed.out.splitlines()]
    assert lines[0] == ["stack", "environment", "labels", "groups", "wave", "account", "endpoint"]
    assert lines[1][:6] == ["chennai-1", "chennai-1", "region=south", "tier=gold", "canary", "south"]
    assert lines[-1] == ["3", "stacks,", "2", "waves"]
    assert printed.err.startswith(
        "warning: Pulumi.chennai-1.yaml:1:1: at this machine these stacks name no `digo:account`"
    )


CHOICES = {
    (): ["chennai-1", "delhi-1", "madurai-1"],
    ("--stack", "*-1", "--stack", "!delhi-*"): ["chennai-1", "madurai-1"],
    ("--group", "canary", "--group", "south"): ["chennai-1", "madurai-1"],
    ("--label", "region=south", "--label", "region=no*", "--label", "tier=gold"): ["chennai-1"],
    ("--group", "south", "--stack", "m*"): ["madurai-1"],
}


@pytest.mark.parametrize("options", CHOICES)
def test_all_options_choose_together(
    options: tuple[str, ...], project: FleetProject, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [one["stack"] for one in listed(project, capsys, *options)] == CHOICES[options]


WRONG = {
    ("--stack", "chenai-1"): "there is no stack `chenai-1`; did you mean `chennai-1`?",
    ("--stack", "x*"): "no stack matches `x*`; there are 3 stacks: chennai-1, delhi-1, madurai-1",
    ("--stack", "sandbox"): "the stack `sandbox` is not in the fleet: no group of fleet.yaml has it",
    ("--group", "cannary"): "there is no group `cannary`; did you mean `canary`?",
    ("--label", "regon=south"): "no stack has the label `regon`; did you mean `region`?",
    ("--label", "region=soth"): "no stack has region=soth; did you mean `south`?",
    ("--label", "region"): "`region` is not a label; one is written region=south",
    ("--stack", "delhi-1", "--group", "south"): "no stack of the fleet is all that was asked for",
}


@pytest.mark.parametrize("options", WRONG)
def test_what_chooses_nothing_is_an_error(
    options: tuple[str, ...], project: FleetProject, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["-C", str(project.folder), "fleet", "stacks", *options]) == 1
    assert WRONG[options] in " ".join(capsys.readouterr().err.split())


def test_the_stack_of_all_commands_chooses_as_well(project: FleetProject, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-C", str(project.folder), "--stack", "delhi-1", "fleet", "stacks", "--format", "json"]) == 0
    assert [one["stack"] for one in json.loads(capsys.readouterr().out)["stacks"]] == ["delhi-1"]
    assert run(["-C", str(project.folder), "--config-file", "x.yaml", "fleet", "stacks"]) == 1
    assert "--config-file is the file of one stack" in capsys.readouterr().err


def test_without_the_file_the_next_step_is_said(project: FleetProject, capsys: pytest.CaptureFixture[str]) -> None:
    (project.folder / "fleet.yaml").unlink()
    assert run(["-C", str(project.folder), "fleet", "stacks"]) == 1
    assert "fleet.yaml:1:1: there is no such file; `groups: " in capsys.readouterr().err
    assert run(["-C", str(project.folder), "validate", "--all"]) == 0
    assert "fleet.yaml" not in capsys.readouterr().out


def test_validate_checks_the_fleet(project: FleetProject, capsys: pytest.CaptureFixture[str]) -> None:
    for options in (["--all"], []):
        assert run(["-C", str(project.folder), "--stack", "sandbox", "validate", *options]) == 0
        assert "fleet.yaml: 3 stacks, 3 groups, 2 waves, all right\n" in capsys.readouterr().out
    project.write(FLEET.replace("[canary]", "[canarry]"))
    for options in (["--all"], []):
        assert run(["-C", str(project.folder), "--stack", "sandbox", "validate", *options]) == 1
        printed = capsys.readouterr().out
        assert (
            "error: fleet.yaml:6:29: waves.0.groups.0: there is no group `canarry`; did you mean `canary`?" in printed
        )
        assert "     6 |   - {name: canary, groups: [canarry], wait: 10m}\n" in printed
        assert printed.endswith("fleet.yaml: 1 problem\n")
    assert run(["-C", str(project.folder), "validate", "--environment", "sandbox"]) == 0


def test_a_problem_of_a_stacks_file_is_told_once(project: FleetProject, capsys: pytest.CaptureFixture[str]) -> None:
    project.stack("delhi-1", labels={"region": 7})
    assert run(["-C", str(project.folder), "validate", "--all", "--format", "json"]) == 1
    found = [one for one in json.loads(capsys.readouterr().out)["findings"] if one["severity"] == "error"]
    assert [(one["file"], one["line"], one["text"]) for one in found] == [
        ("Pulumi.delhi-1.yaml", 4, "digo:labels.region is not a text; write its value in quotes")
    ]


def test_stacks_of_which_some_name_their_account(project: FleetProject, capsys: pytest.CaptureFixture[str]) -> None:
    project.write(ALL)
    accounts: dict[str, Any] = {"delhi-1": {"account": "a"}, "madurai-1": {"account": {"secure": "v1:a"}}}
    for name in STACKS:
        project.stack(name, endpoint="https://API.example.com:443/v", **accounts.get(name, {}))
    project.stack("sandbox", endpoint="https://other.example.com")
    assert run(["-C", str(project.folder), "fleet", "stacks"]) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        "warning: Pulumi.chennai-1.yaml:1:1: at api.example.com these stacks name no `digo:account`: chennai-1; "
        "these do: delhi-1."
    )


def test_validate_of_a_fleet_without_a_chosen_stack_is_of_all(
    project: FleetProject, capsys: pytest.CaptureFixture[str]
) -> None:
    project.agents("delhi-1", "agents: {x: 1}\n")
    command = ["-C", str(project.folder), "validate"]
    assert run(command) == 1
    printed = capsys.readouterr()
    assert "delhi-1: 1 problem" in printed.out
    assert printed.out.splitlines()[-1] == "fleet.yaml: 3 stacks, 3 groups, 2 waves, all right"
    assert printed.err == "note: no stack is named, so all of the fleet are checked\n"
    assert run(["--stack", "sandbox", *command]) == 0
    assert "delhi-1" not in capsys.readouterr().out
    (project.folder / "fleet.yaml").unlink()
    assert run(command) == 1
    assert "which stack?" in capsys.readouterr().err


SECRETS = """\
database: postgresql://u:hunter2@h/db
notices:
- webhook:
    url: https://hooks.slack.com/services/hunter2
    secretVariable:
      whsec_hunter2
environment: {variables: {DIGO_AUTHORIZATION: hunter2-x}}
waves: [{name: x, groups: [gone]}, {name: y}]
"""


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_validate_repeats_no_secret_of_fleet_yaml(
    form: str, project: FleetProject, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write(ALL + SECRETS)
    assert run(["-C", str(project.folder), "--stack", "sandbox", "validate", "--format", form]) == 1
    printed = capsys.readouterr()
    assert "hunter2" not in printed.out + printed.err
    if form == "text":
        assert "3 | database: …\n       |           ^" in printed.out
        assert "10 | waves: [{name: x, groups: [gone]}, {name: y}]\n" in printed.out

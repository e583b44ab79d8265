"""A stack with a broken file is one refused stack: the others go on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from digo.cli.main import run
from digo.fleet.drift.stack_drift import DriftOutcome
from digo.fleet.failure import FleetError
from digo.fleet.failure_text import with_stack
from digo.fleet.file.models import Refused
from digo.fleet.plan.stack_plan import PlanOutcome
from digo.fleet.up.refusals import left_out
from digo.source.problems import ConfigError
from tests.fleet.fleet_project import ALL, FleetProject

FLEET = """\
groups:
  canary: {labels: {tier: canary}}
  south: {stacks: ["s-*"], labels: {region: south}}
  rest: {stacks: ["*"]}
waves:
  - {name: canary, groups: [canary]}
  - {name: rest, groups: [rest]}
"""
BROKEN: dict[str, tuple[str | bytes | None, str]] = {
    "no YAML": ("config: {digo:cps: 0\n", ":1:9: not YAML"),
    "not UTF-8": (b"config: \xff\n", ":1:9: "),
    "a key twice": ("config: {digo:cps: 0, digo:cps: 1}\n", ":1:23: `digo:cps` occurs twice"),
    "no mapping": ("config: 7\n", ":1:1: 'config' must be a mapping"),
    "wrong labels": ("config: {digo:labels: {region: 7}}\n", ":1:24: digo:labels.region is not a text"),
    "encrypted labels": ("config: {digo:labels: {secure: v1:a}}\n", ":1:23: digo:labels is encrypted"),
    "no such folder": ("config: {digo:environment: ../x}\n", ":1:28: digo:environment is the name of a folder"),
    "a link to nothing": (None, ":1:1: could not read it: it is a link to something that is not there"),
}


def break_file(project: FleetProject, name: str, content: str | bytes | None) -> None:
    path = project.folder / f"Pulumi.{name}.yaml"
    if content is None:
        path.unlink()
        path.symlink_to("gone.yaml")
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.fixture
def project(tmp_path: Path) -> FleetProject:
    return FleetProject(tmp_path / "project", {"n-1": {"region": "north"}, "s-1": {}, "s-2": {"region": "south"}}, ALL)


@pytest.mark.parametrize("kind", BROKEN)
def test_its_plan_fails_and_its_drift_is_unknown_with_the_place(kind: str, project: FleetProject) -> None:
    content, expected = BROKEN[kind]
    break_file(project, "s-1", content)
    fleet = project.load(DIGO_AUTHORIZATION="example-token")
    assert [one.name for one in fleet.stacks if not one.problems] == ["n-1", "s-2"]
    broken = fleet.select("s-1")
    (plan,) = broken.plan().stacks
    (drift,) = broken.drift().stacks
    assert (plan.outcome, drift.outcome) == (PlanOutcome.FAILED, DriftOutcome.UNKNOWN)
    assert plan.reason == drift.reason
    assert f"Pulumi.s-1.yaml{expected}" in plan.reason, plan.reason
    with pytest.raises(ConfigError, match=r"Pulumi\.s-1\.yaml"):
        fleet.open("s-1")
    assert fleet.open("n-1").stack.settings.access.account == ""


def test_wrong_settings_have_their_place_too(project: FleetProject) -> None:
    break_file(project, "s-1", "config:\n  digo:cpss: 3\n  digo:labels: {region: south}\n")
    break_file(project, "s-2", "config:\n  digo:endpoint: http://127.0.0.1:9\n  digo:cps: x\n")
    fleet = project.load(DIGO_AUTHORIZATION="example-token").select("s-*")
    unknown, wrong = fleet.plan().stacks
    assert "\n  Pulumi.s-1.yaml:2:3: digo:cpss is not a setting; did you mean digo:cps?" in unknown.reason
    assert "\n  Pulumi.s-2.yaml:3:13: digo:cps is a whole number" in wrong.reason
    assert [one.reason for one in fleet.drift().stacks] == [unknown.reason, wrong.reason]


def test_the_next_steps_of_a_stack_name_it(project: FleetProject) -> None:
    break_file(project, "s-1", "config: {}\n")
    fleet = project.load(DIGO_AUTHORIZATION="example-token").select("s-1")
    (plan,) = fleet.plan().stacks
    assert "no endpoint: `pulumi config set digo:endpoint https://… --stack s-1`, or set" in plan.reason
    assert [one.reason for one in fleet.drift().stacks] == [plan.reason]
    assert with_stack("`digo doctor`, or `pulumi config set --path digo:guards.maxCreates 9`", "s 1") == (
        "`digo --stack 's 1' doctor`, or `pulumi config set --path digo:guards.maxCreates 9 --stack 's 1'`"
    )
    assert with_stack("`pulumi config set --stack a x y`, `digo fleet plan`", "s") == (
        "`pulumi config set --stack a x y`, `digo fleet plan`"
    )


def test_an_up_does_what_fleet_yaml_says_of_refused_stacks(project: FleetProject) -> None:
    break_file(project, "s-1", "config: [\n")
    plan = project.load().select("s-1").plan()
    with pytest.raises(FleetError, match=r"nothing was begun, because of 1 stack:\n  s-1: .*Pulumi\.s-1\.yaml:1:10"):
        left_out(plan, Refused.STOP, ())
    assert "Pulumi.s-1.yaml:1:10" in left_out(plan, Refused.SKIP, ())["s-1"]


def test_unknown_labels_leave_a_stack_in_each_group_that_may_have_it(project: FleetProject) -> None:
    project.stack("n-1", labels={"tier": "canary", "region": "north"})
    project.write(FLEET)
    break_file(project, "s-1", "config: [\n")
    found = project.read()
    assert {one.name: one.groups for one in found.stacks} == {
        "n-1": ("canary", "rest"),
        "s-1": ("canary", "south", "rest"),
        "s-2": ("south", "rest"),
    }
    assert [str(one) for one in found.warnings] == [
        "Pulumi.s-1.yaml:1:10: the labels of the stack s-1 are unknown until its file is corrected, so it counts as "
        "one of canary, south"
    ]
    fleet = project.load(DIGO_AUTHORIZATION="example-token")
    chosen = fleet.select(labels={"region": "south"})
    assert [one.name for one in chosen.stacks] == ["s-1", "s-2"], "it may be of the south"
    with pytest.raises(FleetError, match=r"did you mean `region`.*labels of s-1 are unknown"):
        fleet.select(labels={"regoin": "south"})

    # The one stack of a group by label is broken: that is not a mistake of fleet.yaml, and a doubt.
    project.stack("n-1")
    (_, doubt) = sorted(str(one) for one in project.read().warnings)
    assert doubt.startswith("fleet.yaml:2:21: groups.canary.labels.tier: no stack has the label `tier`")
    # What is wrong beside the labels does not hide them.
    break_file(project, "s-1", "config: {digo:labels: {region: east}, digo:environment: ../x}\n")
    project.write(FLEET.replace("tier: canary", "region: north").replace("n-1", ""))
    project.stack("n-1", labels={"region": "north"})
    assert {one.name: one.groups for one in project.read().stacks}["s-1"] == ("rest",)


def test_fleet_yaml_itself_still_stops_all(project: FleetProject) -> None:
    break_file(project, "s-1", "config: [\n")
    project.write(ALL + "wave: []\n")
    with pytest.raises(ConfigError) as caught:
        project.load(DIGO_AUTHORIZATION="example-token")
    assert [str(one).partition(": ")[0] for one in caught.value.problems] == ["Pulumi.s-1.yaml:1:10", "fleet.yaml:3:1"]


def test_the_command_line_lists_it(
    project: FleetProject, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PULUMI_STACK", raising=False)
    break_file(project, "s-1", "config: [\n")
    command = ["-C", str(project.folder), "fleet", "stacks"]
    assert run(command) == 0
    *_, counts, problem = capsys.readouterr().out.splitlines()
    assert counts == "3 stacks, 1 wave, 1 refused:"
    assert problem.startswith("  Pulumi.s-1.yaml:1:10: ")
    assert run([*command, "--label", "region=south", "--format", "json"]) == 0
    printed = capsys.readouterr()
    assert "note: 1 stack (s-1) is chosen, although nobody knows its labels" in printed.err
    rows = {one["stack"]: one for one in json.loads(printed.out)["stacks"]}
    assert set(rows) == {"s-1", "s-2"}
    assert rows["s-1"]["problems"] == [problem.strip()] and rows["s-2"]["problems"] == []
    assert run(["-C", str(project.folder), "validate"]) == 1
    assert "Pulumi.s-1.yaml:1:10" in capsys.readouterr().out

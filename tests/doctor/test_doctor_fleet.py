"""What `digo doctor` says of fleet.yaml."""

from __future__ import annotations

from pathlib import Path

import pytest

from digo.doctor.check import Status
from digo.doctor.fleet import check_fleet, files_of_variables
from digo.source.problems import ConfigError
from digo.system import extras
from digo.workspace.stack_config import read_project
from tests.fleet.fleet_project import ALL, FleetProject

OWN = 'environment: {files: ["secrets/{stack}.env"]}\n'


@pytest.fixture
def fleet(tmp_path: Path) -> FleetProject:
    return FleetProject(tmp_path / "project", {"chennai-1": {}, "goa-1": {}})


def checked(fleet: FleetProject, stack: str | None = "goa-1") -> tuple[Status, str]:
    result = check_fleet(read_project(fleet.folder / "Pulumi.yaml"), stack, {})
    return result.status, " | ".join((result.found, result.meaning, result.next_step))


def test_a_fleet_and_no_fleet(fleet: FleetProject) -> None:
    assert checked(fleet) == (Status.OK, "2 stacks, 1 group |  | ")
    (fleet.folder / "fleet.yaml").unlink()
    assert checked(fleet, None) == (Status.OK, "no fleet.yaml, so each stack is by itself |  | ")


def test_a_broken_file_is_an_error(fleet: FleetProject) -> None:
    fleet.write(ALL + "wave: []\n")
    with pytest.raises(ConfigError, match=r"fleet\.yaml:3:1"):
        checked(fleet)


def test_a_stack_with_a_broken_file_is_a_warning(fleet: FleetProject) -> None:
    (fleet.folder / "Pulumi.chennai-1.yaml").write_text("config: [\n")
    status, said = checked(fleet)
    assert status is Status.WARNING
    assert "2 stacks, 1 group; 1 stack (chennai-1) is refused: Pulumi.chennai-1.yaml:1:10: " in said


def test_a_machine_without_the_stacks_variables_is_told(fleet: FleetProject) -> None:
    fleet.write(ALL + OWN)
    status, said = checked(fleet)
    assert status is Status.WARNING
    assert "2 stacks, 1 group; this machine has no variables for the stack goa-1" in said
    assert checked(fleet, "sandbox")[0] is checked(fleet, None)[0] is Status.OK, "it is in no group, or unknown"
    (fleet.folder / "secrets").mkdir()
    (fleet.folder / "secrets/goa-1.env").write_text("DIGO_AUTHORIZATION=example-token\n")
    assert checked(fleet)[0] is Status.OK


def test_the_files_that_nobody_else_may_read(fleet: FleetProject) -> None:
    project = read_project(fleet.folder / "Pulumi.yaml")
    assert files_of_variables(project, "goa-1") == []
    fleet.write(ALL + 'environment: {files: ["all.env", "{stack}.env", "gone.env"]}\n')
    for name in ("all.env", "goa-1.env", "chennai-1.env"):
        (fleet.folder / name).touch()
    assert files_of_variables(project, "goa-1") == [fleet.folder / "all.env", fleet.folder / "goa-1.env"]
    fleet.write("groups: 1\n")
    assert files_of_variables(project, "goa-1") == []


def test_a_missing_extra_and_a_doubtful_file_are_warnings(fleet: FleetProject, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.write(ALL + "  one: {stacks: [goa-1]}\nwaves: [{name: first, groups: [one]}]\n")
    status, said = checked(fleet)
    assert status is Status.WARNING
    assert "2 stacks, 2 groups, 1 warning: fleet.yaml:4:1: waves: 1 stack (chennai-1) is in no wave" in said
    monkeypatch.setitem(extras.MODULES, "fleet", ("no_such_module_of_dbos",))  # type: ignore[index]
    assert checked(fleet) == (
        Status.WARNING,
        "2 stacks, 2 groups; without no_such_module_of_dbos | `digo fleet up`, files of variables and webhooks do not "
        f"work; plan and drift do | {extras.how_to_get('fleet')}",
    )

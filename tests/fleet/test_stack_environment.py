"""The variables of one stack: shared ones, its files, its own variables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from digo.fleet.file.models import StackVariables
from digo.fleet.plan.equal_problems import equal_problems
from digo.fleet.plan.summary import failed_plan
from digo.fleet.stack_environment import stack_environment
from digo.settings.failure import SettingsError
from tests.fleet.fleet_project import ALL, FleetProject

TOKEN = {"DIGO_AUTHORIZATION": "TOKEN_{STACK}"}
SHARED = {"PATH": "/bin", "DIGO_AUTHORIZATION": "shared", "PULUMI_STACK": "other", "DIGO_PLAN": "hash"}


def wanted(*files: str, **variables: str) -> StackVariables:
    return StackVariables.model_validate({**({"files": list(files)} if files else {}), "variables": variables})


def test_a_stack_has_what_all_share_without_what_belongs_to_one_run(tmp_path: Path) -> None:
    assert stack_environment(StackVariables(), "a", tmp_path, SHARED) == {
        "PATH": "/bin",
        "DIGO_AUTHORIZATION": "shared",
    }


def test_own_variables_win_over_files_and_later_files_over_earlier_ones(tmp_path: Path) -> None:
    (tmp_path / "all.env").write_text("A=1\nB=1\nC=1\nDIGO_AUTHORIZATION=file\n")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "north-1.env").write_text("B=2\nC=2\n")
    asked = wanted("all.env", "secrets/{stack}.env", C="C_{STACK}", **TOKEN)
    found = stack_environment(asked, "north-1", tmp_path, {**SHARED, "C_NORTH_1": "3"})
    assert {name: found[name] for name in "ABC"} == {"A": "1", "B": "2", "C": "3"}
    assert found["DIGO_AUTHORIZATION"] == "file"


def test_a_token_of_all_is_never_that_of_a_stack_which_should_have_its_own(tmp_path: Path) -> None:
    found = stack_environment(wanted(**TOKEN), "a", tmp_path, SHARED)
    assert found == {"PATH": "/bin"}
    assert stack_environment(wanted(**TOKEN), "a", tmp_path, {"TOKEN_A": "own"})["DIGO_AUTHORIZATION"] == "own"


def test_values_are_taken_as_they_are(tmp_path: Path) -> None:
    lines = ["\ufeff# a comment", "", "export A=one two", "B='$PATH ${A} #'", 'C="x\\ny"', "D=", "E=ü"]
    (tmp_path / "a.env").write_text("\n".join(lines), encoding="utf-8")
    found = stack_environment(wanted("{stack}.env"), "a", tmp_path, {})
    assert found == {"A": "one two", "B": "$PATH ${A} #", "C": "x\ny", "D": "", "E": "ü"}


def test_a_machine_without_the_secrets_of_a_stack_says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none of the files .* is here \(x/a\.env\), and none .* is set: TOKEN_A;"):
        stack_environment(wanted("x/{stack}.env", **TOKEN), "a", tmp_path, SHARED)
    assert stack_environment(wanted("x/{stack}.env", **TOKEN), "a", tmp_path, {"TOKEN_A": "t"})
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "a.env").touch()
    assert stack_environment(wanted("x/{stack}.env"), "a", tmp_path, {"P": "1"}) == {"P": "1"}


BROKEN = {
    "no equals sign": (b"A=1\nhunter2\n", "a.env:2:1: a line is written NAME=VALUE"),
    "no name": (b"1A=hunter2\n", "a.env:1:1: a line is written NAME=VALUE"),
    "an open quote": (b"A='hunter2\n", "a.env:1:1: a line is written NAME=VALUE"),
    "a NUL": (b"A=hunter2\0\n", "a.env:1:1: no variable can have a NUL"),
    "no UTF-8": (b"A=hunter2\xff\n", "a.env cannot be read: it is not UTF-8 text"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_file_is_named_and_not_repeated(broken: str, tmp_path: Path) -> None:
    content, expected = BROKEN[broken]
    (tmp_path / "a.env").write_bytes(content)
    with pytest.raises(SettingsError, match=re.escape(expected)) as caught:
        stack_environment(wanted("{stack}.env"), "a", tmp_path, {})
    assert "hunter2" not in str(caught.value)


def test_a_folder_or_a_broken_link_is_no_missing_file(tmp_path: Path) -> None:
    (tmp_path / "a.env").mkdir()
    (tmp_path / "b.env").symlink_to(tmp_path / "gone")
    with pytest.raises(SettingsError, match=r"a\.env cannot be read: it is a folder"):
        stack_environment(wanted("{stack}.env"), "a", tmp_path, {})
    with pytest.raises(SettingsError, match=r"b\.env is a link to something that is not there"):
        stack_environment(wanted("{stack}.env"), "b", tmp_path, {})


def test_an_error_names_the_variable_that_the_stack_is_given(tmp_path: Path) -> None:
    variables = "environment: {variables: {DIGO_AUTHORIZATION: 'TOKEN_{STACK}', DIGO_VAR_X: DIGO_VAR_Y}}\n"
    fleet = FleetProject(tmp_path / "project", {"a-1": {}, "a-2": {}}, ALL + variables).load(TOKEN_A_2="x")
    error = SettingsError(["no token: set DIGO_AUTHORIZATION, or DIGO_AUTHORIZATION_FILE"])
    first, second = (fleet.open(name).failure_text(error).splitlines() for name in ("a-1", "a-2"))
    assert first[-1] == "  fleet.yaml takes DIGO_AUTHORIZATION of this stack from TOKEN_A_1, which is not set"
    assert second[-1] == "  fleet.yaml takes DIGO_AUTHORIZATION of this stack from TOKEN_A_2"
    empty = FleetProject(tmp_path / "project", {}, ALL + variables).load(TOKEN_A_1="").open("a-1").failure_text(error)
    assert empty.endswith("from TOKEN_A_1, which is empty")
    assert fleet.open("a-1").failure_text(SettingsError(["no endpoint"])).endswith("no endpoint")
    plans = [failed_plan(name, fleet.open(name).failure_text(error)) for name in ("a-1",)]
    plans.append(failed_plan("b", plans[0].reason.replace("A_1", "B")))
    assert [one.stacks for one in equal_problems(plans)] == [("a-1", "b")]

"""Lists on an account that shows them: rows are compared with it one by one, written in bulk, and converge."""

from __future__ import annotations

from pathlib import Path

import pytest
from list_files import number
from live_project import LiveListProject
from needed import ENGINES

from sandbox.testing import Sandbox


@pytest.fixture(params=ENGINES)
def project(request: pytest.FixtureRequest, tmp_path: Path, sandbox: Sandbox) -> LiveListProject:
    made = LiveListProject(tmp_path / "project", request.param, sandbox)
    made.entry()
    return made


def test_a_new_list_is_written_in_bulk_and_read_once_more(project: LiveListProject) -> None:
    project.write_rows(range(1200))
    project.sandbox.clear_requests()
    project.up()
    assert project.sent() == 3
    assert project.calls("GET") == 2
    project.assert_complete(range(1200))


def test_only_rows_that_differ_are_sent(project: LiveListProject) -> None:
    project.write_rows(range(600))
    project.up()
    project.write_rows(range(601), edited=[7])
    plan = project.digo("plan").text
    assert "1 of 601 rows is not in the list; 1 is there with other values" in plan
    preview = project.run("preview").text
    assert "1 of 601 rows is not in the list; 1 is there with other values; 1 call" in preview
    project.sandbox.clear_requests()
    project.up()
    (write,) = [one for one in project.sandbox.requests() if one["method"] == "POST"]
    assert {row["field_0"] for row in write["body"]["data"]} == {number(7), number(600)}
    project.assert_complete(range(601), edited=[7])


def test_drift_is_shown_and_mended(project: LiveListProject) -> None:
    project.write_rows(range(50))
    project.up()
    account = project.sandbox.smartflo
    account.edit_lead(project.lead_id(3), field_1="Somebody else")
    account.delete_lead(project.lead_id(4))
    assert "1 of 50 rows is not in the list; 1 is there with other values" in project.run("preview").text
    project.up()
    project.assert_complete(range(50))


def test_what_only_the_account_has_is_kept_unless_the_stack_deletes(project: LiveListProject) -> None:
    project.write_rows(range(50))
    project.up()
    project.write_rows(range(45))
    project.up()
    assert project.account() == project.wanted(range(50))
    project.assert_quiet()
    project.set_config(deletes="delete")
    assert "5 that config lacks are deleted; 1 call" in project.run("preview").text
    project.up()
    project.assert_complete(range(45))

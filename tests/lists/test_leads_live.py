"""Inline leads on an account that shows them: they are compared with their list, mended, and deleted where wanted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from live_project import LiveListProject
from needed import ENGINES

from sandbox.testing import Sandbox

COLUMNS = {"phone": "field_0", "name": "field_1"}
NUMBERS = ["+12025550101", "+12025550102", "+12025550103", "+12025550104"]
WRITE = "/v1/broadcast/lead/"


class LeadProject(LiveListProject):
    def leads(self, **names: str) -> None:
        """The list's leads in config: their names, by the last digit of the number."""
        rows: list[dict[str, Any]] = [{"phone": NUMBERS[int(key[1:]) - 1], "name": name} for key, name in names.items()]
        self.write("lists.yaml", {"lists": {"otp": {"id": self.list_id, "columns": COLUMNS, "leads": rows}}})

    def rewritten(self) -> int:
        """Writes of single leads since the sandbox's count began."""
        return self.calls("POST", WRITE)


@pytest.fixture(params=ENGINES)
def project(request: pytest.FixtureRequest, tmp_path: Path, sandbox: Sandbox) -> LeadProject:
    made = LeadProject(tmp_path / "project", request.param, sandbox)
    made.leads(n1="Ada", n2="Ben")
    return made


def test_leads_converge_and_drift_is_mended(project: LeadProject) -> None:
    project.sandbox.smartflo.add_lead(project.list_id, NUMBERS[0], field_1="Ada", field_4="a company of the panel")
    project.up()
    assert project.account() == {NUMBERS[0]: "Ada", NUMBERS[1]: "Ben"}
    assert project.rewritten() == 1
    project.assert_quiet()
    assert "in sync" in project.digo("plan", "--all").text

    (ada, ben) = project.sandbox.smartflo.leads(project.list_id)
    project.sandbox.smartflo.edit_lead(ada["lead_id"], field_1="Somebody", field_4="another company")
    project.sandbox.smartflo.delete_lead(ben["lead_id"])
    text = project.digo("plan").text
    assert "its list has other values" in text
    assert "its list does not have it" in text
    preview = project.run("preview").text
    assert "2 to update" in preview
    project.up()
    assert project.account() == {NUMBERS[0]: "Ada", NUMBERS[1]: "Ben"}

    (_, ben) = project.sandbox.smartflo.leads(project.list_id)
    project.sandbox.smartflo.delete_lead(ben["lead_id"])
    outcome = project.run("refresh")
    assert outcome.code == 0, outcome.text
    assert "1 deleted" in outcome.text
    project.up()
    assert project.account() == {NUMBERS[0]: "Ada", NUMBERS[1]: "Ben"}
    project.assert_quiet()


def test_a_removed_lead_is_kept_unless_the_stack_deletes(project: LeadProject) -> None:
    project.set_config(deletes="delete")
    project.leads(n1="Ada", n2="Ben", n3="Cyn")
    project.up()
    project.leads(n1="Ada")
    assert "2 to delete" in project.run("preview").text
    assert "it is deleted from its list" in project.digo("plan").text
    project.up()
    assert project.account() == {NUMBERS[0]: "Ada"}
    project.assert_quiet()
    project.set_config(deletes="forget")
    project.up()
    project.leads(n2="Ben")
    project.up()
    assert project.account() == {NUMBERS[0]: "Ada", NUMBERS[1]: "Ben"}
    project.assert_quiet()


def test_lost_writes_and_deletions_are_settled_by_the_list(project: LeadProject) -> None:
    project.set_config(deletes="delete", timeout="1")
    project.leads(n1="Ada", n2="Ben", n3="Cyn", n4="Dan")
    project.sandbox.fault("lost-before", method="POST", path=f"{WRITE}*", times="always")
    assert project.run("up", "--skip-preview").code != 0
    project.sandbox.clear_faults()
    project.up()
    assert project.account() == dict(zip(NUMBERS, ("Ada", "Ben", "Cyn", "Dan"), strict=True))

    project.leads(n1="Ada")
    for nth, kind in enumerate(("lost-after", "html-after-commit", "lost-before"), start=1):
        project.sandbox.fault(kind, method="DELETE", nth=[nth])
    project.up()
    assert [one["struck"] for one in project.sandbox.faults()] == [1, 1, 1]
    assert project.account() == {NUMBERS[0]: "Ada"}
    project.assert_quiet()


def test_leads_that_move_into_a_file_are_not_deleted(project: LeadProject) -> None:
    project.set_config(deletes="delete")
    project.up()
    project.file.write_text(f"phone,name\n{NUMBERS[0]},Ada\n{NUMBERS[1]},Ben\n")
    entry = {"id": project.list_id, "columns": COLUMNS, "source": "leads.csv"}
    project.write("lists.yaml", {"lists": {"otp": entry}})
    plan = project.digo("plan").text
    assert "Another entry has it now" in plan
    project.up()
    assert project.account() == {NUMBERS[0]: "Ada", NUMBERS[1]: "Ben"}
    assert project.calls("DELETE") == 0

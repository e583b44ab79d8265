"""Inline leads on an account that shows them: they are compared with their list, mended, and deleted where wanted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.testing import Sandbox
from tests.lists.live_project import LiveListProject
from tests.needs.needed import ENGINES

COLUMNS = {"phone": "field_0", "name": "field_1"}
NUMBERS = ["+12025550101", "+12025550102", "+12025550103", "+12025550104"]
WRITE = "/v1/broadcast/lead/"


class LeadProject(LiveListProject):
    def leads(self, suppress: str | None = None, **names: str) -> None:
        """The list's leads in config: their names, by the last digit of the number; and its suppress file, if any."""
        rows: list[dict[str, Any]] = [{"phone": NUMBERS[int(key[1:]) - 1], "name": name} for key, name in names.items()]
        entry = {"id": self.list_id, "columns": COLUMNS, "leads": rows}
        self.write("lists.yaml", {"lists": {"otp": {**entry, "suppress": suppress} if suppress else entry}})

    def rewritten(self) -> int:
        """Writes of single leads since the sandbox's count began."""
        return self.calls("POST", WRITE)


@pytest.fixture(params=ENGINES)
def project(request: pytest.FixtureRequest, tmp_path: Path, sandbox: Sandbox) -> LeadProject:
    made = LeadProject(tmp_path / "project", request.param, sandbox)
    made.leads(n1="Ada", n2="Ben")
    return made


def test_leads_converge_and_drift_is_mended(project: LeadProject) -> None:
    """A lead that is taken out of config is kept, unless the stack deletes."""
    project.sandbox.smartflo.add_lead(project.list_id, NUMBERS[0], field_1="Ada", field_4="a company of the panel")
    project.up()
    assert project.account() == {NUMBERS[0]: "Ada", NUMBERS[1]: "Ben"}
    assert project.rewritten() == 1
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
    outcome = project.run("refresh", "--skip-preview")
    assert outcome.code == 0, outcome.text
    assert "1 deleted" in outcome.text
    project.up()
    assert project.account() == {NUMBERS[0]: "Ada", NUMBERS[1]: "Ben"}

    project.leads(n2="Ben")
    project.up()
    assert project.account() == {NUMBERS[0]: "Ada", NUMBERS[1]: "Ben"}
    project.assert_quiet()


def test_a_stack_that_deletes_deletes_what_config_lacks_and_what_is_suppressed(project: LeadProject) -> None:
    """Lost writes and deletions are settled by the list. Leads that move into a file are not deleted."""
    project.set_config(deletes="delete", timeout="1")
    project.leads(n1="Ada", n2="Ben", n3="Cyn", n4="Dan")
    project.sandbox.fault("lost-before", method="POST", path=f"{WRITE}*", times="always")
    assert project.run("up", "--skip-preview").code != 0
    project.sandbox.clear_faults()
    project.up()
    assert project.account() == dict(zip(NUMBERS, ("Ada", "Ben", "Cyn", "Dan"), strict=True))

    project.write("dnd.csv", f"phone\n{NUMBERS[3]}\n")
    project.leads(suppress="dnd.csv", n1="Ada", n4="Dan")
    assert "3 to delete" in project.run("preview").text
    text = project.digo("plan").text
    assert "its number is suppressed: it is deleted from its list" in text
    assert "gone from config: it is deleted from its list" in text
    for nth, kind in enumerate(("lost-after", "html-after-commit", "lost-before"), start=1):
        project.sandbox.fault(kind, method="DELETE", nth=[nth])
    project.up()
    assert [one["struck"] for one in project.sandbox.faults()] == [1, 1, 1]
    assert project.account() == {NUMBERS[0]: "Ada"}
    project.sandbox.clear_faults()
    project.sandbox.clear_requests()

    project.file.write_text(f"phone,name\n{NUMBERS[0]},Ada\n")
    entry = {"id": project.list_id, "columns": COLUMNS, "source": "leads.csv"}
    project.write("lists.yaml", {"lists": {"otp": entry}})
    assert "Another entry has it now" in project.digo("plan").text
    project.up()
    assert project.account() == {NUMBERS[0]: "Ada"}
    assert project.calls("DELETE") == 0
    project.assert_quiet()

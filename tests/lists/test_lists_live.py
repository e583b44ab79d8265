"""Lists on an account that shows them: rows are compared with it one by one, written in bulk, and converge."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sandbox.testing import Sandbox
from tests.lists.list_files import COLUMNS, number, write_list
from tests.lists.live_project import LEADS, LiveListProject
from tests.needs.needed import ENGINES

SUPPRESSED = (3, 7, 11)


@pytest.fixture(params=ENGINES)
def project(request: pytest.FixtureRequest, tmp_path: Path, sandbox: Sandbox) -> LiveListProject:
    made = LiveListProject(tmp_path / "project", request.param, sandbox)
    made.entry()
    return made


def test_a_list_is_written_in_bulk_and_then_what_differs(project: LiveListProject) -> None:
    account = project.sandbox.smartflo
    project.set_config(bulkRows="50")
    project.write_rows(range(120))
    project.sandbox.clear_requests()
    project.up()
    assert project.sent() == 3
    assert project.calls("GET") == 2
    assert project.account() == project.wanted(range(120))
    assert project.digo("plan", "--detailed-exitcode").code == 0

    project.write_rows(range(121), edited=[7])
    assert_stopped_while_not_shown_whole(project)
    told = "1 of 121 rows is not in the list; 1 is there with other values"
    assert told in project.digo("plan").text
    assert f"{told}; 1 call" in project.run("preview").text
    project.sandbox.clear_requests()
    project.up()
    (write,) = [one for one in project.sandbox.requests() if one["method"] == "POST"]
    assert {row["field_0"] for row in write["body"]["data"]} == {number(7), number(120)}

    # Drift is shown and mended, also of a number that occurs twice.
    account.edit_lead(project.lead_id(3), field_1="Somebody else")
    account.delete_lead(project.lead_id(4))
    assert told in project.digo("plan").text
    account.add_lead(project.list_id, number(5), field_1="Twice")
    assert "1 number is in the list more than once" in project.digo("plan").text
    project.up()
    assert {one["fields"]["field_1"] for one in account.leads(project.list_id)} == set(
        project.wanted(range(121), edited=[7]).values()
    )
    project.assert_quiet()


def assert_stopped_while_not_shown_whole(project: LiveListProject) -> None:
    """A list that is not shown whole stops the plan. An object in place of a known list proves nothing either."""
    project.sandbox.clear_requests()
    for kind in ("html", "truncated-json", "mid-body", "success-false"):
        fault = project.sandbox.fault(kind, path=LEADS, method="GET", times="always")
        assert project.digo("plan").code != 0, kind
        if kind == "truncated-json":
            assert project.run("preview").code != 0
        project.sandbox.lift(fault)
    fault = project.sandbox.fault("object", path=LEADS, method="GET", times="always")
    for outcome in (project.run("up"), project.digo("plan")):
        assert outcome.code != 0
        assert "an object where the leads of a list are due" in outcome.text
    project.sandbox.lift(fault)
    assert project.sent() == 0


def test_what_only_the_account_has_is_kept_unless_the_stack_deletes(project: LiveListProject) -> None:
    """Rows are taken out of one list, and numbers of another one are suppressed, which has shards.

    A stack that deletes too much is stopped before the first write.
    """
    ids = {"otp": project.list_id, "news": project.add_list("news")}
    entries = {
        "otp": {"id": ids["otp"], "source": "leads.csv", "columns": COLUMNS},
        "news": {"id": ids["news"], "source": "news.csv", "columns": COLUMNS, "suppress": "dnd.csv", "shards": 2},
    }
    project.write("lists.yaml", {"lists": entries})
    write_list(project.file.with_name("news.csv"), range(40))
    project.write("dnd.csv", f"phone\n{number(500)}\n")
    project.write_rows(range(50))
    project.up()

    project.write_rows(range(45))
    project.write("dnd.csv", "phone\n" + "".join(f"{number(index)}\n" for index in SUPPRESSED))
    told = project.digo("plan").text
    kept = re.findall(r"(\d+) that config lacks (?:is|are) kept in the list; (\d+) suppressed", told)
    assert kept and [sum(map(int, counts)) for counts in zip(*kept, strict=True)] == [3, 3], told
    project.up()
    before = {"otp": project.wanted(range(50)), "news": project.wanted(range(40))}
    assert {name: project.account_of(id_) for name, id_ in ids.items()} == before
    project.assert_quiet(reads=2)

    project.set_config(deletes="delete", guards={"maxDeletedRows": 7})
    project.sandbox.clear_requests()
    for outcome in (project.run("up"), project.digo("plan")):
        assert "8 rows" in outcome.text and "maxDeletedRows" in outcome.text
    assert project.sent() == project.calls("DELETE") == 0
    assert {name: project.account_of(id_) for name, id_ in ids.items()} == before

    project.set_config(guards={"maxDeletedRows": 8})
    assert "5 that config lacks are deleted; 1 call" in project.run("preview").text
    assert "3 that config lacks are deleted" in project.digo("plan").text
    project.up()
    assert project.account() == project.wanted(range(45))
    assert project.account_of(ids["news"]) == project.wanted(one for one in range(40) if one not in SUPPRESSED)
    project.assert_quiet(reads=2)


def test_lists_that_are_there_already_are_taken_over(project: LiveListProject) -> None:
    """One has a row; others are new, and the account shows such a list in one of two ways. One of them has shards."""
    account = project.sandbox.smartflo
    account.add_leads(project.list_id, [{"field_0": number(1), "field_1": "Customer 1", "field_5": f"{7919:06}"}])
    project.write_rows(range(1, 2))
    project.up()
    assert project.sent() == 0

    project.set_config(bulkRows="50")
    ids = {"otp": project.list_id, **{name: project.add_list(name) for name in ("object", "message", "shards")}}
    entries = {name: {"id": id_, "source": "leads.csv", "columns": COLUMNS} for name, id_ in ids.items()}
    entries["shards"] |= {"source": "many.csv", "shards": 4}
    write_list(project.file.with_name("many.csv"), range(250))
    for empty, names in (("object", ("otp", "object")), ("message", tuple(ids))):
        project.write("lists.yaml", {"lists": {name: entries[name] for name in names}})
        account.settings(empty=empty)
        project.sandbox.clear_requests()
        project.up()
        assert [lead["fields"]["field_1"] for lead in account.leads(ids[empty])] == ["Customer 1"], empty
    # It is read twice in all, not twice a shard; yet on a busy machine a shard may be done before another one begins.
    assert project.calls("GET", f"/v1/broadcast/leads/{ids['shards']}") < 2 * 4
    assert project.account_of(ids["shards"]) == project.wanted(range(250))
    assert project.account() == project.wanted(range(1, 2))
    project.assert_nothing_left()
    assert project.digo("plan", "--detailed-exitcode").code == 0


def test_a_new_entry_that_would_empty_a_list_of_the_panel_is_stopped_in_the_preview(project: LiveListProject) -> None:
    account = project.sandbox.smartflo
    account.add_leads(project.list_id, [{"field_0": number(index), "field_1": "of the panel"} for index in range(50)])
    project.set_config(deletes="delete", guards={"maxDeletedRows": 30})
    project.write_rows(range(45, 60))
    project.sandbox.clear_requests()
    for outcome in (project.run("up"), project.digo("plan")):
        assert outcome.code != 0
        assert "45 rows" in outcome.text
        assert "maxDeletedRows" in outcome.text
    assert project.sent() == project.calls("DELETE") == 0


def test_a_list_has_one_entry_by_its_id_or_its_name(project: LiveListProject) -> None:
    project.write_rows(range(5))
    entry = {"source": "leads.csv", "columns": COLUMNS}
    project.write("lists.yaml", {"lists": {"otp": {"id": project.list_id, **entry}, "again": {"name": "otp", **entry}}})
    for outcome in (project.run("preview"), project.digo("plan")):
        assert outcome.code != 0
        assert f"its list {project.list_id} has the rows of the entry `otp`" in outcome.text

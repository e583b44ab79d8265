"""Whole runs with suppress files: their numbers never reach the account, and what was sent before is gone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from list_files import COLUMNS, number
from list_project import LIST, ListProject
from live_project import LiveListProject
from needed import ENGINES

from sandbox.testing import Sandbox

SUPPRESSED = {3, 7, 11}


def suppress(project: ListProject, indices: set[int], name: str = "dnd.csv") -> None:
    path = project.file.with_name(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("phone\n" + "".join(f"{number(index)}\n" for index in sorted(indices)))


def numbers_sent(sandbox: Sandbox) -> list[str]:
    return [one["body"]["field_0"] for one in sandbox.requests() if one["path"].endswith(f"/{LIST}")]


def left(rows: range) -> list[int]:
    return [index for index in rows if index not in SUPPRESSED]


@pytest.fixture(params=ENGINES)
def live(request: pytest.FixtureRequest, tmp_path: Path, sandbox: Sandbox) -> LiveListProject:
    return LiveListProject(tmp_path / "project", request.param, sandbox)


def test_numbers_are_never_sent_and_are_counted(project: ListProject, sandbox: Sandbox) -> None:
    project.write_rows(range(40))
    suppress(project, SUPPRESSED | {500})
    project.entry(suppress="dnd.csv", shards=2)
    preview = project.run("preview")
    assert "3 rows are suppressed, so they are never sent: 3 of 40 of `otp`" in preview.text
    assert "37 rows, not sent yet; 3 suppressed" in project.digo("plan").text
    planned = json.loads(project.digo("plan", "--format", "json").stdout)
    assert planned["suppressed"] == 3
    (step,) = planned["steps"]
    assert (step["list"]["rows"], step["list"]["suppressed"], step["list"]["send"]) == (37, 3, 37)
    assert "; 3 suppressed" in project.digo("plan", "--format", "markdown").text
    project.up()
    assert not set(numbers_sent(sandbox)) & {number(index) for index in SUPPRESSED}
    project.assert_complete(left(range(40)))

    suppress(project, SUPPRESSED | {20})  # a number that is suppressed later is gone
    assert "gone" in project.digo("plan").text
    project.up()
    assert project.changes() == {}
    project.up("--expect-no-changes")
    assert project.sent() == 0
    for index in SUPPRESSED:
        assert number(index) not in project.everything_left()


def test_leads_of_config_are_left_out_too(project: ListProject, sandbox: Sandbox) -> None:
    columns = {"phone": "field_0", "name": "field_1"}
    leads = [{"phone": number(index), "name": f"Customer {index}"} for index in range(2, 5)]
    project.write("lists.yaml", {"lists": {"otp": {"id": LIST, "columns": columns, "leads": leads}}})
    project.up()
    assert project.sent() == 3
    suppress(project, SUPPRESSED)
    entry = {"id": LIST, "columns": columns, "leads": leads, "suppress": ["dnd.csv"]}
    project.write("lists.yaml", {"lists": {"otp": entry}})
    plan = project.digo("plan").text
    assert "its number is suppressed" in plan and "; 1 suppressed" in plan
    assert "1 row is suppressed, so it is never sent: 1 of 3 of `otp`" in project.run("preview").text
    sandbox.clear_requests()
    project.up()
    project.up("--expect-no-changes")
    assert project.sent() == 0


def test_too_many_are_refused_unless_approved(project: ListProject, sandbox: Sandbox) -> None:
    project.write_rows(range(10))
    suppress(project, set(range(6)))
    project.entry(suppress="dnd.csv")
    told = [project.run(verb).text for verb in ("preview", "up")] + [project.digo("plan").text]
    for text in told:
        assert "suppressed: the list `otp` has 10 rows, and 6 of them are suppressed: more than 50 %" in text
        assert "config set --path digo:guards.maxSuppressedPercent 60" in text
    assert project.sent() == 0
    planned = json.loads(project.digo("plan", "--format", "json").stdout)["plan"]
    approval = {"guard": "suppressed", "reason": "a test", "plan": planned, "expires": "2999-01-01"}
    project.write("approvals.yaml", {"approvals": [approval]})
    project.up()
    project.assert_complete(range(6, 10))


def test_the_account_loses_what_is_suppressed_later_if_the_stack_deletes(live: LiveListProject) -> None:
    live.write_rows(range(40))
    suppress(live, {500})
    live.entry(suppress="dnd.csv", shards=2)
    live.up()
    suppress(live, SUPPRESSED)
    told = live.digo("plan").text
    kept = re.findall(r"(\d+) that config lacks (?:is|are) kept in the list; (\d+) suppressed", told)
    assert kept and [sum(map(int, counts)) for counts in zip(*kept, strict=True)] == [3, 3], told
    live.sandbox.clear_requests()
    live.up()
    assert live.account() == live.wanted(range(40))
    live.assert_quiet()

    live.set_config(deletes="delete", guards={"maxDeletedRows": 2})
    live.sandbox.clear_requests()
    for text in (live.run("preview").text, live.run("up").text, live.digo("plan").text):
        assert "3 rows" in text and "maxDeletedRows" in text
    assert live.calls("DELETE") == live.sent() == 0
    live.set_config(guards={"maxDeletedRows": 3})
    assert "3 that config lacks are deleted" in live.digo("plan").text
    live.up()
    live.assert_complete(left(range(40)))


def test_a_suppressed_lead_is_deleted_where_the_stack_deletes(live: LiveListProject) -> None:
    live.set_config(deletes="delete")
    columns = {"phone": "field_0", "name": "field_1"}
    leads = [{"phone": number(index), "name": f"Customer {index}"} for index in range(2, 5)]
    entry = {"id": live.list_id, "columns": columns, "leads": leads, "suppress": "dnd.csv"}
    suppress(live, {500})
    live.write("lists.yaml", {"lists": {"otp": entry}})
    live.up()
    suppress(live, SUPPRESSED)
    assert "its number is suppressed: it is deleted from its list" in live.digo("plan").text
    live.up()
    assert live.account() == live.wanted([2, 4])
    live.assert_quiet()


def test_lists_share_a_file(project: ListProject, sandbox: Sandbox) -> None:
    project.write_rows(range(10))
    suppress(project, SUPPRESSED)
    entry = {"source": "leads.csv", "columns": COLUMNS, "suppress": "dnd.csv"}
    project.write("lists.yaml", {"lists": {"otp": {"id": LIST, **entry}, "news": {"id": 4712, **entry}}})
    said = project.up().text
    assert "4 rows are suppressed, so they are never sent: 2 of 10 of `otp`, 2 of 10 of `news`" in said
    project.assert_complete(left(range(10)))
    assert len(sandbox.leads(4712)) == 8


@pytest.mark.parametrize("project", ["embedded"], indirect=True)  # `killed_after` knows its process by the command line
def test_what_was_under_way_is_not_sent_again_if_it_is_suppressed(project: ListProject, sandbox: Sandbox) -> None:
    rows = range(110)
    project.set_config(timeout="600")
    project.entry(shards=2)
    project.write_rows(rows)
    project.killed_after(30)
    under_way = set(numbers_sent(sandbox)[30:60])
    suppress(project, {index for index in rows if number(index) in under_way})
    project.entry(shards=2, suppress="dnd.csv")
    sandbox.clear_requests()
    project.up()
    rest = numbers_sent(sandbox)
    assert len(rest) == 50 and not under_way & set(rest)
    project.up()
    assert numbers_sent(sandbox) == rest
    assert project.changes() == {}


def test_a_retry_leaves_out_what_is_suppressed_now(project: ListProject, sandbox: Sandbox) -> None:
    project.entry(shards=2)
    project.write_rows(range(20))
    for index in (3, 8):
        sandbox.fault("success-false", path=f"/v1/broadcast/lead/{LIST}", body_contains=number(index), every=1)
    assert project.run("up", "--skip-preview").code != 0
    sandbox.clear_faults()
    suppress(project, {3})
    project.entry(shards=2, suppress="dnd.csv")
    sandbox.clear_requests()
    retried = project.digo("lists", "retry", "otp", "--yes", "--skip-preview")
    assert retried.code == 0, retried.text
    assert project.sent() == 1
    project.up()
    assert project.sent() == 1
    assert project.account() == project.wanted(index for index in range(20) if index != 3)

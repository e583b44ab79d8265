"""Whole runs with suppress files: their numbers never reach the account, and what was sent before is gone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.testing import Sandbox
from tests.lists.list_files import COLUMNS, number
from tests.lists.list_project import LIST, ListProject

SUPPRESSED = {3, 7, 11}


def suppress(project: ListProject, indices: set[int], name: str = "dnd.csv") -> None:
    path = project.file.with_name(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("phone\n" + "".join(f"{number(index)}\n" for index in sorted(indices)))


def numbers_sent(sandbox: Sandbox) -> list[str]:
    return [one["body"]["field_0"] for one in sandbox.requests() if one["path"].endswith(f"/{LIST}")]


def left(rows: range) -> list[int]:
    return [index for index in rows if index not in SUPPRESSED]


def test_numbers_are_never_sent_and_are_counted(project: ListProject, sandbox: Sandbox) -> None:
    """Lists share a file, and its numbers. Leads of config are left out too."""
    project.write_rows(range(40))
    suppress(project, SUPPRESSED | {500})
    entry = {"source": "leads.csv", "columns": COLUMNS, "suppress": "dnd.csv"}
    columns = {"phone": "field_0", "name": "field_1"}
    leads = [{"phone": number(index), "name": f"Customer {index}"} for index in range(2, 5)]
    lists: dict[str, dict[str, Any]] = {
        "otp": {"id": LIST, "shards": 2, **entry},
        "news": {"id": LIST + 1, **entry},
        "inline": {"id": LIST + 2, "columns": columns, "leads": leads},
    }
    project.write("lists.yaml", {"lists": lists})
    preview = project.run("preview")
    assert "6 rows are suppressed, so they are never sent: 3 of 40 of `otp`, 3 of 40 of `news`" in preview.text
    assert "37 rows, not sent yet; 3 suppressed" in project.digo("plan").text
    planned = json.loads(project.digo("plan", "--format", "json").stdout)
    assert planned["suppressed"] == 6
    (step,) = (step for step in planned["steps"] if step["key"] == "otp")
    assert (step["list"]["rows"], step["list"]["suppressed"], step["list"]["send"]) == (37, 3, 37)
    assert "; 3 suppressed" in project.digo("plan", "--format", "markdown").text
    project.up()
    assert not set(numbers_sent(sandbox)) & {number(index) for index in SUPPRESSED}
    for name in ("otp", "news"):
        assert project.account_of(lists[name]["id"]) == project.wanted(left(range(40))), name
    assert len(sandbox.leads(LIST + 2)) == 3

    suppress(project, SUPPRESSED | {20})  # a number that is suppressed later is gone
    lists["inline"]["suppress"] = ["dnd.csv"]
    project.write("lists.yaml", {"lists": lists})
    plan = project.digo("plan").text
    assert "gone" in plan
    assert "its number is suppressed" in plan and "; 9 suppressed" in plan
    told = "9 rows are suppressed, so they are never sent: 4 of 40 of `otp`, 4 of 40 of `news`, 1 of 3 of `inline`"
    assert told in project.run("preview").text
    sandbox.clear_requests()
    project.up()
    project.up("--expect-no-changes")
    assert project.sent_of_all() == 0
    kept = project.everything_left()
    for index in SUPPRESSED - {3}:  # a lead of config is in the state
        assert number(index) not in kept


def test_too_many_are_refused_unless_approved(project: ListProject, sandbox: Sandbox) -> None:
    project.write_rows(range(10))
    suppress(project, set(range(6)))
    project.entry(suppress="dnd.csv")
    for text in (project.run("up").text, project.digo("plan").text):
        assert "suppressed: the list `otp` has 10 rows, and 6 of them are suppressed: more than 50 %" in text
        assert "config set --path digo:guards.maxSuppressedPercent 60" in text
    assert project.sent() == 0
    planned = json.loads(project.digo("plan", "--format", "json").stdout)["plan"]
    approval = {"guard": "suppressed", "reason": "a test", "plan": planned, "expires": "2999-01-01"}
    project.write("approvals.yaml", {"approvals": [approval]})
    project.up()
    project.assert_complete(range(6, 10))


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
    project.up("--expect-no-changes")
    assert numbers_sent(sandbox) == rest

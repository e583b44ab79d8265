"""`digo lists plan`: the rows of one list that an up would write, masked, with the columns that differ."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from list_files import number
from live_project import LiveListProject

from sandbox.testing import Sandbox


@pytest.fixture
def live(tmp_path: Path, sandbox: Sandbox) -> LiveListProject:
    found = LiveListProject(tmp_path / "project", "embedded", sandbox)
    found.entry()
    return found


def test_an_account_that_shows_its_lists_names_the_columns_that_differ(live: LiveListProject) -> None:
    live.write_rows(range(20))
    live.up()
    assert live.digo("lists", "plan", "otp", "--detailed-exitcode").code == 0
    live.write_rows([*range(2, 20), 700], edited=(5,))
    live.sandbox.clear_requests()
    planned = live.digo("lists", "plan", "otp", "--detailed-exitcode")
    assert planned.code == 2, planned.text
    assert planned.stdout.splitlines() == [
        f"+ ***{number(700)[-4:]} (config/test/leads.csv:20)",
        "- ***0100",
        "- ***0101",
        "~ ***0105 (config/test/leads.csv:5): name",
        "list otp, update: 1 of 19 rows is not in the list; 1 is there with other values; 2 that config lacks are kept "
        "in the list; 1 call, and a few that follow them",
    ]
    assert live.calls("GET") == 1 and live.sent() == 0
    assert number(700) in live.digo("--show-numbers", "lists", "plan", "otp").stdout
    live.up()
    assert live.digo("lists", "plan", "otp", "--detailed-exitcode").code == 0


def test_the_document_counts_what_it_leaves_out(live: LiveListProject) -> None:
    live.write_rows(range(30))
    found = json.loads(live.digo("lists", "plan", "otp", "--format", "json", "--max", "2").stdout)
    assert (found["version"], found["list"], found["verb"], found["rows"], found["send"]) == (
        1,
        "otp",
        "create",
        30,
        30,
    )
    assert found["new"] == {"least": 30, "most": 30}
    assert found["differences"] == [
        {"kind": "new", "number": "***0100", "position": "config/test/leads.csv:2:1", "columns": None},
        {"kind": "new", "number": "***0101", "position": "config/test/leads.csv:3:1", "columns": None},
    ]
    assert found["hidden"] == 28
    whole = json.loads(live.digo("lists", "plan", "otp", "--format", "json", "--all").stdout)
    assert (len(whole["differences"]), whole["hidden"]) == (30, 0)
    text = live.digo("lists", "plan", "otp", "--max", "1").stdout.splitlines()
    assert text[:2] == ["+ ***0100 (config/test/leads.csv:2)", "and 29 more that are new; --all lists them"]


def test_another_key_is_told(live: LiveListProject) -> None:
    live.write_rows(range(3))
    told = live.digo("lists", "plan", "opt")
    assert told.code == 1
    assert "no list from files `opt`; did you mean `otp`?" in told.text

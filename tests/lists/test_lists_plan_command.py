"""`digo lists plan`: the rows of one list that an up would write, masked, with the columns that differ."""

from __future__ import annotations

import json

from list_files import COLUMNS, number
from list_project import ListProject
from live_project import LiveListProject

from sandbox.testing import Sandbox


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


def test_a_state_of_digests_tells_the_rows_and_not_their_old_values(project: ListProject) -> None:
    project.entry(shards=2)
    project.write_rows(range(60))
    project.up()
    assert project.digo("lists", "plan", "otp", "--detailed-exitcode").code == 0
    project.write_rows([*range(1, 60), 700], edited=(9, 20))
    planned = project.digo("lists", "plan", "otp", "--detailed-exitcode")
    assert planned.code == 2, planned.text
    *rows, last = planned.stdout.splitlines()
    assert rows == [
        f"+ ***{number(700)[-4:]} (config/test/leads.csv:61)",
        "~ ***0109 (config/test/leads.csv:10)",
        "~ ***0120 (config/test/leads.csv:21)",
        "- 1 row, of numbers that are not known: the state has digests only, and no call reads leads back",
        "which columns changed is not known: the state has digests only, and no call reads leads back",
    ]
    assert last.startswith("list otp, update: 2 of 60 rows are changed, 1 new, 1 gone: 3 rows are sent")
    document = json.loads(project.digo("lists", "plan", "otp", "--format", "json").stdout)
    assert [(one["kind"], one["columns"]) for one in document["differences"]] == [
        ("new", None),
        ("changed", None),
        ("changed", None),
    ]
    assert (document["send"], document["gone"]) == (3, {"least": 1, "most": 1})
    for form in ("markdown", "html"):  # a review counts exactly, and shows rows that really changed
        text = project.digo("plan", "--format", form).stdout
        for index in (9, 20, 700):
            assert f"***{number(index)[-4:]}" in text, form
        assert "2 of 60 rows are changed, 1 new, 1 gone: 3 rows are sent" in text, form
    project.up()
    assert project.digo("lists", "plan", "otp", "--detailed-exitcode").code == 0


def test_suppressed_rows_are_counted_and_not_listed(project: ListProject) -> None:
    project.entry(suppress="dnd.csv")
    project.write_rows(range(40))
    project.file.with_name("dnd.csv").write_text(f"phone\n{number(3)}\n{number(4)}\n")
    planned = project.digo("lists", "plan", "otp", "--all")
    assert planned.stdout.splitlines()[-1] == "list otp, create: 38 rows, not sent yet; 2 suppressed"
    document = json.loads(project.digo("lists", "plan", "otp", "--format", "json", "--all").stdout)
    assert (document["suppressed"], document["send"], len(document["differences"])) == (2, 38, 38)
    project.up()
    assert project.digo("lists", "plan", "otp", "--detailed-exitcode").code == 0


def test_a_run_that_was_cut_off_proves_nothing_of_what_it_may_have_sent(project: ListProject, sandbox: Sandbox) -> None:
    project.entry()
    project.write_rows(range(40))
    sandbox.fault("success-false", body_contains=number(7), every=1, message="on a DND list")
    assert project.run("up", "--skip-preview").code != 0
    text = project.digo("lists", "plan", "otp").stdout.splitlines()
    assert text[0] == "? ***0107 (config/test/leads.csv:9)"
    assert "1 row was refused by the API before: .digo/refused/test/otp.csv" in text[-1]


def test_any_number_of_rows_is_listed_as_it_is_counted(project: ListProject) -> None:
    """Rows are printed some at a time."""
    project.entry()
    project.write_rows(range(3000))
    lines = project.digo("lists", "plan", "otp", "--all").stdout.splitlines()
    assert lines[:-1] == [f"+ ***{number(row)[-4:]} (config/test/leads.csv:{row + 2})" for row in range(3000)]
    whole = json.loads(project.digo("lists", "plan", "otp", "--all", "--format", "json").stdout)
    assert [one["position"] for one in whole["differences"]] == [
        f"config/test/leads.csv:{row + 2}:1" for row in range(3000)
    ]
    some = json.loads(project.digo("lists", "plan", "otp", "--max", "7", "--format", "json").stdout)
    none = json.loads(project.digo("lists", "plan", "otp", "--max", "0", "--format", "json").stdout)
    assert (whole["hidden"], some["hidden"], none["hidden"]) == (0, 2993, 3000)
    assert some["differences"] == whole["differences"][:7]
    assert none == {**whole, "hidden": 3000, "differences": []}


def test_a_list_without_a_file_is_told(project: ListProject) -> None:
    leads = [{"phone": number(1), "name": "A", "otp": "7"}]
    project.write("lists.yaml", {"lists": {"otp": {"id": 4711, "columns": COLUMNS, "leads": leads}}})
    told = project.digo("lists", "plan", "otp")
    assert told.code == 1
    assert "list `otp` has no file: each of its leads is an entry of `digo plan`" in told.text.replace("Error: ", "")

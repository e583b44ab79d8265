"""`digo lists plan`: the rows of one list that an up would write, masked, with the columns that differ."""

from __future__ import annotations

import json
from typing import Any

from sandbox.testing import Sandbox
from tests.lists.list_files import COLUMNS, number, write_list
from tests.lists.list_project import LIST, ListProject
from tests.lists.live_project import LiveListProject


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


def test_another_key_is_told(live: LiveListProject) -> None:
    live.write_rows(range(3))
    told = live.digo("lists", "plan", "opt")
    assert told.code == 1
    assert "no list from files `opt`; did you mean `otp`?" in told.text


def test_a_state_of_digests_tells_the_rows_and_not_their_old_values(project: ListProject, sandbox: Sandbox) -> None:
    """Suppressed rows are counted and not listed; a run that was cut off proves nothing of what it may have sent."""
    entries: dict[str, dict[str, Any]] = {
        "otp": {"id": LIST, "source": "leads.csv", "shards": 2},
        "few": {"id": LIST + 1, "source": "few.csv", "suppress": "dnd.csv"},
        "cut-off": {"id": LIST + 2, "source": "few.csv"},
    }
    lists = {name: {**entry, "columns": COLUMNS} for name, entry in entries.items()}
    project.write("lists.yaml", {"lists": lists})
    project.write_rows(range(60))
    write_list(project.file.with_name("few.csv"), range(40))
    project.write("dnd.csv", f"phone\n{number(3)}\n{number(4)}\n")
    planned = project.digo("lists", "plan", "few", "--all")
    assert planned.stdout.splitlines()[-1] == "list few, create: 38 rows, not sent yet; 2 suppressed"
    document = json.loads(project.digo("lists", "plan", "few", "--format", "json", "--all").stdout)
    assert (document["suppressed"], document["send"], len(document["differences"])) == (2, 38, 38)
    sandbox.fault(
        "success-false", path=f"/v1/broadcast/lead/{LIST + 2}", body_contains=number(7), every=1, message="a DND list"
    )
    assert project.run("up", "--skip-preview").code != 0
    sandbox.clear_faults()
    text = project.digo("lists", "plan", "cut-off").stdout.splitlines()
    assert text[0] == "? ***0107 (config/test/few.csv:9)"
    assert "1 row was refused by the API before: .digo/refused/test/cut-off.csv" in text[-1]

    for name in ("otp", "few"):
        assert project.digo("lists", "plan", name, "--detailed-exitcode").code == 0
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
    assert_a_review_counts_exactly(project)
    project.up()
    for name in lists:
        assert project.digo("lists", "plan", name, "--detailed-exitcode").code == 0


def assert_a_review_counts_exactly(project: ListProject) -> None:
    """And it shows rows that really changed."""
    for form in ("markdown", "html"):
        review = project.digo("plan", "--format", form).stdout
        for index in (9, 20, 700):
            assert f"***{number(index)[-4:]}" in review, form
        assert "2 of 60 rows are changed, 1 new, 1 gone: 3 rows are sent" in review, form


def test_any_number_of_rows_is_listed_as_it_is_counted(live: LiveListProject) -> None:
    """Rows are printed some at a time. The document counts what it leaves out."""
    live.write_rows(range(3000))
    lines = live.digo("lists", "plan", "otp", "--all").stdout.splitlines()
    assert lines[:-1] == [f"+ ***{number(row)[-4:]} (config/test/leads.csv:{row + 2})" for row in range(3000)]
    whole = json.loads(live.digo("lists", "plan", "otp", "--all", "--format", "json").stdout)
    assert [whole[name] for name in ("version", "list", "verb", "rows", "send")] == [1, "otp", "create", 3000, 3000]
    assert whole["new"] == {"least": 3000, "most": 3000}
    assert whole["differences"] == [
        {
            "kind": "new",
            "number": f"***{number(row)[-4:]}",
            "position": f"config/test/leads.csv:{row + 2}:1",
            "columns": None,
        }
        for row in range(3000)
    ]
    some = json.loads(live.digo("lists", "plan", "otp", "--max", "7", "--format", "json").stdout)
    none = json.loads(live.digo("lists", "plan", "otp", "--max", "0", "--format", "json").stdout)
    assert (whole["hidden"], some["hidden"], none["hidden"]) == (0, 2993, 3000)
    assert some["differences"] == whole["differences"][:7]
    assert none == {**whole, "hidden": 3000, "differences": []}
    text = live.digo("lists", "plan", "otp", "--max", "1").stdout.splitlines()
    assert text[:2] == ["+ ***0100 (config/test/leads.csv:2)", "and 2,999 more that are new; --all lists them"]


def test_a_list_without_a_file_is_told(project: ListProject) -> None:
    leads = [{"phone": number(1), "name": "A", "otp": "7"}]
    project.write("lists.yaml", {"lists": {"otp": {"id": 4711, "columns": COLUMNS, "leads": leads}}})
    told = project.digo("lists", "plan", "otp")
    assert told.code == 1
    assert "list `otp` has no file: each of its leads is an entry of `digo plan`" in told.text.replace("Error: ", "")

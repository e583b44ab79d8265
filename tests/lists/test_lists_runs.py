"""Whole runs with a list from a file: what is sent, what is said, what is kept."""

from __future__ import annotations

import json
import re

from digo.lists.files.source import MAX_SHARDS
from sandbox.testing import Sandbox
from tests.lists.list_files import COLUMNS, number
from tests.lists.list_project import LIST, ListProject

ROWS = 60


def test_each_row_is_sent_once_and_then_what_differs(project: ListProject, sandbox: Sandbox) -> None:
    project.set_config(cps="10")
    project.entry(shards=3)
    project.write_rows(range(ROWS))
    preview = project.run("preview")
    assert preview.code == 0, preview.text
    shares = re.findall(r"shard \d of 3: ([\d,]+) of \1 rows are new: \1 rows are sent; \1 calls", preview.text)
    assert sum(int(rows) for rows in set(shares)) <= ROWS and len(shares) >= 3
    assert "list otp, all 3 shards: 60 calls, about 6 s at 10 a second" in preview.text
    assert project.sent() == 0
    project.set_config(cps="0")
    assert project.planned() == ROWS
    project.up()
    assert project.sent() == ROWS
    assert {lead["fields"]["field_5"] for lead in sandbox.leads(4711)} == {
        f"{i * 7919 % 1_000_000:06}" for i in range(ROWS)
    }
    assert project.account() == project.wanted(range(ROWS))
    assert project.planned() == 0

    # One row is new, one has other values, and one is gone: what is gone is kept.
    rows = [*range(1, ROWS), 700]
    project.write_rows(rows, edited=(9,))
    preview = project.run("preview")
    assert "rows are sent" in preview.text and "[diff: ~digests]" in preview.text
    assert project.planned() == 2
    sandbox.clear_requests()
    project.up()
    assert project.sent() == 2
    assert project.account() == project.wanted([0, *rows], edited=(9,))

    # In as many shards as there can be, and then in one, with fewer rows.
    for shards, fewer in ((MAX_SHARDS, rows), (1, rows[5:])):
        project.entry(shards=shards)
        project.write_rows(fewer, edited=(9,))
        calls = project.planned()
        sandbox.clear_requests()
        said = project.up().text
        assert project.sent() == calls > 0
        if shards == MAX_SHARDS:
            assert f"shard 3 of {MAX_SHARDS}" in said
            assert_state_is_small_and_has_no_number(project, said)
    sandbox.clear_requests()
    assert project.planned() == 0
    assert project.run("up", "--skip-preview", "--expect-no-changes").code == 0
    assert project.sent() == 0
    assert project.account() == project.wanted([0, *rows], edited=(9,))


def assert_state_is_small_and_has_no_number(project: ListProject, said: str) -> None:
    """More rows would make no more cells: `test_lists_sketch.py` has a list of a million."""
    left = project.everything_left()
    exported = project.run("stack", "export", "--stack", "test").stdout
    for index in (*range(ROWS), 700):
        assert number(index)[1:] not in left
        assert number(index)[1:] not in said + exported
    assert "a ledger key" not in left + said + exported
    resources = json.loads(exported)["deployment"]["resources"]
    mine = [one for one in resources if "LeadShard" in one["type"] or "LeadList" in one["type"]]
    assert len(mine) == MAX_SHARDS + 1
    for one in mine:  # what the pulumi command notes of the program's own lines
        one.pop("stackTrace", None)
        one.pop("sourcePosition", None)
    size = len(json.dumps(mine, separators=(",", ":")))
    assert size < 64 * 1024


def test_a_list_that_is_moved_renamed_or_forgotten_sends_nothing(project: ListProject, sandbox: Sandbox) -> None:
    project.entry(shards=2)
    project.write_rows(range(ROWS))
    project.up()
    sandbox.clear_requests()
    project.write_rows(range(ROWS - 1, -1, -1))  # in another order, in a file of another name, under another key
    project.file.rename(project.file.with_name("renamed.csv"))
    entry = {"id": LIST, "source": "*.csv", "columns": COLUMNS, "shards": 2, "formerly": ["otp"]}
    project.write("lists.yaml", {"lists": {"codes": entry}})
    project.up("--expect-no-changes")
    assert project.run("refresh", "--skip-preview", "--expect-no-changes").code == 0
    assert project.run("destroy").code == 0
    assert project.account() == project.wanted(range(ROWS))
    assert project.sent() == 0

    project.agents(one={"name": "One", "follow_me_number": "+12025550101"})
    project.up()
    assert project.sent() == ROWS
    sandbox.clear_requests()
    project.write("lists.yaml", {"lists": {}})
    assert set(project.changes()) == {"delete"}
    project.up()
    assert project.account() == project.wanted(range(ROWS))
    assert project.sent() == 0


def test_problems_of_the_file_stop_everything(project: ListProject, sandbox: Sandbox) -> None:
    project.entry()
    project.write_rows(range(30))
    project.file.write_text(project.file.read_text() + "9.19E+11,A,1\n")
    outcome = project.run("up", "--skip-preview")
    assert outcome.code != 0
    assert (
        "config/test/leads.csv:32:1: lists.otp.phone: a spreadsheet turned it into a scientific number" in outcome.text
    )
    assert sandbox.counts() == {}

"""Runs that are cut off, refused or slowed down go on where they were."""

from __future__ import annotations

import json
import signal

import pytest

from sandbox.testing import Sandbox
from tests.lists.list_files import COLUMNS, number, write_list
from tests.lists.list_project import ENGINE, HOST, LIST, UNDER_WAY, ListProject

PATH, ANY = f"/v1/broadcast/lead/{LIST}", "/v1/broadcast/lead/*"
ROWS, HALF = 110, 30  # a run that is stopped has rows that are confirmed, under way and not sent
FEW = 12  # so few that a run can be stopped twice

# `killed_after` knows the embedded engine's process by its command line.
on_the_embedded_engine = pytest.mark.parametrize("project", ["embedded"], indirect=True)


def assert_sent_as_planned(project: ListProject, calls: int, rows: range, edited: range = range(0)) -> None:
    """The plan says so many requests, an up sends them, and the account has the rows then."""
    assert project.planned() == calls
    project.sandbox.clear_requests()
    project.up()
    assert project.sent() == calls
    assert project.account() == project.wanted(rows, edited)


@pytest.mark.cold
@on_the_embedded_engine
def test_a_run_that_is_killed_goes_on_where_it_was(project: ListProject, sandbox: Sandbox) -> None:
    """It is killed while the list is new, has other values under another key, and is another list of the account."""
    project.entry(shards=2)
    project.write_rows(range(ROWS))
    left = ROWS
    for victim in (ENGINE, HOST):
        project.killed_after(FEW, victims=(victim,))
        assert project.sent() == FEW + UNDER_WAY
        left -= FEW
        assert project.planned() == left, victim
    assert_sent_as_planned(project, left, range(ROWS))

    # The state has the list by its new key then, and a shard by its former one.
    project.write_rows(range(ROWS), edited=range(ROWS))
    entry = {"id": LIST, "source": "leads.csv", "columns": COLUMNS, "formerly": "otp", "shards": 2}
    project.write("lists.yaml", {"lists": {"codes": entry}})
    project.killed_after(HALF)
    (step,) = json.loads(project.digo("plan", "--format", "json").stdout)["steps"]
    assert step["verb"] == "update"
    assert_sent_as_planned(project, ROWS - HALF, range(ROWS), edited=range(ROWS))

    other = f"POST /v1/broadcast/lead/{LIST + 1}"
    project.write("lists.yaml", {"lists": {"codes": {**entry, "id": LIST + 1}}})
    project.killed_after(HALF, other)
    assert project.planned() == ROWS - HALF
    sandbox.clear_requests()
    project.up()
    assert sandbox.counts()[other] == ROWS - HALF
    assert project.account_of(LIST + 1) == project.wanted(range(ROWS), edited=range(ROWS))
    project.assert_nothing_left()
    assert project.planned() == 0


# Each list's key and shards before the run that is killed, in it, and in the two runs after it.
KILLED = {
    "plain": (("plain", 1), ("plain", 1), ("plain", 1), ("plain", 1)),
    "renamed": (("old", 1), ("old", 1), ("renamed", 1), ("renamed", 1)),
    "into-two-shards": (("two", 1), ("two", 2), ("two", 1), ("two", 1)),
    "into-one-shard": (("one", 2), ("one", 1), ("one", 2), ("one", 2)),
    "new": (None, ("new", 2), ("new", 1), ("new", 2)),
}
IDS = {name: LIST + at for at, name in enumerate(KILLED)}
SENT, STUCK = range(15), range(10, 15)
"""A list's rows, and those that get no reply in the killed run. The latter of all lists fit under way at once."""


def write_lists(project: ListProject, at: int, edited: range, edited_of_new: range) -> None:
    """All lists at one of the points of time of `KILLED`, and which of their rows have other values."""
    entries = {}
    for name, points in KILLED.items():
        if (point := points[at]) is not None:
            key, shards = point
            file = "new.csv" if name == "new" else "leads.csv"
            entry = {"id": IDS[name], "source": file, "columns": COLUMNS, "shards": shards}
            entries[key] = {**entry, "formerly": "old"} if key == "renamed" else entry
    project.write("lists.yaml", {"lists": entries})
    project.write_rows(SENT, edited)
    write_list(project.file.with_name("new.csv"), SENT, frozenset(edited_of_new))


@on_the_embedded_engine
def test_a_killed_edit_that_is_taken_back_is_seen(project: ListProject, sandbox: Sandbox) -> None:
    """The state says that the old rows are there; the ledger knows better, so that the plan does not lie.

    What a run sent before it was killed is known to the list, whatever key and shards config has for it now. A list
    that was new in that run is sent in other shards, and then in the first ones once more: the ledger of the shards
    that were gone must not say that the account has what it had then.
    """
    assert len(STUCK) * len(KILLED) < UNDER_WAY
    write_lists(project, 0, edited=range(0), edited_of_new=range(0))
    project.up()
    write_lists(project, 1, edited=SENT, edited_of_new=range(0))
    for index in STUCK:
        sandbox.fault("hang", path=ANY, body_contains=number(index), times="always")
    project.killed_when_sent(len(SENT) * len(KILLED))
    refreshed = project.run("refresh", "--skip-preview", "--expect-no-changes")
    assert refreshed.code == 0, refreshed.text
    assert "rows are sent" not in refreshed.text

    write_lists(project, 2, edited=range(0), edited_of_new=SENT)
    left = {(points[2] or ("", 0))[0]: len(SENT) for points in KILLED.values()}
    assert project.planned_by_list() == project.previewed_by_list() == left
    sandbox.clear_requests()
    project.up()
    assert project.sent_of_all() == sum(left.values())
    for name, id_ in IDS.items():
        assert project.account_of(id_) == project.wanted(SENT, SENT if name == "new" else ()), name

    write_lists(project, 3, edited=range(0), edited_of_new=range(0))
    assert project.planned_by_list() == {"new": len(SENT)}
    project.up()
    assert project.account_of(IDS["new"]) == project.wanted(SENT)
    project.assert_nothing_left()


@on_the_embedded_engine
def test_cut_off_in_other_shards_then_changed_back_is_seen(project: ListProject, sandbox: Sandbox) -> None:
    """A run that fails deletes nothing, so a shard of before is there still, and does not know what was sent since."""
    cases = {LIST: (1, 2), LIST + 1: (2, 1), LIST + 2: (3, 2)}
    rows = range(16)

    def entries(at: int) -> None:
        """Each list is in its shards of before, or in its others."""
        entry = {"source": "leads.csv", "columns": COLUMNS}
        lists = {f"list-{id_}": {"id": id_, "shards": shards[at], **entry} for id_, shards in cases.items()}
        project.write("lists.yaml", {"lists": lists})

    entries(0)
    project.write_rows(rows)
    project.up()
    entries(1)
    project.write_rows(rows, edited=rows)
    sandbox.fault("success-false", path=ANY, body_contains=number(7), every=1, message="on the DND list")
    assert project.run("up", "--skip-preview").code != 0
    sandbox.clear_faults()
    entries(0)
    project.write_rows(rows)
    calls = project.planned()
    sandbox.clear_requests()
    project.up()
    assert project.sent_of_all() == calls
    for id_ in cases:
        assert project.account_of(id_) == project.wanted(rows), cases[id_]
    project.assert_nothing_left()


def test_refused_rows_are_told_and_stop_no_other(project: ListProject, sandbox: Sandbox) -> None:
    """Taken out, they leave nothing to send, but the list is partly sent in the state until an up has said otherwise.

    Plan and preview show that as the up does it.
    """
    refused = (7, 23)
    project.entry()
    project.write_rows(range(30))
    for index in refused:
        sandbox.fault(
            "success-false", path=PATH, body_contains=number(index), every=1, message="number is on a DND list"
        )
    outcome = project.run("up", "--skip-preview")
    assert outcome.code != 0
    for index in refused:
        assert f"config/test/leads.csv:{index + 2}: number is on a DND list" in outcome.text
    assert "correct the refused rows in the file, then run up again" in " ".join(outcome.text.split())
    assert len(sandbox.leads(LIST)) == 28
    kept = "\n".join(path.read_text() for path in (project.folder / ".digo" / "refused").rglob("*.csv"))
    assert "config/test/leads.csv,9,,number is on a DND list," in kept and "config/test/leads.csv,25,," in kept

    sandbox.clear_faults()
    rows = [index for index in range(30) if index not in refused]
    project.write_rows(rows)
    assert project.changes() == {"update": 1}
    recording = str(project.folder / "account.json")
    assert project.digo("snapshot", recording).code == 0
    for options in ((), ("--snapshot", recording)):
        review = project.digo("plan", "--detailed-exitcode", "--format", "json", *options)
        assert review.code == 2, review.text
        (step,) = json.loads(review.stdout)["steps"]
        assert step["verb"] == "update"
    sandbox.clear_requests()
    project.up()
    assert project.sent() == 0
    assert project.digo("plan", "--detailed-exitcode").code == 0
    project.assert_complete(rows)


def test_a_list_that_the_account_lacks_is_given_up_early(project: ListProject, sandbox: Sandbox) -> None:
    project.entry()
    project.write_rows(range(600))
    sandbox.settings(lists=["1"])
    outcome = project.run("up", "--skip-preview")
    assert outcome.code != 0
    assert project.sent() < 300
    assert sandbox.leads(LIST) == []


def test_whatever_stops_a_run_the_next_one_goes_on(project: ListProject, sandbox: Sandbox) -> None:
    """A ledger that cannot be written, a token that is refused, Ctrl-C, lost replies. What slows it down does not."""
    rows = FEW + 2 * UNDER_WAY + 20  # what is answered, and twice what can be under way, is less
    project.entry(shards=2)
    project.write_rows(range(rows))

    ledger = project.folder / ".digo" / "ledger"
    ledger.parent.mkdir()
    ledger.write_text("a file where a folder is due")
    outcome = project.run("up", "--skip-preview")
    assert outcome.code != 0
    assert "the ledger cannot be written" in outcome.text
    assert project.sent() == 0
    ledger.unlink()

    sandbox.fault("unauthorized", path=PATH, every=1)
    outcome = project.run("up", "--skip-preview")
    assert outcome.code != 0
    assert "check DIGO_AUTHORIZATION" in outcome.text
    sandbox.clear_faults()
    assert sandbox.leads(LIST) == []
    assert project.planned() == rows

    first = interrupted(project, sandbox)
    assert first < rows
    left = project.planned()
    assert rows - first <= left <= rows - FEW

    few = 20
    sandbox.fault("lost-after", path=PATH, nth=list(range(left - few, 600)))
    outcome = project.run("up", "--skip-preview")
    assert outcome.code != 0
    assert "rows were sent and confirmed" in outcome.text
    sandbox.clear_faults()
    left = project.planned()
    assert 0 < left <= few + 1

    storm = sandbox.fault("status", path=PATH, status=429, retry_after=1, every=3, times=left // 3)
    project.up()
    assert next(one["struck"] for one in sandbox.faults() if one["number"] == storm) == left // 3
    project.assert_complete(range(rows))


def interrupted(project: ListProject, sandbox: Sandbox) -> int:
    """An up that gets Ctrl-C when a few rows are confirmed. Returns how many rows it sent."""
    sandbox.clear_requests()
    under_way = project.hang_after(FEW)
    run = project.start("up", "--skip-preview")
    project.wait_until_stuck(FEW)
    run.send_signal(signal.SIGINT)
    # What is under way is answered now. What a host sends that does not know of the signal yet outlasts the run.
    sandbox.fault("hang", path=PATH, times="always")
    sandbox.lift(under_way)
    text = "".join(run.communicate(timeout=60))
    sandbox.clear_faults()
    assert run.returncode != 0
    assert "rows were sent and confirmed" in text, text
    assert "Next: run up again: what is confirmed is not sent again" in " ".join(text.split())
    return project.sent()

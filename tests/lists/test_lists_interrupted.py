"""Runs that are cut off, refused or slowed down go on where they were."""

from __future__ import annotations

import json
import signal

import pytest
from list_files import COLUMNS, number
from list_project import ENGINE, HOST, LIST, UNDER_WAY, ListProject

from sandbox.testing import Sandbox

PATH, ANY = f"/v1/broadcast/lead/{LIST}", "/v1/broadcast/lead/*"
ROWS, HALF = 110, 30  # a run that is stopped has rows that are confirmed, under way and not sent
FEW = 12  # so few that a run can be stopped three times

# `killed_after` knows the embedded engine's process by its command line.
on_the_embedded_engine = pytest.mark.parametrize("project", ["embedded"], indirect=True)


def planned(project: ListProject) -> int:
    """The requests that `digo plan` foresees."""
    calls: int = json.loads(project.digo("plan", "--format", "json").stdout)["calls"]
    return calls


def assert_sent_as_planned(project: ListProject, rows: range, edited: range = range(0)) -> int:
    """An up sends what the plan says, and the account has the rows then. Returns how many were sent."""
    calls = planned(project)
    project.sandbox.clear_requests()
    project.up()
    assert project.sent() == calls
    assert project.account() == project.wanted(rows, edited)
    assert planned(project) == 0
    return calls


@pytest.mark.cold
@on_the_embedded_engine
def test_a_run_that_is_killed_goes_on_where_it_was(project: ListProject) -> None:
    project.entry(shards=2)
    project.write_rows(range(ROWS))
    left = ROWS
    for victims in ((ENGINE,), (HOST,), (ENGINE, HOST)):
        project.killed_after(FEW, victims=victims)
        assert project.sent() == FEW + UNDER_WAY
        left -= FEW
        assert planned(project) == left, victims
    assert assert_sent_as_planned(project, range(ROWS)) == left
    project.assert_complete(range(ROWS))


def test_a_signal_ends_a_run_whose_replies_do_not_end(project: ListProject, sandbox: Sandbox) -> None:
    """The replies are given up; the state has the confirmed rows, and the next up sends what is not confirmed."""
    project.entry(shards=2)
    project.write_rows(range(ROWS))
    project.set_config(timeout="600")
    left = ROWS
    for name in ("SIGTERM", "SIGHUP"):
        sandbox.clear_requests()
        project.hang_after(FEW)
        run = project.start("up", "--skip-preview")
        project.wait_until_stuck(FEW)
        run.send_signal(signal.Signals[name])
        stdout, stderr = run.communicate(timeout=60)
        assert run.returncode not in (0, -signal.Signals[name]), stdout + stderr
        assert "was given up: the run was cancelled" in stdout, name
        project.wait_until_gone()
        sandbox.clear_faults()
        left -= FEW
        assert planned(project) == left, name
    assert assert_sent_as_planned(project, range(ROWS)) == left
    project.assert_complete(range(ROWS))


def test_ctrl_c_saves_what_was_sent(project: ListProject, sandbox: Sandbox) -> None:
    rows = FEW + 2 * UNDER_WAY + 20  # what is answered, and twice what can be under way, is less
    project.entry(shards=2)
    project.write_rows(range(rows))
    under_way = project.hang_after(FEW)
    run = project.start("up", "--skip-preview")
    project.wait_until_stuck(FEW)
    run.send_signal(signal.SIGINT)
    # What is under way is answered now. What a host sends that does not know of the signal yet outlasts the run.
    sandbox.fault("hang", path=PATH, times="always")
    sandbox.lift(under_way)
    stdout, stderr = run.communicate(timeout=60)
    sandbox.clear_faults()
    assert run.returncode != 0
    assert "rows were sent and confirmed" in stdout + stderr, stdout + stderr
    assert "Next: run up again: what is confirmed is not sent again" in " ".join((stdout + stderr).split())
    first = project.sent()
    assert first < rows
    project.up()
    assert rows - first <= project.sent() - first <= rows - FEW
    project.assert_complete(range(rows))


@on_the_embedded_engine
def test_a_killed_edit_that_is_taken_back_is_seen(project: ListProject) -> None:
    """The state says that the old rows are there; the ledger knows better, so that the plan does not lie."""
    project.entry()
    project.write_rows(range(ROWS))
    project.up()

    project.write_rows(range(ROWS), edited=range(ROWS))
    project.killed_after(HALF)
    refreshed = project.run("refresh", "--skip-preview", "--expect-no-changes")
    assert refreshed.code == 0, refreshed.text
    assert "rows are sent" not in refreshed.text
    project.write_rows(range(ROWS))
    assert project.changes() == {"update": 1}
    assert assert_sent_as_planned(project, range(ROWS)) > HALF

    # What a run sent before it was killed is known to the list, whatever key config has for it now.
    project.write_rows(range(ROWS), edited=range(ROWS))
    project.killed_after(HALF)
    project.write_rows(range(ROWS))
    entry = {"id": LIST, "source": "leads.csv", "columns": COLUMNS, "formerly": "otp"}
    project.write("lists.yaml", {"lists": {"codes": entry}})
    assert assert_sent_as_planned(project, range(ROWS)) > HALF
    project.assert_complete(range(ROWS))


@on_the_embedded_engine
def test_killed_in_other_shards_then_changed_back_is_seen(project: ListProject) -> None:
    """A shard that is new has sent buckets which another one's state still calls its own."""
    for shards, others in ((1, 2), (2, 1)):
        project.entry(shards=shards)
        project.write_rows(range(ROWS))
        project.up()
        project.entry(shards=others)
        project.write_rows(range(ROWS), edited=range(ROWS))
        project.killed_after(HALF)
        project.entry(shards=shards)
        project.write_rows(range(ROWS))
        assert assert_sent_as_planned(project, range(ROWS)) > HALF, (shards, others)
    project.assert_complete(range(ROWS))


@on_the_embedded_engine
def test_killed_then_sent_in_other_shards_leaves_nothing_to_be_believed(project: ListProject) -> None:
    """The ledger of a shard that is gone must not say later that the account has what it had then."""
    project.entry(shards=2)
    project.write_rows(range(ROWS))
    project.killed_after(HALF)
    project.entry(shards=1)
    project.write_rows(range(ROWS), edited=range(ROWS))
    project.up()
    project.entry(shards=2)
    project.write_rows(range(ROWS))
    project.up()
    project.assert_complete(range(ROWS))


@on_the_embedded_engine
def test_cut_off_in_other_shards_then_changed_back_is_seen(project: ListProject, sandbox: Sandbox) -> None:
    """A run that fails deletes nothing, so a shard of before is there still, and does not know what was sent since."""
    cases = {LIST: (1, 2), LIST + 1: (2, 1), LIST + 2: (3, 2)}
    rows = range(40)

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
    calls = planned(project)
    sandbox.clear_requests()
    project.up()
    assert sum(count for name, count in sandbox.counts().items() if name.startswith("POST")) == calls
    for id_ in cases:
        there = {f"+{lead['phone']}": lead["fields"]["field_1"] for lead in sandbox.leads(id_)}
        assert there == project.wanted(rows), cases[id_]
    project.assert_nothing_left()


@on_the_embedded_engine
def test_killed_while_it_is_renamed_or_replaced_goes_on_where_it_was(project: ListProject, sandbox: Sandbox) -> None:
    """The state has the list by its new key then, and a shard by its former one."""
    project.entry(shards=2)
    project.write_rows(range(ROWS))
    project.up()
    project.write_rows(range(ROWS), edited=range(ROWS))
    entry = {"id": LIST, "source": "leads.csv", "columns": COLUMNS, "formerly": "otp", "shards": 2}
    project.write("lists.yaml", {"lists": {"codes": entry}})
    project.killed_after(HALF)
    assert project.changes() == {"update": 2}
    assert assert_sent_as_planned(project, range(ROWS), edited=range(ROWS)) == ROWS - HALF

    other = f"POST /v1/broadcast/lead/{LIST + 1}"
    project.write("lists.yaml", {"lists": {"codes": {**entry, "id": LIST + 1}}})
    project.killed_after(HALF, other)
    calls = planned(project)
    sandbox.clear_requests()
    project.up()
    assert sandbox.counts()[other] == calls == ROWS - HALF
    there = {f"+{lead['phone']}": lead["fields"]["field_1"] for lead in sandbox.leads(LIST + 1)}
    assert there == project.wanted(range(ROWS), edited=range(ROWS))
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
    assert project.changes() == {}
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
    project.entry()
    project.write_rows(range(ROWS))

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
    assert planned(project) == ROWS

    sandbox.fault("lost-after", path=PATH, nth=list(range(HALF, 600)))
    outcome = project.run("up", "--skip-preview")
    assert outcome.code != 0
    assert "rows were sent and confirmed" in outcome.text
    sandbox.clear_faults()
    left = planned(project)
    assert 0 < left <= ROWS - HALF + 1

    storm = sandbox.fault("status", path=PATH, status=429, retry_after=1, every=3, times=left // 3)
    project.up()
    assert next(one["struck"] for one in sandbox.faults() if one["number"] == storm) == left // 3
    project.assert_complete(range(ROWS))

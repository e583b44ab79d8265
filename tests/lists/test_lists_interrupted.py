"""Runs that are cut off, refused or slowed down go on where they were."""

from __future__ import annotations

import json
import signal

import pytest
from list_files import COLUMNS, number
from list_project import LIST, SEND, UNDER_WAY, ListProject
from psutil import NoSuchProcess

from sandbox.testing import Sandbox

PATH, ANY = f"/v1/broadcast/lead/{LIST}", "/v1/broadcast/lead/*"
ROWS, HALF = 160, 80  # so that a run that is stopped half way has buckets whole, begun and not begun


def kill(project: ListProject, victim: str) -> None:
    for process in project.processes("providers.host" if victim == "host" else "-m engine"):
        try:
            process.send_signal(signal.SIGKILL)
        except NoSuchProcess:
            continue


# `kill` knows the embedded engine's process by its command line.
on_the_embedded_engine = pytest.mark.parametrize("project", ["embedded"], indirect=True)


def killed(project: ListProject, sandbox: Sandbox, rows: int, send: str = SEND) -> None:
    """An up that is killed after so many rows; `send` is the call that carries one."""
    sandbox.clear_requests()
    project.hang_after(rows, send)
    run = project.start("up", "--skip-preview")
    project.wait_until_stuck(rows, send)
    kill(project, "engine")
    kill(project, "host")
    run.communicate(timeout=60)
    project.wait_until_gone()
    sandbox.clear_faults()


@pytest.mark.parametrize("victim", [pytest.param("engine", marks=pytest.mark.cold), "host"])  # both: `killed`
@on_the_embedded_engine
def test_a_killed_run_goes_on_where_it_was(project: ListProject, sandbox: Sandbox, victim: str) -> None:
    project.entry(shards=2)
    project.write_rows(range(ROWS))
    project.hang_after(HALF)
    run = project.start("up", "--skip-preview")
    project.wait_until_stuck(HALF)
    kill(project, victim)
    run.communicate(timeout=60)
    assert run.returncode != 0
    project.wait_until_gone()
    sandbox.clear_faults()
    first = project.sent()
    assert first == HALF + UNDER_WAY

    planned = json.loads(project.digo("plan", "--format", "json").stdout)
    project.up()
    assert project.sent() - first == planned["calls"] == ROWS - HALF
    project.assert_complete(range(ROWS))


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_ends_a_run_whose_replies_do_not_end(project: ListProject, sandbox: Sandbox, name: str) -> None:
    """The replies are given up; the state has the confirmed rows, and the next up sends what is not confirmed."""
    project.entry(shards=2)
    project.write_rows(range(ROWS))
    project.set_config(timeout="600")
    project.hang_after(HALF)
    run = project.start("up", "--skip-preview")
    project.wait_until_stuck(HALF)
    run.send_signal(signal.Signals[name])
    stdout, stderr = run.communicate(timeout=60)
    assert run.returncode not in (0, -signal.Signals[name]), stdout + stderr
    assert "was given up: the run was cancelled" in stdout
    project.wait_until_gone()
    sandbox.clear_faults()
    first = project.sent()

    planned = json.loads(project.digo("plan", "--format", "json").stdout)
    project.up()
    assert project.sent() - first == planned["calls"] == ROWS - HALF
    project.assert_complete(range(ROWS))


@on_the_embedded_engine
def test_killed_then_changed_back_is_seen(project: ListProject, sandbox: Sandbox) -> None:
    """The state says that the old rows are there; the ledger knows better, so that the plan does not lie."""
    project.entry()
    project.write_rows(range(ROWS))
    project.up()
    project.write_rows(range(ROWS), edited=range(ROWS))
    killed(project, sandbox, HALF)
    refreshed = project.run("refresh", "--skip-preview", "--expect-no-changes")
    assert refreshed.code == 0, refreshed.text
    assert "rows are sent" not in refreshed.text
    project.write_rows(range(ROWS))
    assert project.changes() == {"update": 1}
    project.up()
    project.assert_complete(range(ROWS))


@on_the_embedded_engine
def test_killed_then_changed_back_under_another_key_is_seen(project: ListProject, sandbox: Sandbox) -> None:
    """What a run sent before it was killed is known to the list, whatever key config has for it now."""
    project.entry()
    project.write_rows(range(ROWS))
    project.up()
    project.write_rows(range(ROWS), edited=range(ROWS))
    killed(project, sandbox, HALF)
    project.write_rows(range(ROWS))
    entry = {"id": LIST, "source": "leads.csv", "columns": COLUMNS, "formerly": "otp"}
    project.write("lists.yaml", {"lists": {"codes": entry}})
    planned = json.loads(project.digo("plan", "--format", "json").stdout)
    sandbox.clear_requests()
    project.up()
    assert project.sent() == planned["calls"] > 0
    project.assert_complete(range(ROWS))


@on_the_embedded_engine
def test_killed_while_it_is_renamed_goes_on_where_it_was(project: ListProject, sandbox: Sandbox) -> None:
    """The state has the list by its new key then, and a shard by its former one."""
    project.entry(shards=2)
    project.write_rows(range(ROWS))
    project.up()
    project.write_rows(range(ROWS), edited=range(ROWS))
    entry = {"id": LIST, "source": "leads.csv", "columns": COLUMNS, "formerly": "otp", "shards": 2}
    project.write("lists.yaml", {"lists": {"codes": entry}})
    killed(project, sandbox, HALF)
    assert project.changes() == {"update": 2}
    planned = json.loads(project.digo("plan", "--format", "json").stdout)
    sandbox.clear_requests()
    project.up()
    assert project.sent() == planned["calls"] == ROWS - HALF
    project.assert_complete(range(ROWS), edited=range(ROWS))


def edit_in_other_shards(project: ListProject, shards: int, others: int) -> None:
    """Sends the rows in one number of shards. Config then wants each with other values, in another number of them."""
    project.entry(shards=shards)
    project.write_rows(range(ROWS))
    project.up()
    project.entry(shards=others)
    project.write_rows(range(ROWS), edited=range(ROWS))


def assert_sent_as_before(project: ListProject, sandbox: Sandbox, shards: int) -> None:
    """Config goes back to the rows of before in their shards: an up sends what the plan says, and all are right."""
    project.entry(shards=shards)
    project.write_rows(range(ROWS))
    planned = json.loads(project.digo("plan", "--format", "json").stdout)
    sandbox.clear_requests()
    project.up()
    assert project.sent() == planned["calls"]
    project.assert_complete(range(ROWS))


@on_the_embedded_engine
def test_killed_then_sent_in_other_shards_leaves_nothing_to_be_believed(project: ListProject, sandbox: Sandbox) -> None:
    """The ledger of a shard that is gone must not say later that the account has what it had then."""
    project.entry(shards=2)
    project.write_rows(range(ROWS))
    killed(project, sandbox, HALF)
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

    def entries(at: int) -> None:
        """Each list is in its shards of before, or in its others."""
        entry = {"source": "leads.csv", "columns": COLUMNS}
        lists = {f"list-{id_}": {"id": id_, "shards": shards[at], **entry} for id_, shards in cases.items()}
        project.write("lists.yaml", {"lists": lists})

    entries(0)
    project.write_rows(range(ROWS))
    project.up()
    entries(1)
    project.write_rows(range(ROWS), edited=range(ROWS))
    sandbox.fault("success-false", path=ANY, body_contains=number(7), every=1, message="on the DND list")
    assert project.run("up", "--skip-preview").code != 0
    sandbox.clear_faults()
    entries(0)
    project.write_rows(range(ROWS))
    planned = json.loads(project.digo("plan", "--format", "json").stdout)
    sandbox.clear_requests()
    project.up()
    assert sum(count for name, count in sandbox.counts().items() if name.startswith("POST")) == planned["calls"]
    for id_ in cases:
        there = {f"+{lead['phone']}": lead["fields"]["field_1"] for lead in sandbox.leads(id_)}
        assert there == project.wanted(range(ROWS)), cases[id_]
    project.assert_nothing_left()


@pytest.mark.parametrize(("shards", "others"), [(1, 2), (2, 1)])
@on_the_embedded_engine
def test_killed_in_other_shards_then_changed_back_is_seen(
    project: ListProject, sandbox: Sandbox, shards: int, others: int
) -> None:
    """A shard that is new has sent buckets which another one's state still calls its own."""
    edit_in_other_shards(project, shards, others)
    killed(project, sandbox, HALF)
    assert_sent_as_before(project, sandbox, shards)


@on_the_embedded_engine
def test_a_killed_replacement_is_planned_as_it_goes_on(project: ListProject, sandbox: Sandbox) -> None:
    project.entry()
    project.write_rows(range(ROWS))
    project.up()
    other = f"POST /v1/broadcast/lead/{LIST + 1}"
    entry = {"id": LIST + 1, "source": "leads.csv", "columns": COLUMNS}
    project.write("lists.yaml", {"lists": {"otp": entry}})
    killed(project, sandbox, HALF, other)
    planned = json.loads(project.digo("plan", "--format", "json").stdout)
    sandbox.clear_requests()
    project.up()
    assert sandbox.counts()[other] == planned["calls"] < ROWS


def test_ctrl_c_saves_what_was_sent(project: ListProject, sandbox: Sandbox) -> None:
    rows = HALF + 3 * UNDER_WAY  # what is answered, and twice what can be under way, is less
    project.entry(shards=2)
    project.write_rows(range(rows))
    project.hang_after(HALF)
    run = project.start("up", "--skip-preview")
    project.wait_until_stuck(HALF)
    run.send_signal(signal.SIGINT)
    # What is under way is answered now. What a host sends that does not know of the signal yet outlasts the run.
    sandbox.settings(latency_ms=60_000)
    sandbox.clear_faults()
    stdout, stderr = run.communicate(timeout=60)
    assert run.returncode != 0
    assert "rows were sent and confirmed" in stdout + stderr, stdout + stderr
    assert "Next: run up again: what is confirmed is not sent again" in " ".join((stdout + stderr).split())
    sandbox.settings(latency_ms=0)
    first = project.sent()
    assert first < rows
    project.up()
    assert rows - first <= project.sent() - first <= rows - HALF
    project.assert_complete(range(rows))


def test_refused_rows_are_told_and_stop_no_other(project: ListProject, sandbox: Sandbox) -> None:
    project.entry(shards=2)
    project.write_rows(range(150))
    for index in (7, 123):
        sandbox.fault(
            "success-false", path=PATH, body_contains=number(index), every=1, message="number is on a DND list"
        )
    outcome = project.run("up", "--skip-preview")
    assert outcome.code != 0
    for index in (7, 123):
        assert f"config/test/leads.csv:{index + 2}: number is on a DND list" in outcome.text
    assert "correct the refused rows in the file, then run up again" in " ".join(outcome.text.split())
    assert len(sandbox.leads(LIST)) == 148
    kept = "\n".join(path.read_text() for path in (project.folder / ".digo" / "refused").rglob("*.csv"))
    assert "config/test/leads.csv,9,,number is on a DND list," in kept and "config/test/leads.csv,125,," in kept

    sandbox.clear_faults()
    sandbox.clear_requests()
    rows = [index for index in range(150) if index not in (7, 123)]
    project.write_rows(rows)
    project.up()
    assert project.sent() == 0
    project.assert_complete(rows)


def test_a_refused_row_that_was_taken_out_is_planned_as_it_is_done(project: ListProject, sandbox: Sandbox) -> None:
    """Nothing is left to send, but the shard is partly sent in the state until an up has said that it is whole."""
    project.entry()
    project.write_rows(range(30))
    sandbox.fault("success-false", path=PATH, body_contains=number(7), every=1, message="number is on a DND list")
    assert project.run("up", "--skip-preview").code != 0
    sandbox.clear_faults()
    project.write_rows(index for index in range(30) if index != 7)
    assert project.changes() == {"update": 1}
    recording = str(project.folder / "account.json")
    assert project.digo("snapshot", recording).code == 0
    for options in ((), ("--snapshot", recording)):
        planned = project.digo("plan", "--detailed-exitcode", "--format", "json", *options)
        assert planned.code == 2, planned.text
        (step,) = json.loads(planned.stdout)["steps"]
        assert step["verb"] == "update"
    sandbox.clear_requests()
    project.up()
    assert project.sent() == 0
    assert project.changes() == {}
    assert project.digo("plan", "--detailed-exitcode").code == 0


def test_a_list_that_the_account_lacks_is_given_up_early(project: ListProject, sandbox: Sandbox) -> None:
    project.entry()
    project.write_rows(range(2000))
    sandbox.settings(lists=["1"])
    outcome = project.run("up", "--skip-preview")
    assert outcome.code != 0
    assert project.sent() < 300
    assert sandbox.leads(LIST) == []


def test_a_storm_of_429_passes(project: ListProject, sandbox: Sandbox) -> None:
    project.entry()
    project.write_rows(range(200))
    storm = sandbox.fault("status", path=PATH, status=429, retry_after=1, every=3, times=60)
    project.up()
    assert next(one["struck"] for one in sandbox.faults() if one["number"] == storm) == 60
    project.assert_complete(range(200))


def test_a_cut_line_to_the_api_is_resumed(project: ListProject, sandbox: Sandbox) -> None:
    project.entry()
    project.write_rows(range(200))
    sandbox.fault("lost-after", path=PATH, nth=list(range(80, 600)))
    outcome = project.run("up", "--skip-preview")
    assert outcome.code != 0
    assert "rows were sent and confirmed" in outcome.text
    sandbox.clear_faults()
    project.up()
    project.assert_complete(range(200))


def test_a_bad_token_sends_nothing_and_saves_nothing(project: ListProject, sandbox: Sandbox) -> None:
    project.entry()
    project.write_rows(range(100))
    sandbox.fault("unauthorized", path=PATH, every=1)
    outcome = project.run("up", "--skip-preview")
    assert outcome.code != 0
    assert "check DIGO_AUTHORIZATION" in outcome.text
    sandbox.clear_faults()
    project.up()
    project.assert_complete(range(100))


def test_a_full_disk_sends_nothing(project: ListProject, sandbox: Sandbox) -> None:
    project.entry()
    project.write_rows(range(100))
    (project.folder / ".digo").mkdir()
    (project.folder / ".digo" / "ledger").write_text("a file where a folder is due")
    outcome = project.run("up", "--skip-preview")
    assert outcome.code != 0
    assert "the ledger cannot be written" in outcome.text
    assert project.sent() == 0

"""Exactly the rows that differ are sent, and plan, preview and requests agree on them."""

from __future__ import annotations

import json
import random
import re
import shutil
import signal

import pytest
from list_files import COLUMNS, number
from list_project import LIST, UNDER_WAY, ListProject

from sandbox.testing import Sandbox

PATH = f"/v1/broadcast/lead/{LIST}"
ROWS = 260
on_the_embedded_engine = pytest.mark.parametrize("project", ["embedded"], indirect=True)


def planned(project: ListProject) -> int:
    """The requests that `digo plan` foresees."""
    calls: int = json.loads(project.digo("plan", "--format", "json").stdout)["calls"]
    return calls


def previewed(project: ListProject) -> int:
    """The rows that a preview says are sent, in all shards."""
    told = " ".join(project.run("preview").text.split())
    found = dict(re.findall(r"list otp(, shard \d of \d)?: [^:]*: ([\d,]+) rows? (?:is|are) sent", told))
    return sum(int(rows.replace(",", "")) for rows in found.values())


@pytest.mark.parametrize(("edits", "shards"), [(1, 1), (10, 2), (150, 1)])
def test_so_many_edits_send_so_many_rows(project: ListProject, sandbox: Sandbox, edits: int, shards: int) -> None:
    """Of three edits, one changes a row, one adds a row, and one takes a row out, which sends nothing."""
    project.entry(shards=shards)
    project.write_rows(range(ROWS))
    project.up()
    chosen = random.Random(edits).sample(range(ROWS), edits)
    changed, new, gone = chosen[::3], [ROWS + one for one in chosen[1::3]], set(chosen[2::3])
    rows = [one for one in range(ROWS) if one not in gone] + new
    project.write_rows(rows, edited=changed)
    sent = len(changed) + len(new)
    assert planned(project) == previewed(project) == sent
    sandbox.clear_requests()
    project.up()
    assert project.sent() == sent
    assert project.account() == project.wanted([*range(ROWS), *new], edited=changed)
    sandbox.clear_requests()
    assert planned(project) == 0
    assert project.run("up", "--skip-preview", "--expect-no-changes").code == 0
    assert project.sent() == 0


@pytest.mark.parametrize("shards", [1, 4])
def test_refused_rows_are_all_that_is_left_on_any_machine(project: ListProject, sandbox: Sandbox, shards: int) -> None:
    project.entry(shards=shards)
    project.write_rows(range(ROWS))
    refused = (7, 123, 250)
    for index in refused:
        sandbox.fault("success-false", path=PATH, body_contains=number(index), every=1, message="on the DND list")
    assert project.run("up", "--skip-preview").code != 0
    sandbox.clear_faults()
    elsewhere(project)
    assert planned(project) == previewed(project) == len(refused)
    sandbox.clear_requests()
    project.write_rows((one for one in range(ROWS) if one != 7), edited=(123,))
    assert planned(project) == 2
    project.up()
    assert project.sent() == 2
    project.assert_complete([one for one in range(ROWS) if one != 7], edited=(123,))


@on_the_embedded_engine
def test_a_run_by_another_key_that_was_refused_goes_on_elsewhere(project: ListProject, sandbox: Sandbox) -> None:
    """A failed update may leave the old key's check in the state's inputs; the sketch is by the new one."""
    project.entry()
    project.write_rows(range(ROWS))
    project.up()
    project.environ["DIGO_LEDGER_KEY"] = "another ledger key for the tests, of no worth"
    (plan,) = re.findall(r"`guard: ledgerKey`.*?`plan: ([b-t-]{39})`", project.digo("plan").text)
    approval = {"guard": "ledgerKey", "reason": "a test", "plan": plan, "expires": "2099-12-31"}
    project.write("approvals.yaml", {"approvals": [approval]})
    sandbox.fault("success-false", path=PATH, body_contains=number(7), every=1, message="on the DND list")
    assert project.run("up", "--skip-preview").code != 0
    sandbox.clear_faults()
    elsewhere(project)
    assert planned(project) == previewed(project) == 1
    sandbox.clear_requests()
    project.up()
    assert project.sent() == 1
    project.assert_complete(range(ROWS))


def elsewhere(project: ListProject) -> None:
    """Goes to another machine: it has the state, and no ledger."""
    shutil.rmtree(project.folder / ".digo" / "ledger", ignore_errors=True)


def stopped_half_way(project: ListProject, sandbox: Sandbox) -> None:
    """An up of all rows that ends by a signal when half of them are confirmed. The next run is on another machine."""
    sandbox.clear_requests()
    project.hang_after(ROWS // 2)
    run = project.start("up", "--skip-preview")
    project.wait_until_stuck(ROWS // 2)
    run.send_signal(signal.SIGTERM)
    run.communicate(timeout=60)
    assert run.returncode != 0
    project.wait_until_gone()
    sandbox.clear_faults()
    elsewhere(project)


@pytest.mark.parametrize("begun", ["a new list", "a list with edits"])
def test_ctrl_c_leaves_just_what_is_not_confirmed(project: ListProject, sandbox: Sandbox, begun: str) -> None:
    """Every row differs, and half of them were confirmed. Another machine knows it by the state."""
    project.entry(shards=2)
    edited: range | tuple[int, ...] = ()
    if begun == "a list with edits":
        project.write_rows(range(ROWS))
        project.up()
        edited = range(ROWS)
    project.write_rows(range(ROWS), edited)
    stopped_half_way(project, sandbox)
    assert planned(project) == previewed(project) == ROWS // 2
    sandbox.clear_requests()
    project.up()
    assert project.sent() == ROWS // 2
    project.assert_complete(range(ROWS), edited)


@on_the_embedded_engine
def test_a_revert_after_a_cut_off_run_sends_what_may_be_there(project: ListProject, sandbox: Sandbox) -> None:
    project.entry()
    project.write_rows(range(ROWS))
    project.up()
    project.write_rows(range(ROWS), edited=range(ROWS))
    stopped_half_way(project, sandbox)
    project.write_rows(range(ROWS))
    may_be_there = ROWS // 2 + UNDER_WAY
    assert planned(project) == previewed(project) == may_be_there
    sandbox.clear_requests()
    project.up()
    assert project.sent() == may_be_there
    project.assert_complete(range(ROWS))


@on_the_embedded_engine
def test_more_edits_than_can_be_told_apart_are_resumed_in_the_middle_of_a_bucket(
    project: ListProject, sandbox: Sandbox
) -> None:
    """Too many edits for the sketch: buckets are sent whole, and one of them is cut off."""
    rows, half = 1_500, 503
    project.entry()
    project.write_rows(range(rows))
    project.set_config(cps="0")
    project.up()
    project.write_rows(range(rows), edited=range(rows))
    sandbox.clear_requests()
    project.hang_after(half)
    run = project.start("up", "--skip-preview")
    project.wait_until_stuck(half)
    run.send_signal(signal.SIGTERM)
    run.communicate(timeout=60)
    project.wait_until_gone()
    sandbox.clear_faults()
    elsewhere(project)
    assert planned(project) == rows - half
    entry = {"id": LIST, "source": "leads.csv", "columns": COLUMNS}
    project.write("lists.yaml", {"lists": {"otp": entry}})
    sandbox.clear_requests()
    project.up()
    assert project.sent() == rows - half
    project.assert_complete(range(rows), edited=range(rows))

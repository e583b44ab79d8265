"""Exactly the rows that differ are sent, and plan, preview and requests agree on them."""

from __future__ import annotations

import json
import random
import re
import shutil
import signal
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pytest

from digo.lists.files.source import MAX_SHARDS
from sandbox.testing import Sandbox
from tests.lists.list_files import COLUMNS, number, write_list
from tests.lists.list_project import LIST, UNDER_WAY, ListProject
from tests.lists.sketch_lists import DIGESTER

PATH = f"/v1/broadcast/lead/{LIST}"
FEW = 60  # rows of a list whose runs come to their end
ROWS = 100
HALF = 30  # of these rows; as many as can be under way are fewer than the others
on_the_embedded_engine = pytest.mark.parametrize("project", ["embedded"], indirect=True)


@dataclass(frozen=True)
class OneOfMany:
    """A list that differs from the others of its environment in how it is edited.

    Attributes:
        shards: how many shards it has.
        refused: rows that the API refuses at first.
        rows: the rows after the edit.
        edited: those of them that have other values then.
        sent: how many rows the edit sends.
    """

    id: int
    shards: int
    refused: tuple[int, ...]
    rows: Sequence[int]
    edited: Sequence[int]
    sent: int

    @classmethod
    def of_edits(cls, id_: int, edits: int, shards: int) -> OneOfMany:
        """Of three edits, one changes a row, one adds a row, and one takes a row out, which sends nothing."""
        chosen = random.Random(edits).sample(range(FEW), edits)
        changed, new, gone = chosen[::3], [FEW + one for one in chosen[1::3]], set(chosen[2::3])
        rows = [*(one for one in range(FEW) if one not in gone), *new]
        return cls(id_, shards, (), rows, changed, len(changed) + len(new))

    @classmethod
    def of_refusals(cls, id_: int, shards: int) -> OneOfMany:
        """Three rows are refused. Then one is taken out, one has other values, and one is sent as it is."""
        return cls(id_, shards, (7, 23, 50), [one for one in range(FEW) if one != 7], (23,), 2)

    @property
    def all_rows(self) -> set[int]:
        """What the account has after the edit: it keeps what is gone from the file."""
        return {*range(FEW), *self.rows} - (set(self.refused) - set(self.rows))


MANY = {
    "an-edit": OneOfMany.of_edits(LIST, 1, shards=1),
    "some-edits": OneOfMany.of_edits(LIST + 1, 10, shards=2),
    "most-rows": OneOfMany.of_edits(LIST + 2, 54, shards=1),
    "refused": OneOfMany.of_refusals(LIST + 3, shards=1),
    "refused-in-shards": OneOfMany.of_refusals(LIST + 4, shards=4),
}


def sent_of_lists(sandbox: Sandbox) -> dict[str, int]:
    """The rows that were sent of each list since the sandbox's count began."""
    counts = sandbox.counts()
    sent = {name: counts.get(f"POST /v1/broadcast/lead/{one.id}", 0) for name, one in MANY.items()}
    return {name: count for name, count in sent.items() if count}


def accounts(project: ListProject) -> dict[str, dict[str, str]]:
    """Each list's numbers and names on the account."""
    return {name: project.account_of(one.id) for name, one in MANY.items()}


def test_just_what_differs_is_sent_on_any_machine(project: ListProject, sandbox: Sandbox) -> None:
    """Lists that are edited little and much, and lists of which rows were refused, of one shard and of several."""
    folder = project.folder / "config" / "test"
    entries = {
        name: {"id": one.id, "source": f"{name}.csv", "columns": COLUMNS, "shards": one.shards}
        for name, one in MANY.items()
    }
    project.write("lists.yaml", {"lists": entries})
    for name, one in MANY.items():
        write_list(folder / f"{name}.csv", range(FEW))
        for index in one.refused:
            path = f"/v1/broadcast/lead/{one.id}"
            sandbox.fault("success-false", path=path, body_contains=number(index), every=1, message="on the DND list")
    assert project.run("up", "--skip-preview").code != 0
    sandbox.clear_faults()
    wanted = {name: project.wanted(set(range(FEW)) - set(one.refused)) for name, one in MANY.items()}
    assert accounts(project) == wanted

    elsewhere(project)
    left = {name: len(one.refused) for name, one in MANY.items() if one.refused}
    assert project.planned_by_list() == left

    for name, one in MANY.items():
        write_list(folder / f"{name}.csv", one.rows, frozenset(one.edited))
    sent = {name: one.sent for name, one in MANY.items()}
    assert project.planned_by_list() == project.previewed_by_list() == sent
    sandbox.clear_requests()
    project.up()
    assert sent_of_lists(sandbox) == sent
    assert accounts(project) == {name: project.wanted(one.all_rows, one.edited) for name, one in MANY.items()}

    sandbox.clear_requests()
    assert project.planned_by_list() == {}
    assert project.run("up", "--skip-preview", "--expect-no-changes").code == 0
    assert sent_of_lists(sandbox) == {}


def test_a_list_is_sent_by_one_key_unless_another_is_approved(project: ListProject, sandbox: Sandbox) -> None:
    """A run by another key that was refused goes on elsewhere.

    A failed update may leave the old key's check in the state's inputs; the sketch is by the new one.
    """
    project.entry()
    project.write_rows(range(30))
    key = project.environ.pop("DIGO_LEDGER_KEY")
    outcome = project.run("up", "--skip-preview")
    assert outcome.code != 0
    assert "no ledger key, and `otp` needs one" in outcome.text and "30 calls" in outcome.text
    project.environ["DIGO_LEDGER_KEY"] = key
    project.up()
    sandbox.clear_requests()

    project.environ["DIGO_LEDGER_KEY"] = "another ledger key for the tests, of no worth"
    for command in (("preview",), ("up", "--skip-preview")):
        outcome = project.run(*command)
        assert outcome.code != 0
        assert "all 30 rows would be sent again, 30 calls" in outcome.text
    assert project.sent() == 0
    (plan,) = set(re.findall(r"plan: ([b-t-]{39})", outcome.text))
    approval = {"guard": "ledgerKey", "reason": "the old key is lost", "plan": plan, "expires": "2099-12-31"}
    project.write("approvals.yaml", {"approvals": [approval]})
    sandbox.fault("success-false", path=PATH, body_contains=number(7), every=1, message="on the DND list")
    assert project.run("up", "--skip-preview").code != 0
    assert project.sent() == 30
    sandbox.clear_faults()

    elsewhere(project)
    assert project.planned_by_list() == {"otp": 1}
    sandbox.clear_requests()
    project.up()
    assert project.sent() == 1
    project.assert_complete(range(30))


def elsewhere(project: ListProject) -> None:
    """Goes to another machine: it has the state, and no ledger."""
    shutil.rmtree(project.folder / ".digo" / "ledger", ignore_errors=True)


def stopped_half_way(project: ListProject, sandbox: Sandbox, name: str = "SIGTERM") -> None:
    """An up of all rows that ends by a signal when some of them are confirmed. The next run is on another machine.

    The replies that do not end are given up.
    """
    sandbox.clear_requests()
    project.hang_after(HALF)
    run = project.start("up", "--skip-preview")
    project.wait_until_stuck(HALF)
    run.send_signal(signal.Signals[name])
    stdout, stderr = run.communicate(timeout=60)
    assert run.returncode not in (0, -signal.Signals[name]), stdout + stderr
    assert "was given up: the run was cancelled" in stdout, name
    project.wait_until_gone()
    sandbox.clear_faults()
    elsewhere(project)


def test_a_run_that_is_stopped_leaves_just_what_is_not_confirmed(project: ListProject, sandbox: Sandbox) -> None:
    """Every row differs, and some were confirmed. Another machine knows it by the state.

    First the list is new, then it has other values in every row. Then an edit is taken back: what may be there is sent.
    """
    project.set_config(timeout="600")
    every, none = range(ROWS), range(0)
    for name, shards, edited, edited_afterwards, left in (
        ("SIGTERM", 2, none, none, ROWS - HALF),
        ("SIGHUP", 1, every, every, ROWS - HALF),
        ("SIGTERM", 1, none, every, HALF + UNDER_WAY),
    ):
        project.entry(shards=shards)
        project.write_rows(range(ROWS), edited)
        stopped_half_way(project, sandbox, name)
        project.write_rows(range(ROWS), edited_afterwards)
        assert project.planned_by_list() == {"otp": left}, name
        sandbox.clear_requests()
        project.up()
        assert project.sent() == left, name
        assert project.account() == project.wanted(range(ROWS), edited_afterwards), name
    project.assert_complete(range(ROWS), edited=every)


def rows_of_few_buckets() -> list[int]:
    """Rows that share twelve buckets, all of one shard of sixteen."""
    phones = pa.array([int(number(index)) for index in range(20_000)], pa.uint64())
    buckets = DIGESTER.digests(phones, pa.array([""] * len(phones), pa.string())).buckets
    return [index for index, bucket in enumerate(buckets.tolist()) if bucket in range(0, 12 * MAX_SHARDS, MAX_SHARDS)]


@on_the_embedded_engine
def test_more_edits_than_can_be_told_apart_are_resumed_in_the_middle_of_a_bucket(
    project: ListProject, sandbox: Sandbox
) -> None:
    """Too many edits for the sketch: buckets are sent whole, and one of them is cut off."""
    rows = rows_of_few_buckets()
    assert len(rows) > HALF + UNDER_WAY
    project.entry(shards=MAX_SHARDS)
    project.write_rows(rows)
    project.up()
    project.write_rows(rows, edited=rows)
    document = json.loads(project.digo("lists", "plan", "otp", "--format", "json", "--all").stdout)
    assert {one["kind"] for one in document["differences"]} == {"unproven"}
    assert len(document["differences"]) == document["send"] == len(rows)

    stopped_half_way(project, sandbox)
    states = [one["outputs"] for one in project.checkpoint()["resources"] if "LeadShard" in one["type"]]
    assert len(states) == MAX_SHARDS
    assert any(state.get("begun") for state in states), "no bucket was cut off in the middle"
    assert project.planned() == len(rows) - HALF
    sandbox.clear_requests()
    project.up()
    assert project.sent() == len(rows) - HALF
    project.assert_complete(rows, edited=rows)

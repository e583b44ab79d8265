"""Lists in the plan: what is sent, what the guards say, what the plan's hash covers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from digo.api.snapshot import Snapshot
from digo.desired.list_digests import with_list_digests
from digo.desired.state import Desired, DesiredList
from digo.lists.digests.known_rows import KnownRows
from digo.lists.files.source import ListSource
from digo.lists.key import LedgerKey
from digo.lists.rows.list_rows import read_list
from digo.lists.sending.shard import Shard
from digo.plan.compare import compare
from digo.plan.fingerprint import plan_hash
from digo.plan.guard_input import GuardContext, guard_input, refusal
from digo.plan.list_change import NO_ROWS, Span
from digo.plan.steps import PlanStep, Verb, steps_of
from digo.settings.limits import GuardLimits
from digo.settings.profiles import DIGO
from digo.source.positions import Position
from digo.state.last_up import LastUp
from tests.lists.list_files import COLUMNS, write_list

KEY = LedgerKey("a ledger key for the tests, of no worth")
NOTHING = Snapshot.of([])
GUARDS = GuardContext("https://api.example", DIGO, GuardLimits(), "config/test")


def desired(folder: Path, rows: Sequence[int], shards: int = 1, key: LedgerKey = KEY, **edited: Any) -> Desired:
    """One list `otp` of those rows."""
    path = write_list(folder / "a.csv", rows, frozenset(edited.get("edited", ())))
    source = ListSource(edited.get("list_id", "4711"), (path,), COLUMNS)
    read = read_list(source, str).rows
    wanted = DesiredList("otp", source, shards, len(read), Position("lists.yaml", 2, 3), read)
    return with_list_digests(Desired("test", lists=(wanted,)), lambda: key, 0)


def applied(state: Desired) -> LastUp:
    """The state after an up of that desired state."""
    resources = []
    for one in state.lists:
        assert one.digests is not None
        for index in range(one.shards):
            sketch = one.digests.sketches[index]
            text, check = sketch.to_text(), one.digests.key_check
            shard = Shard(one.key, one.source.list_id, index, one.shards, sketch.rows, text, check, {})
            urn = f"urn:pulumi:test::pulumi-digo::digo:index:LeadList$x::otp-{index + 1}"
            type_ = "pulumi-python:dynamic/digo:LeadShard"
            outputs = shard.outputs(KnownRows(sketch))
            resources.append({"urn": urn, "type": type_, "inputs": shard.to_dict(), "outputs": outputs})
    return LastUp.from_deployment({"resources": resources})


def step(now: Desired, before: LastUp) -> PlanStep:
    (only,) = steps_of(compare(now, NOTHING), before, DIGO).steps
    return only


def refused(now: Desired, before: Desired | None) -> str:
    gates = [None if one is None else guard_input(compare(one, NOTHING), one, NOTHING, GUARDS) for one in (before, now)]
    assert gates[1] is not None
    return refusal(gates[0], gates[1], date(2026, 1, 1)) or ""


def test_a_new_list_is_sent_whole(tmp_path: Path) -> None:
    found = step(desired(tmp_path, range(3000), 4), LastUp())
    assert (found.verb, found.calls, found.reason) == (Verb.CREATE, 3000, "3,000 rows, not sent yet")


@pytest.mark.parametrize("shards", [1, 4])
def test_nothing_changed(tmp_path: Path, shards: int) -> None:
    before = desired(tmp_path, range(3000), shards)
    found = step(desired(tmp_path, range(2999, -1, -1), shards), applied(before))
    assert (found.verb, found.calls) == (Verb.SENT, 0)


def test_an_edit_sends_its_rows(tmp_path: Path) -> None:
    before = desired(tmp_path, range(30_000), 4)
    found = step(desired(tmp_path, range(30_000), 4, edited=(5, 20_000)), applied(before))
    assert found.verb is Verb.UPDATE
    assert (found.calls, found.reason) == (2, "2 of 30,000 rows are changed: 2 rows are sent")


def test_more_edits_than_can_be_told_apart_send_whole_buckets(tmp_path: Path) -> None:
    before = desired(tmp_path, range(30_000))
    found = step(desired(tmp_path, range(30_000), edited=range(0, 30_000, 5)), applied(before))
    assert 6_000 < found.calls <= 30_000
    assert "are new or changed, or share a bucket with such a row" in found.reason


def test_rows_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    before = applied(desired(tmp_path, range(3000)))
    found = step(desired(tmp_path, range(1, 3000)), before)
    assert found.reason == "1 row is gone: no row is sent; the list in the panel keeps what is gone"
    (gone,) = steps_of(compare(Desired("test"), NOTHING), before, DIGO).steps
    assert (gone.verb, gone.calls) == (Verb.FORGET, 0)
    assert gone.reason.endswith("its list keeps its rows (3,000)")


def test_other_shards_are_explained(tmp_path: Path) -> None:
    before = applied(desired(tmp_path, range(4000), 2))
    found = step(desired(tmp_path, range(4000), 4), before)
    assert found.verb is Verb.UPDATE
    assert 1800 < found.calls < 2200  # shards 1 and 2 keep half of their rows, 3 and 4 are new
    assert found.reason.endswith("`shards` was 2 and is 4: rows that come into another shard are sent again")


def test_another_list_of_the_panel_is_another_list(tmp_path: Path) -> None:
    before = applied(desired(tmp_path, range(30)))
    found = step(desired(tmp_path, range(30), list_id="4712"), before)
    assert (found.verb, found.growth) == (Verb.REPLACE, 30)  # the other list has none of the rows


def test_a_file_that_was_cut_short_is_refused(tmp_path: Path) -> None:
    before = desired(tmp_path, range(1000))
    assert refused(desired(tmp_path, range(701)), before) == ""
    text = refused(desired(tmp_path, range(699)), before)
    assert "rows: the list `otp` has 699 rows, and had 1,000 in the last run: it shrank by more than 30 %" in text


def test_another_key_is_refused_with_its_cost(tmp_path: Path) -> None:
    before = desired(tmp_path, range(1000))
    other = desired(tmp_path, range(1000), key=LedgerKey("another ledger key for the tests, no worth"))
    text = refused(other, before)
    assert "ledgerKey: the ledger key is not the one of the last run" in text
    assert "all 1,000 rows would be sent again, 1,000 calls" in text
    assert "approve it in config/test/approvals.yaml with `guard: ledgerKey`" in text


def test_by_another_key_nothing_is_known_to_be_gone(tmp_path: Path) -> None:
    before = applied(desired(tmp_path, range(1000)))
    found = step(desired(tmp_path, range(1000), key=LedgerKey("another ledger key for the tests, no worth")), before)
    assert found.calls == 1000
    assert found.list is not None
    assert (found.list.new, found.list.changed, found.list.gone) == (Span(0, 1000),) * 3
    assert found.reason == "1,000 of 1,000 rows are new or changed"


def test_growth_has_a_limit(tmp_path: Path) -> None:
    limits = GuardContext("https://api.example", DIGO, GuardLimits(maxNewRows=99), "config/test")
    now = desired(tmp_path, range(100))
    gate = guard_input(compare(now, NOTHING), now, NOTHING, limits)
    assert "the lists grow by 100 rows; at most 99 are allowed (maxNewRows)" in (
        refusal(None, gate, date.today()) or ""
    )


def test_the_plans_hash_covers_each_row(tmp_path: Path) -> None:
    hashes = {
        plan_hash(one, NOTHING)
        for one in (
            desired(tmp_path, range(100)),
            desired(tmp_path, range(99, -1, -1)),
            desired(tmp_path, range(100), edited=(7,)),
            desired(tmp_path, range(100), 2),
            desired(tmp_path, range(100), list_id="4712"),
        )
    }
    assert len(hashes) == 4  # the order of rows is not a difference


def test_a_shards_bag_is_read_back(tmp_path: Path) -> None:
    (one,) = desired(tmp_path, range(500), 3).lists
    assert one.digests is not None
    text, check = one.digests.sketches[1].to_text(), one.digests.key_check
    shard = Shard("otp", "4711", 1, 3, one.digests.sketches[1].rows, text, check, {"files": ["a.csv"]})
    assert Shard.from_dict(shard.to_dict(), text) == shard


def test_a_new_list_shows_its_columns_and_a_masked_sample(tmp_path: Path) -> None:
    change = step(desired(tmp_path, range(3000), 4), LastUp()).list
    assert change is not None
    assert (change.rows, change.send, change.new, change.changed, change.gone) == (
        3000,
        3000,
        Span.exactly(3000),
        NO_ROWS,
        NO_ROWS,
    )
    assert change.columns[0] == "phone"
    assert len(change.sample) == 3
    for row in change.sample:
        assert tuple(one.field for one in row) == change.columns
        phone, *others = [one.shown(one.after) for one in row]
        assert re.fullmatch(r"\+\d{1,3} \*{3}\d{4}", phone)
        assert set(others) <= {"***", "none"}


def test_the_state_proves_counts(tmp_path: Path) -> None:
    before = applied(desired(tmp_path, range(3000)))
    change = step(desired(tmp_path, range(5, 3010), edited=(100, 200)), before).list
    assert change is not None
    assert change.rows == 3005
    assert (change.new, change.changed, change.gone) == tuple(Span.exactly(count) for count in (10, 2, 5))
    assert change.send == 12


def test_too_many_edits_are_proven_within_limits(tmp_path: Path) -> None:
    before = applied(desired(tmp_path, range(20_000)))
    change = step(desired(tmp_path, range(2_000, 22_000), edited=range(10_000, 14_000)), before).list
    assert change is not None
    assert change.new.least <= 2_000 <= change.new.most
    assert change.changed.least <= 4_000 <= change.changed.most
    assert change.gone.least <= 2_000 <= change.gone.most
    assert change.new.least - change.gone.most <= 0 <= change.new.most - change.gone.least
    assert change.send <= change.new.most + change.changed.least


def test_a_row_alone_in_its_bucket_is_counted_exactly(tmp_path: Path) -> None:
    before = applied(desired(tmp_path, range(3)))
    more = step(desired(tmp_path, range(4)), before).list
    less = step(desired(tmp_path, range(2)), before).list
    assert more is not None and less is not None
    assert (more.new, more.changed, more.gone) == (Span.exactly(1), NO_ROWS, NO_ROWS)
    assert (less.new, less.changed, less.gone, less.send) == (NO_ROWS, NO_ROWS, Span.exactly(1), 0)


def test_a_run_that_was_cut_off_proves_no_new_row(tmp_path: Path) -> None:
    state = applied(desired(tmp_path, range(3)))
    partly = LastUp(lists={"otp": replace(state.lists["otp"], partly=True)})
    change = step(desired(tmp_path, range(4)), partly).list
    assert change is not None
    assert (change.new, change.changed) == (Span(0, 1), Span(0, 1))


@pytest.mark.parametrize(
    ("span", "text"), [(Span(3, 3), "3"), (Span(0, 1200), "at most 1,200"), (Span(2, 5), "2 to 5")]
)
def test_a_count_says_how_certain_it_is(span: Span, text: str) -> None:
    assert str(span) == text


def test_a_list_that_is_gone_shows_its_rows(tmp_path: Path) -> None:
    before = applied(desired(tmp_path, range(30)))
    (gone,) = steps_of(compare(Desired("test"), NOTHING), before, DIGO).steps
    assert gone.list is not None
    assert gone.list.gone == Span.exactly(30)

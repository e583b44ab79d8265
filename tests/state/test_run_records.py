"""Records of ups: what they hold, what they leave out, and how they are joined with the engine's history."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from digo.state.history import HistoryEntry, UnreadableHistory, UpdateResult, engine_updates, joined
from digo.state.journal import JournalEntry, Outcome
from digo.state.record_reader import EntryResult, RecordedRun, recorded_runs
from digo.state.run_record import KEPT_RECORDS, MAX_LINES, HostRecord, begin_record, records

PLAN = "bbbb-cccc-dddd-ffff-gggg-hhhh-jjjj-kkkk"
CALL = "POST /v1/agent"


def line(write: str, key: str, outcome: Outcome, note: str = "") -> JournalEntry:
    return JournalEntry(0, write, key, CALL, outcome, note)


def only(folder: Path) -> RecordedRun:
    found, unreadable = recorded_runs(folder, folder / "none")
    assert unreadable == []
    (run,) = found
    return run


def test_a_record_says_what_became_of_each_entry(tmp_path: Path) -> None:
    program = begin_record(tmp_path, PLAN)
    assert program is not None
    host = HostRecord(tmp_path)
    host.entry("Agent", "early", "create", "+12025550101")
    host.join(PLAN)
    host.wrote(line("1", "early", Outcome.INTENT))
    host.wrote(line("1", "early", Outcome.APPLIED))
    host.done("Agent", "early", "6001")
    host.entry("Agent", "taken", "adopt", "+12025550102", "6002")
    host.entry("Agent", "bad", "create", "+12025550103")
    host.wrote(line("2", "bad", Outcome.INTENT))
    host.wrote(line("2", "bad", Outcome.NOT_APPLIED, "400"))
    host.failed("Agent", "bad", "refused for +1 202 555 0103")
    host.entry("Agent", "lost", "create", "+12025550104")
    host.wrote(line("3", "lost", Outcome.INTENT))
    host.entry("Agent", "never", "create", "+12025550105")
    under_way = only(tmp_path)
    assert under_way.alive and under_way.ended is None
    host.end(settled=True)
    program.close()

    run = only(tmp_path)
    assert (run.plan, run.settled, run.alive, run.left_out) == (PLAN, True, False, 0)
    assert {one.key: (one.verb, one.result.value, one.number, one.eid) for one in run.entries} == {
        "early": ("create", "applied", "+1 ***0101", "6001"),
        "taken": ("adopt", "no write", "+1 ***0102", "6002"),
        "bad": ("create", "not applied", "+1 ***0103", ""),
        "lost": ("create", "unknown", "+1 ***0104", ""),
        "never": ("create", "not applied", "+1 ***0105", ""),
    }
    assert run.entries[2].problem == "refused for ***0103"
    text = records(tmp_path)[0].read_text()
    assert "2025550" not in text and "555 01" not in text


def test_a_preview_adds_nothing_and_needs_no_folder(tmp_path: Path) -> None:
    host = HostRecord(tmp_path / "none")
    host.entry("Agent", "one", "create", "+12025550101")
    host.join(PLAN)
    host.end(settled=True)
    assert not (tmp_path / "none").exists()


def test_the_record_of_an_ended_run_with_the_same_plan_is_left_alone(tmp_path: Path) -> None:
    program = begin_record(tmp_path, PLAN)
    assert program is not None
    program.close()
    before = records(tmp_path)[0].read_text()
    host = HostRecord(tmp_path)
    host.join(PLAN)
    host.entry("Agent", "one", "create")
    assert records(tmp_path)[0].read_text() == before


def test_a_large_up_is_counted_and_its_record_stays_small(tmp_path: Path) -> None:
    program = begin_record(tmp_path, PLAN)
    assert program is not None
    host = HostRecord(tmp_path)
    host.join(PLAN)
    for index in range(MAX_LINES):
        host.entry("Agent", f"a{index}", "create")
        host.wrote(line(str(index), f"a{index}", Outcome.INTENT))
        host.wrote(line(str(index), f"a{index}", Outcome.APPLIED))
    host.end(settled=True)
    program.close()
    run = only(tmp_path)
    assert len(run.entries) < MAX_LINES and run.left_out > MAX_LINES
    assert run.totals[EntryResult.APPLIED] == MAX_LINES
    assert len(records(tmp_path)[0].read_text().splitlines()) <= MAX_LINES + 2


def test_old_records_go(tmp_path: Path) -> None:
    for _ in range(KEPT_RECORDS + 3):
        record = begin_record(tmp_path, PLAN)
        assert record is not None
        record.close()
    assert len(records(tmp_path)) == KEPT_RECORDS


def test_a_folder_that_cannot_be_written_fails_no_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert begin_record(tmp_path / "file", PLAN) is None
    HostRecord(tmp_path / "file").join(PLAN)


def update(start: int, end: int, version: int = 0, **more: Any) -> dict[str, Any]:
    times = [datetime.fromtimestamp(one, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z") for one in (start, end)]
    first = {"version": version, "kind": "update", "startTime": times[0], "message": "", "environment": {}}
    return {**first, "config": {}, "result": "succeeded", "endTime": times[1], "resourceChanges": {}, **more}


def ids(entries: list[HistoryEntry]) -> list[tuple[str, str | None]]:
    return [(one.result.value, one.run.id if one.run else None) for one in entries]


def test_a_run_is_that_of_the_update_in_whose_time_it_began() -> None:
    runs = [RecordedRun("killed", 95.2), RecordedRun("first", 100.4, ended=101.5), RecordedRun("second", 101.7)]
    document = [update(300, 301), update(101, 103), update(100, 101)]
    found = joined(engine_updates(document), runs)
    assert ids(found) == [
        ("succeeded", None),
        ("succeeded", "second"),
        ("succeeded", "first"),
        ("interrupted", "killed"),
    ]
    assert [one.id for one in found][:3] == ["3", "2", "1"]


def settled(name: str, at: float) -> RecordedRun:
    return RecordedRun(name, at, ended=at + 0.1, settled=True)


def cut_off(name: str, at: float, ended: float | None = None) -> RecordedRun:
    return RecordedRun(name, at, ended=ended)


def test_ups_of_one_second_keep_their_order_and_a_killed_one_has_no_success() -> None:
    failed = update(100, 100, result="failed")
    of_three = [settled("a", 100.1), cut_off("b", 100.3, ended=100.5), settled("c", 100.7)]
    # The host was killed: the engine has all three.
    assert ids(joined(engine_updates([update(100, 101), failed, update(100, 100)]), of_three)) == [
        ("succeeded", "c"),
        ("failed", "b"),
        ("succeeded", "a"),
    ]
    # The engine was killed: it has two.
    of_three[1] = cut_off("b", 100.3)
    assert ids(joined(engine_updates([update(100, 101), update(100, 100)]), of_three)) == [
        ("succeeded", "c"),
        ("interrupted", "b"),
        ("succeeded", "a"),
    ]
    # Another machine made the last up.
    assert ids(joined(engine_updates([update(101, 102), update(100, 100)]), of_three[:2])) == [
        ("succeeded", None),
        ("interrupted", "b"),
        ("succeeded", "a"),
    ]


def test_a_long_history_is_joined_run_by_run() -> None:
    document = [update(at, at + 2) for at in range(3000, 0, -2)]
    runs = [settled(str(at), at + 0.5) for at in range(2, 3001, 2)]
    found = joined(engine_updates(document), runs)
    assert [one.run.id for one in found if one.run] == [str(at) for at in range(3000, 0, -2)]


def test_the_engines_own_numbers_count_where_it_has_them() -> None:
    assert [one.number for one in engine_updates([update(2, 3, 12), update(1, 2, 11)])] == [11, 12]


def test_an_ended_run_that_the_engine_does_not_know_is_no_success() -> None:
    ended, orphaned = RecordedRun("a", 5, ended=6, settled=True), RecordedRun("b", 7, ended=8, settled=False)
    assert [one.result for one in joined([], [ended, orphaned])] == [
        UpdateResult.INTERRUPTED,
        UpdateResult.NOT_IN_HISTORY,
    ]


def test_a_kind_or_result_that_this_version_does_not_know_is_listed() -> None:
    (one,) = engine_updates([update(1, 2, kind="rename", result="abandoned")])
    assert (one.kind, one.result) == ("rename", UpdateResult.UNKNOWN)


@pytest.mark.parametrize("document", [{}, None, [{}], [{"kind": "update", "startTime": "x", "result": ""}], [7]])
def test_a_document_that_is_no_history_is_refused(document: Any) -> None:
    with pytest.raises(UnreadableHistory):
        engine_updates(json.loads(json.dumps(document)))

"""What became of an engine's run: counts by record, reasons by record or output, and who holds a lock."""

from __future__ import annotations

import pytest

from digo.fleet.up.stack_result import ResultOutcome, StackResult
from digo.fleet.up.what_became import (
    MOST_REASON,
    Counts,
    Holder,
    counts_of_failed,
    holders_in,
    is_locked,
    reason_of_failure,
    shortened,
)
from digo.state.record_reader import EntryResult, RecordedEntry, RecordedRun

APPLIED, NOT_APPLIED, UNKNOWN, NO_WRITE = EntryResult


def run(*results: EntryResult, refused: str = "", problem: str = "") -> RecordedRun:
    entries = tuple(
        RecordedEntry(f"agent-{at}", "Agent", "create", "", "", one, problem and f"{problem} {at}\nmore")
        for at, one in enumerate(results)
    )
    totals = {one: results.count(one) for one in set(results)}
    return RecordedRun("1-1", 1.0, "hash", refused, entries=entries, totals=totals)


@pytest.mark.parametrize(
    ("runs", "pinned", "left", "expected", "outcome"),
    [
        ([], 3, 3, Counts(0, 3, 0), ResultOutcome.NOT_APPLIED),
        ([], 3, 1, Counts(2, 1, 0), ResultOutcome.PARTIAL),
        ([run(APPLIED, NO_WRITE)], 3, 3, Counts(2, 1, 0), ResultOutcome.PARTIAL),
        ([run(APPLIED, UNKNOWN)], 3, 3, Counts(1, 1, 1), ResultOutcome.UNKNOWN),
        ([run(UNKNOWN)], 1, 1, Counts(0, 0, 1), ResultOutcome.UNKNOWN),
        ([run(NOT_APPLIED, NOT_APPLIED)], 2, 2, Counts(0, 2, 0), ResultOutcome.NOT_APPLIED),
        ([run(NOT_APPLIED, APPLIED, APPLIED)], 1, 1, Counts(2, 1, 0), ResultOutcome.PARTIAL),
    ],
)
def test_counts(runs: list[RecordedRun], pinned: int, left: int, expected: Counts, outcome: ResultOutcome) -> None:
    counts = counts_of_failed(runs, pinned, left)
    assert counts == expected
    assert counts.outcome is outcome


def test_a_reason_is_the_record_s_or_the_first_errors_that_were_printed() -> None:
    output = (
        "Diagnostics:\n  digo:Agent (sales):\n    error: no agent +1 202 555 0101\n\n    error: second\nerror: third\n"
    )
    assert reason_of_failure([], output, 1) == "no agent ***0101; second; third"
    assert reason_of_failure([run()], output, 1) == "no agent ***0101; second; third"
    assert reason_of_failure([run(refused="too many\nmore")], output, 1) == "too many"
    failed = reason_of_failure([run(*[NOT_APPLIED] * 1_005, problem="HTTP 500, try")], output, 1)
    assert failed.startswith("agent-0: HTTP 500, try 0; agent-1: HTTP 500, try 1;")
    assert failed.endswith("; and 1,002 more")
    assert reason_of_failure([], "", 255) == "the engine ended with exit code 255"
    assert len(shortened("x" * 2_000)) == MOST_REASON


def test_a_locked_stack_and_its_holders() -> None:
    printed = (
        "error: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end or …\n"
        "  file:///state/.pulumi/locks/a.json: created by ann@host-1 (pid 12) at 2026-11-29T10:00:00Z\n"
        "  file:///state/.pulumi/locks/b.json: created by ben@host-2 (pid 0) at 2026-11-29T10:00:00Z\n"
    )
    assert is_locked(printed)
    assert is_locked("error: [409] Conflict: Another update is currently in progress.")
    assert not is_locked("error: this plan is not the one that was reviewed")
    assert holders_in(printed) == (Holder("ann", "host-1", 12), Holder("ben", "host-2", 0))
    assert str(holders_in(printed)[0]) == "ann@host-1 (pid 12)"


def test_a_result_goes_through_json_and_leaves_out_what_it_does_not_know() -> None:
    result = StackResult("chennai-1", ResultOutcome.PARTIAL, 2, 1, 0, 1.5, "why", "host:1", "a.log")
    assert StackResult.from_dict({**result.to_dict(), "later": 1}) == result
    assert result.to_dict()["outcome"] == "partly applied"
    for wrong in ({}, {"stack": "a"}, {"stack": "a", "outcome": "done"}, {"outcome": "applied"}):
        with pytest.raises(ValueError, match="result"):
            StackResult.from_dict(wrong)
    assert {one for one in ResultOutcome if one.is_failure} == {
        ResultOutcome.NOT_APPLIED,
        ResultOutcome.PARTIAL,
        ResultOutcome.UNKNOWN,
    }

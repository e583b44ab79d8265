"""An up that failed: counts by record, reasons by record or output."""

from __future__ import annotations

import pytest

from digo.fleet.up.failed_up import Counts, counts_of_failed, reason_of_failure
from digo.fleet.up.stack_result import ResultOutcome
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
    # Each empty line as a beginning of its own would take hours.
    assert reason_of_failure([], "\n" * 200_000 + output, 1) == "no agent ***0101; second; third"
    assert reason_of_failure([], "", 255) == "the engine ended with exit code 255"

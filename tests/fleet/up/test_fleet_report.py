"""The report of a run: totals, exit code, and what each rendering says of 500 stacks."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from digo.fleet.up.report import FleetReport
from digo.fleet.up.report_text import report_markdown, show_report, totals
from digo.fleet.up.stack_result import ResultOutcome, StackResult

APPLIED, UNCHANGED, NOT_APPLIED, PARTIAL, UNKNOWN, SKIPPED = ResultOutcome


def report(*outcomes: ResultOutcome, stopped: str = "", interrupted: bool = False) -> FleetReport:
    results = tuple(
        StackResult(f"stack-{at}", one, 1, 2, 3, 1.0, f"why | {at} @team" if one.is_failure else "")
        for at, one in enumerate(outcomes)
    )
    return FleetReport("run-1", results, stopped, interrupted, 61.0, "abc")


@pytest.mark.parametrize(
    ("outcomes", "stopped", "interrupted", "code"),
    [
        ((APPLIED, UNCHANGED), "", False, 0),
        ((), "", False, 0),
        ((APPLIED, NOT_APPLIED), "", False, 2),
        ((PARTIAL,), "", False, 2),
        ((UNKNOWN, SKIPPED), "1 failed stack", False, 2),
        ((APPLIED, SKIPPED), "it was cancelled", False, 3),
        ((APPLIED,), "it was cancelled", False, 3),
        ((APPLIED, UNKNOWN, SKIPPED), "interrupted", True, 130),
    ],
)
def test_the_exit_code(outcomes: tuple[ResultOutcome, ...], stopped: str, interrupted: bool, code: int) -> None:
    found = report(*outcomes, stopped=stopped, interrupted=interrupted)
    assert found.exit_code == code
    document = json.loads(json.dumps(found.to_dict()))
    again = FleetReport.from_dict(document)
    assert again.to_dict() == document
    assert set(again.results) == set(found.results)
    assert document["exitCode"] == code


def shown(found: FleetReport, *, everything: bool = False) -> list[str]:
    out = io.StringIO()
    show_report(found, Console(file=out, width=100), everything=everything)
    return out.getvalue().splitlines()


def test_what_needs_a_person_comes_first_and_the_rest_is_counted() -> None:
    found = report(*[APPLIED] * 470, *[NOT_APPLIED] * 25, UNKNOWN, *[UNCHANGED] * 4)
    assert totals(found) == "1 unknown, 25 not applied, 470 applied, 4 unchanged of 500 stacks, in 61 s"
    assert totals(report()) == "no stack was chosen"
    assert totals(FleetReport("run-1", ()), 3) == "no result of 3 stacks"
    lines = shown(found)
    assert lines[0].startswith("stack-495 unknown, 1 applied, 2 not applied, 3 unknown")
    assert lines[1].startswith("stack-470 not applied")
    assert "  and 6 more: --all lists them, and so does the report's file" in lines
    assert totals(found) in lines
    assert lines[-1].startswith("Next: `digo fleet up` again")
    assert len(shown(found, everything=True)) >= 500


def test_markdown_is_bounded_and_mentions_nobody() -> None:
    found = report(UNKNOWN, *[NOT_APPLIED] * 499, stopped="3 failed stacks in wave canary")
    text = report_markdown(found)
    assert text.startswith("### digo fleet up: some stacks have failed\n")
    assert text.count("\n| ") == 502
    assert "@team" not in text.replace("`why", "").replace("<code>", "") or "&#64;" in text
    small = report_markdown(found, 3_000)
    assert len(small) <= 3_000
    assert "stack-0" in small.splitlines()[9 - 1]
    assert "more stacks: see report.json" in small
    assert "Next: " in small


def test_another_document_is_no_report() -> None:
    for wrong in ({}, {"version": 2, "stacks": []}, {"version": 1}, {"version": 1, "stacks": [{}]}):
        with pytest.raises(ValueError, match=r"report|result"):
            FleetReport.from_dict(wrong)


def test_a_reason_of_several_lines_stands_on_one() -> None:
    result = StackResult("goa-1", NOT_APPLIED, reason="1 problem in the config:\n  Pulumi.goa-1.yaml:1:10: not YAML")
    found = FleetReport("run-1", (result,))
    words = "1 problem in the config: Pulumi.goa-1.yaml:1:10: not YAML"
    (line, *_) = shown(found)
    assert line.startswith(f"goa-1 not applied: {words}")
    assert words in report_markdown(found)

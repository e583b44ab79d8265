"""The report of a run for people: on the terminal, and as Markdown for the summary of a job."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from digo.fleet.up.report import FleetReport
from digo.fleet.up.result_text import STYLES, result_words
from digo.fleet.up.stack_result import ResultOutcome, StackResult
from digo.plan.render.shares import count_that_fit
from digo.sanitize.markdown import clipped, code, prose
from digo.sanitize.terminal import one_line
from digo.system.command_name import pasteable
from digo.text.counts import counted
from digo.text.formatting import duration
from digo.text.samples import SAMPLE

LIMIT = 250_000
"""Characters of a job's summary. GitHub takes 1 MiB, and a character may have four bytes."""

_LONGEST_REASON = 400
_GOOD = (ResultOutcome.APPLIED, ResultOutcome.UNCHANGED)


def totals(report: FleetReport, of: int | None = None) -> str:
    """The totals in one sentence: `1 unknown, 3 not applied, 496 applied of 500 stacks, in 12 min`.

    Args:
        report: the report.
        of: how many stacks the run has, if some have no result yet.
    """
    if not report.results and not of:
        return "no stack was chosen"
    counts = ", ".join(f"{count:,} {outcome.value}" for outcome, count in report.counts.items())
    took = f", in {duration(report.seconds)}" if report.seconds is not None else ""
    return f"{counts or 'no result'} of {counted(of or len(report.results), 'stack')}{took}"


def show_report(
    report: FleetReport, out: Console, *, everything: bool = False, of: int | None = None, ended: bool = True
) -> None:
    """Prints the report: what needs a person first, and of what went well only the count.

    Args:
        report: the report.
        out: where to.
        everything: whether each stack is listed.
        of: how many stacks the run has, if some have no result yet.
        ended: whether the run has ended. Otherwise there is no next step.
    """
    listed = [one for one in report.by_outcome if everything or one.outcome not in _GOOD]
    shown = listed if everything else listed[:SAMPLE]
    if shown:
        out.print(_table(shown))
    if len(listed) > len(shown):
        out.print(f"  and {len(listed) - len(shown):,} more: --all lists them, and so does the report's file")
    if report.stopped:
        out.print(Text(one_line(f"stopped: {report.stopped}")), soft_wrap=True)
    out.print(Text(totals(report, of), "bold"), soft_wrap=True)
    for step in next_steps(report) if ended else ():
        out.print(Text(f"Next: {pasteable(step)}"), soft_wrap=True)


def report_markdown(report: FleetReport, limit: int = LIMIT) -> str:
    """The report for the summary of a job, at most `limit` characters long. All that needs a person comes first."""
    lines = [f"### digo fleet up: {_verdict(report)}", "", f"{prose(totals(report))}.", ""]
    if report.stopped:
        lines += [f"Stopped: {code(clipped(report.stopped, _LONGEST_REASON))}", ""]
    lines += [
        "| stack | outcome | applied | not applied | unknown | reason |",
        "| --- | --- | ---: | ---: | ---: | --- |",
    ]
    end = [f"\nNext: {code(step)}" for step in next_steps(report)]
    room = limit - sum(len(line) + 1 for line in (*lines, *end)) - 100
    rows = [_row(one) for one in report.by_outcome]
    kept = count_that_fit((len(row) + 1 for row in rows), room)
    lines += rows[:kept]
    if kept < len(rows):
        lines += ["", f"and {counted(len(rows) - kept, 'more stack')}: see report.json"]
    return "\n".join([*lines, *end]) + "\n"


def next_steps(report: FleetReport) -> Iterable[str]:
    """What to do about what is left."""
    counts = report.counts
    if ResultOutcome.UNKNOWN in counts:
        yield "`digo fleet up` again: the next up of a stack settles what is unknown before it writes"
    elif report.exit_code:
        yield "see to the reasons above, and run `digo fleet up` again: what is applied is not done twice"


def _verdict(report: FleetReport) -> str:
    words = {0: "done", 2: "some stacks have failed", 3: "stopped before the end", 130: "interrupted"}
    return words.get(report.exit_code, "not begun")


def _row(one: StackResult) -> str:
    reason = code(clipped(one.reason_line, _LONGEST_REASON)) if one.reason else ""
    numbers = f"{one.applied:,} | {one.not_applied:,} | {one.unknown:,}"
    return f"| {code(one.stack)} | {one.outcome.value} | {numbers} | {reason} |"


def _table(results: Sequence[StackResult]) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for one in results:
        text = Text(one_line(pasteable(result_words(one))))
        text.stylize(STYLES[one.outcome], 0, len(one.outcome.value))
        table.add_row(Text(one_line(one.stack), overflow="ellipsis"), text)
    return table

"""The result of one stack in a line, on the terminal and in reports."""

from __future__ import annotations

from rich.text import Text

from digo.fleet.up.stack_result import ResultOutcome, StackResult
from digo.sanitize.terminal import one_line
from digo.text.counts import counted
from digo.text.formatting import duration

STYLES = {
    ResultOutcome.APPLIED: "green",
    ResultOutcome.UNCHANGED: "",
    ResultOutcome.NOT_APPLIED: "red",
    ResultOutcome.PARTIAL: "red",
    ResultOutcome.UNKNOWN: "bold red",
    ResultOutcome.SKIPPED: "yellow",
}
"""The style of each outcome."""


def result_line(result: StackResult) -> str:
    """One stack's result in a line: `chennai-1: applied, 3 entries, 4 s`."""
    return f"{result.stack}: {result_words(result)}"


def result_words(result: StackResult) -> str:
    """One stack's result without its name; it begins with the outcome."""
    parts = [result.outcome.value]
    if result.outcome is ResultOutcome.APPLIED:
        parts.append(counted(result.applied, "entry"))
    elif result.outcome in (ResultOutcome.PARTIAL, ResultOutcome.UNKNOWN):
        parts.append(f"{result.applied:,} applied, {result.not_applied:,} not applied, {result.unknown:,} unknown")
    if result.seconds and result.outcome is not ResultOutcome.SKIPPED:
        parts.append(duration(result.seconds))
    reason = f": {result.reason_line}" if result.reason else ""
    log = f" ({result.log})" if result.log and result.outcome.is_failure else ""
    return f"{', '.join(parts)}{reason}{log}"


def styled_result(result: StackResult) -> Text:
    """`result_line` with the colour of its outcome."""
    line = Text(one_line(result_line(result)))
    start = len(one_line(result.stack)) + 2
    line.stylize(STYLES[result.outcome], start, start + len(result.outcome.value))
    return line

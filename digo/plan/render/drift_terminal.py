"""Drift for a terminal or a log: a table for each verb, with what can be done, and the totals."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from digo.plan.drift_table import NOT_SET, UNMANAGED, DriftGroup, DriftRow, drift_groups, drift_totals
from digo.plan.review import Review
from digo.plan.steps import Verb
from digo.sanitize.terminal import one_line
from digo.source.problems import format_problems
from digo.system.command_name import pasteable
from digo.text.samples import SAMPLE

SEE_ALL = "--all lists them"
_STYLES = {
    Verb.CANNOT_CONVERGE.value: "red",
    Verb.REPLACE.value: "magenta",
    Verb.DELETE.value: "bold red",
    Verb.FORGET.value: "red",
    Verb.CREATE.value: "green",
    Verb.UPDATE.value: "yellow",
    Verb.ADOPT.value: "cyan",
    UNMANAGED: "blue",
    NOT_SET: "dim",
}
_INDENT = "  "
_NARROW = 80  # columns; below it, entry and field share a cell
_LONGEST_FIELD = 20
_WIDE = 110  # columns; from here on there is room for positions in config
_LOG = 400  # columns; a log is not wrapped, so each row is one line


def show_drift(review: Review, console: Console, *, numbers: bool = False, everything: bool = False) -> None:
    """Prints what differs between config, the last up and the account, and the account's unmanaged agents.

    `everything` lists all of it, without a limit. `numbers` shows phone numbers in full.
    """
    most = None if everything else SAMPLE
    for group in drift_groups(review, numbers=numbers):
        style = _STYLES[group.verb]
        console.print(Text(group.title, f"bold {style}").append(f" ({group.remedy})", "not bold"))
        console.print(_table(group, console.width, most))
        if most is not None and len(group.rows) > most:
            console.print(f"  and {len(group.rows) - most:,} more; {SEE_ALL}", markup=False)
        console.print()
    problems = format_problems(review.conflicts, most, SEE_ALL)
    for problem in (*problems, *([pasteable(review.refusal)] if review.refusal else [])):
        console.print(f"error: {problem}", style="red", markup=False)
    console.print(drift_totals(review), markup=False)


def _table(group: DriftGroup, width: int, most: int | None) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column(f"{_INDENT if width >= _NARROW else ''}entry", overflow="fold")
    if width >= _NARROW:
        longest = max(len(row.field) for row in group.rows[:most])
        table.add_column("field", overflow="fold", min_width=min(longest, _LONGEST_FIELD))
    for name in ("config", "last up", "account"):
        table.add_column(name, overflow="fold")
    for row in group.rows[:most]:
        first = _entry(row, width)
        values = [Text(one_line(value)) for value in (row.config, row.last, row.account)]
        if width >= _NARROW:
            table.add_row(first, Text(one_line(row.field)), *values)
        else:
            table.add_row(first.append(f"\n{one_line(row.field)}"), *values)
    return table


def _entry(row: DriftRow, width: int) -> Text:
    entry = Text(f"{_INDENT if width >= _NARROW else ''}{one_line(row.entry)}")
    if row.position is None or width < _WIDE:
        return entry
    place = one_line(str(row.position))
    return entry.append(f" ({place})" if width >= _LOG else f"\n{_INDENT}{place}", "dim")

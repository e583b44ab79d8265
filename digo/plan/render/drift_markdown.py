"""Drift as Markdown, for the issue that a pipeline keeps: a table for each verb, with what can be done.

Hosting services limit the length of an issue (GitHub: 65,536 characters). Rows that do not fit are counted.
"""

from __future__ import annotations

from collections.abc import Iterator

from digo.plan.drift_table import DriftGroup, DriftRow, drift_groups, drift_totals
from digo.plan.render.shares import count_that_fit
from digo.plan.review import Review
from digo.sanitize.markdown import clipped, code, fenced, in_comment
from digo.source.problems import format_problems
from digo.text.redact import mask_numbers

LIMIT = 60_000
SEE_ALL = "`digo drift --all` lists all"
_ROWS = 50  # rows of a group, so that an issue can be read
_LONGEST = 4_000  # characters of an error
_LONGEST_VALUE = 200  # characters of a value; a key has at most 200 too
_RESERVED = 400  # characters reserved for the title of each later group
_HEADER = "| entry | field | config | last up | account |\n| --- | --- | --- | --- | --- |\n"


def drift_marker(environment: str) -> str:
    """The hidden first line of the issue about an environment's drift."""
    return f"<!-- digo-drift: {in_comment(environment)} -->"


def drift_markdown(review: Review, *, numbers: bool = False, limit: int = LIMIT) -> str:
    """The issue's text, at most `limit` characters long. `numbers` shows phone numbers in full."""
    head = "\n".join(_head(review, limit // 6)) + "\n"
    groups = drift_groups(review, numbers=numbers)
    room = limit - len(head)
    parts = [head]
    for place, group in enumerate(groups, start=1):
        part = _section(group, room - _RESERVED * (len(groups) - place))
        room -= len(part)
        parts.append(part)
    return "".join(parts)


def _head(review: Review, share: int) -> Iterator[str]:
    yield drift_marker(review.environment)
    yield f"### digo drift for {code(review.environment)}"
    yield ""
    yield f"{drift_totals(review)}."
    problems = [*format_problems(review.conflicts, see_all=SEE_ALL), *([review.refusal] if review.refusal else [])]
    if problems:
        yield ""
        yield "**error**"
        yield fenced(clipped(mask_numbers("\n".join(problems)), min(_LONGEST, share)))


def _section(group: DriftGroup, room: int) -> str:
    """The group's title and as many of its rows as fit. A title always fits: room for it was reserved."""
    title = f"\n**{group.title}**. {group.remedy[0].upper()}{group.remedy[1:]}.\n"
    more = "\nand {:,} more; " + f"{SEE_ALL}.\n"
    every = [_row(row) for row in group.rows[:_ROWS]]
    rows = every[: count_that_fit(map(len, every), room - len(title) - len(_HEADER) - len(more) - 20)]
    if not rows:
        return title
    rest = more.format(len(group.rows) - len(rows)) if len(rows) < len(group.rows) else ""
    return f"{title}\n{_HEADER}{''.join(rows)}{rest}"


def _row(row: DriftRow) -> str:
    place = f" {_value(str(row.position))}" if row.position else ""
    kind, _, name = row.entry.partition(" ")
    cells = (f"{kind} {_value(name)}{place}", _value(row.field), *map(_value, (row.config, row.last, row.account)))
    return f"| {' | '.join(cells)} |\n"


def _value(text: str) -> str:
    """A key, a position or a value. A long one must not take the room of other rows."""
    return code(clipped(text, _LONGEST_VALUE))

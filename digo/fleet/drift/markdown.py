"""A watch as Markdown, for a job's summary. What does not fit is counted."""

from __future__ import annotations

from collections.abc import Iterator

from digo.fleet.drift.changes import DriftChanges
from digo.fleet.drift.equal_findings import FindingGroup, all_findings, equal_findings
from digo.fleet.drift.sentences import by_reason, change_totals, drift_totals, remedy_of
from digo.fleet.drift.stack_drift import DriftOutcome, FleetDrift
from digo.plan.render.shares import count_that_fit, fair_shares
from digo.sanitize.markdown import clipped, code, prose
from digo.text.counts import counted

LIMIT = 60_000
SEE_ALL = "`digo fleet drift --all` lists all"
_LONGEST = 200  # characters of a value
_LONGEST_REASON = 600
_NAMED = 20  # stacks that a row names
_LEAST = 1_000  # room that a table needs to say something
_MORE = 120  # room for the count of what is left out
_HEAD = "| what | stacks | config | last up | account | origin |\n| --- | --- | --- | --- | --- | --- |\n"
_REASONS = "| stacks | why |\n| --- | --- |\n"

Section = tuple[str, str, list[str]]
"""A title, the head of a table, and its rows."""


def fleet_drift_markdown(drift: FleetDrift, changes: DriftChanges, limit: int = LIMIT) -> str:
    """The text, at most `limit` characters long."""
    head = f"### digo fleet drift of {code(drift.fleet)}\n\n{prose(drift_totals(drift))}; {change_totals(changes)}.\n"
    sections = list(_sections(drift, changes))
    needs = [len(title) + len(table) + sum(map(len, rows)) + _MORE for title, table, rows in sections]
    shares = fair_shares(needs, limit - len(head), _LEAST)
    return head + "".join(_fitted(one, share) for one, share in zip(sections, shares, strict=True) if share)


def _sections(drift: FleetDrift, changes: DriftChanges) -> Iterator[Section]:
    refused = drift.with_outcome(DriftOutcome.STUCK)
    for title, stacks in (("Could not be read", drift.unknown), ("An up would be refused", refused)):
        rows = [_cells(_where(names), code(_clip(why, _LONGEST_REASON))) for why, names in by_reason(stacks)]
        if rows:
            yield f"\n**{title}**\n\n", _REASONS, rows
    groups = equal_findings(all_findings(drift.stacks))
    if changes.last:
        for title, found in (("New", changes.new), ("Changed", changes.changed), ("Gone", changes.gone)):
            if rows := [_row(one) for one in equal_findings(found)]:
                yield f"\n**{title} since the last watch: {counted(len(found), 'difference')}**\n\n", _HEAD, rows
    for remedy in dict.fromkeys(remedy_of(one.first) for one in groups):
        same = [one for one in groups if remedy_of(one.first) == remedy]
        count = counted(sum(len(one.findings) for one in same), "difference")
        yield f"\n**{count}**: {remedy}.\n\n", _HEAD, [_row(one) for one in same]


def _fitted(section: Section, room: int) -> str:
    title, table, rows = section
    kept = rows[: count_that_fit(map(len, rows), room - len(title) - len(table) - _MORE)]
    rest = len(rows) - len(kept)
    return f"{title}{table if kept else ''}{''.join(kept)}" + (f"\nand {rest:,} more; {SEE_ALL}.\n" if rest else "")


def _row(group: FindingGroup) -> str:
    first = group.first
    values = (code(_clip(group.shown(side))) for side in ("config", "last", "account"))
    what = f"{code(_clip(first.what))} ({first.verb})"
    return _cells(what, _where(group.stacks), *values, group.origin.text)


def _where(stacks: tuple[str, ...]) -> str:
    named = ", ".join(code(_clip(name)) for name in stacks[:_NAMED])
    return f"{named} and {len(stacks) - _NAMED:,} more" if len(stacks) > _NAMED else named


def _clip(text: str, most: int = _LONGEST) -> str:
    return clipped(text.replace("\n", " "), most)


def _cells(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"

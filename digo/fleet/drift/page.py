"""A watch as one self-contained HTML page: equal findings first, then each finding with its stack."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from markupsafe import Markup

from digo.fleet.drift.changes import DriftChanges
from digo.fleet.drift.equal_findings import FindingGroup, all_findings, equal_findings
from digo.fleet.drift.sentences import change_totals, drift_totals, remedy_of
from digo.fleet.drift.stack_drift import DriftOutcome, Finding, FleetDrift, StackDrift
from digo.html.cells import MOST_OPEN, GroupView, cell, isolated, prose, sample_of, tagged
from digo.html.template import page_of
from digo.sanitize.terminal import one_line
from digo.text.counts import counted

_LOOKS = {
    DriftOutcome.STUCK: ("cannot", "!"),
    DriftOutcome.DRIFT: ("update", "~"),
    DriftOutcome.UNKNOWN: ("forget", "?"),
    DriftOutcome.NONE: ("in", ""),
}
_EQUAL = ("what", "config", "last up", "account", "origin", "stacks", "names")
_ONE = ("stack", "what", "config", "last up", "account", "origin", "since", "in config")
_NAMED = 200  # stacks that a row of equal findings names

Row = tuple[Markup, ...]


def fleet_drift_page(drift: FleetDrift, changes: DriftChanges) -> str:
    """The page. Its content security policy forbids loading anything."""
    counts = [
        {"verb": outcome.value, "look": look, "sign": sign, "number": number}
        for outcome, (look, sign) in _LOOKS.items()
        if (number := len(drift.with_outcome(outcome)))
    ]
    return page_of(
        Path(__file__).with_name("page.html.j2"),
        fleet=one_line(drift.fleet),
        totals=drift_totals(drift),
        changes=change_totals(changes),
        counts=counts,
        groups=list(_groups(drift, changes)),
    )


def _groups(drift: FleetDrift, changes: DriftChanges) -> Iterator[GroupView]:
    yield from _stacks(DriftOutcome.UNKNOWN, drift.unknown, "Could not be read.")
    refused = [one for one in drift.with_outcome(DriftOutcome.STUCK) if one.reason]
    yield from _stacks(DriftOutcome.STUCK, refused, "An up would be refused.")
    dated = {(stack, one.identity): one.since for stack, one in (*changes.new, *changes.changed, *changes.still)}
    every = equal_findings(all_findings(drift.stacks))
    for remedy in dict.fromkeys(remedy_of(one.first) for one in every):
        groups = [one for one in every if remedy_of(one.first) == remedy]
        if many := [one for one in groups if len(one.findings) > 1]:
            yield _equal(many, remedy)
        yield _single(groups, remedy, dated)
    yield from _stacks(DriftOutcome.NONE, drift.with_outcome(DriftOutcome.NONE), "Each account is as config wants it.")


def _stacks(outcome: DriftOutcome, stacks: Sequence[StackDrift], meaning: str) -> Iterator[GroupView]:
    rows = [(cell("stack", _stack(one.stack), "key"), cell("why", isolated(one.reason))) for one in stacks]
    if rows:
        yield _view(
            outcome, counted(len(rows), "stack"), ("stack", "why"), rows, [one.stack for one in stacks], meaning
        )


def _equal(groups: Sequence[FindingGroup], remedy: str) -> GroupView:
    rows = [(_what(one.first), *_sides(one.shown), _origin(one.first), *_names(one)) for one in groups]
    count = counted(len(rows), "difference in several stacks", "differences in several stacks")
    names = [one.first.what for one in groups]
    return _view(_outcome(groups[0].first), count, _EQUAL, rows, names, f"{remedy}: equal ones together")


def _single(groups: Sequence[FindingGroup], remedy: str, dated: Mapping[tuple[str, tuple[str, str]], str]) -> GroupView:
    found = sorted((pair for one in groups for pair in one.findings), key=lambda pair: (pair[0], pair[1].what))
    rows = [
        (
            cell("stack", _stack(stack), "key"),
            _what(one),
            *_sides(partial(getattr, one)),
            _origin(one),
            cell("since", isolated(dated.get((stack, one.identity), "")), "where"),
            cell("in config", isolated(one.position), "where"),
        )
        for stack, one in found
    ]
    names = list(dict.fromkeys(stack for stack, _ in found))
    count = f"{counted(len(rows), 'difference')} in {counted(len(names), 'stack')}"
    return _view(_outcome(found[0][1]), count, _ONE, rows, names, remedy)


def _view(
    outcome: DriftOutcome, count: str, heads: tuple[str, ...], rows: Sequence[Row], names: list[str], meaning: str
) -> GroupView:
    look, sign = _LOOKS[outcome]
    return GroupView(
        verb=outcome.value,
        look=look,
        sign=sign,
        count=count,
        sample=sample_of(names, len(names)),
        meaning=prose(f"{meaning[0].upper()}{meaning[1:].removesuffix('.')}."),
        heads=heads,
        rows=tuple(rows),
        open=len(rows) <= MOST_OPEN and outcome is not DriftOutcome.NONE,
    )


def _outcome(finding: Finding) -> DriftOutcome:
    return DriftOutcome.DRIFT if finding.corrected else DriftOutcome.STUCK


def _stack(name: str) -> Markup:
    return tagged("b", "entry", isolated(name))


def _what(finding: Finding) -> Markup:
    return cell("what", isolated(finding.what) + " " + tagged("span", "quiet", finding.verb))


def _sides(shown: Callable[[str], str]) -> tuple[Markup, ...]:
    sides = (("config", "config"), ("last up", "last"), ("account", "account"))
    return tuple(cell(head, isolated(shown(side))) for head, side in sides)


def _origin(finding: Finding) -> Markup:
    return cell("origin", finding.origin.text)


def _names(group: FindingGroup) -> tuple[Markup, Markup]:
    more = len(group.stacks) - _NAMED
    names = ", ".join(group.stacks[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
    return cell("stacks", f"{len(group.stacks):,}"), cell("names", isolated(names))

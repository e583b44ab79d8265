"""The notice of a watch. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import uuid4

from digo.fleet.drift.changes import DriftChanges, StackFinding
from digo.fleet.drift.equal_findings import FindingGroup, equal_findings
from digo.fleet.drift.sentences import by_reason, drift_totals, remedy_of
from digo.fleet.drift.stack_drift import DriftOutcome, FleetDrift
from digo.fleet.file.notice_models import Occasion
from digo.fleet.notices.notice import Level, Notice, NoticeLine, NoticeSection, SectionKind


def drift_notice(drift: FleetDrift, changes: DriftChanges, link: str = "") -> Notice:
    """The notice of a watch. `link` is the page of the pipeline's run."""
    before = (*changes.still, *changes.kept)
    again = [NoticeLine.about("could not be read", "can be read again", changes.reread)] if changes.reread else []
    if changes.allowed:
        again.append(NoticeLine.about("an up would have been refused", "an up is no longer refused", changes.allowed))
    sections = (
        NoticeSection.of(SectionKind.EXCEPTIONS, _exceptions(drift)),
        NoticeSection.of(SectionKind.NEW, _lines(changes.new)),
        NoticeSection.of(SectionKind.CHANGED, _lines(changes.changed)),
        NoticeSection.of(SectionKind.GONE, (*again, *_lines(changes.gone))),
        NoticeSection.of(SectionKind.STILL, _lines(before)),
    )
    return Notice(
        id=f"digo-{uuid4().hex}",
        occasion=Occasion.DRIFT,
        fleet=drift.fleet,
        at=drift.at,
        title=f"Drift of {drift.fleet}: {drift_totals(drift)}",
        level=_level(drift),
        counts=drift.counts,
        sections=tuple(one for one in sections if one.count),
        present=NoticeSection.of(SectionKind.STILL, _lines((*changes.new, *changes.changed, *before))),
        link=link,
        changed=changes.any,
        clear=not drift.drifted and not drift.unknown and not changes.kept,
    )


def _level(drift: FleetDrift) -> Level:
    if drift.unknown or drift.with_outcome(DriftOutcome.STUCK):
        return Level.PROBLEM
    return Level.ATTENTION if drift.drifted else Level.GOOD


def _exceptions(drift: FleetDrift) -> Iterator[NoticeLine]:
    for reason, stacks in by_reason(drift.unknown):
        yield NoticeLine.about("could not be read", reason, stacks)
    for reason, stacks in by_reason(drift.with_outcome(DriftOutcome.STUCK)):
        yield NoticeLine.about("an up would be refused", reason, stacks)


def _lines(found: Iterable[StackFinding]) -> Iterator[NoticeLine]:
    return (_line(group) for group in equal_findings(found))


def _line(group: FindingGroup) -> NoticeLine:
    first = group.first
    sides = f"config {group.shown('config')}, account {group.shown('account')}"
    since = min(finding.since for _, finding in group.findings)
    return NoticeLine.about(first.what, f"{sides}; {group.origin.text}; {remedy_of(first)}", group.stacks, since)

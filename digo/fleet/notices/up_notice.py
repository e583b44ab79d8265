"""The notice of an up. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from digo.fleet.file.notice_models import Occasion
from digo.fleet.notices.notice import Level, Notice, NoticeLine, NoticeSection, SectionKind
from digo.fleet.up.report import FleetReport
from digo.fleet.up.stack_result import ResultOutcome, StackResult
from digo.text.counts import counted


def up_notice(report: FleetReport, fleet: str, at: str, link: str = "") -> Notice:
    """The notice of an up.

    Args:
        report: what the run did.
        fleet: the project's name.
        at: when it ended, in UTC (ISO 8601).
        link: the page of the pipeline's run; "" outside of a pipeline.
    """
    failed = [one for one in report.results if one.outcome.is_failure]
    skipped = [one for one in report.results if one.outcome is ResultOutcome.SKIPPED]
    applied = tuple(one.stack for one in report.results if one.outcome is ResultOutcome.APPLIED)
    stopped = [NoticeLine.about("the run was stopped", report.stopped, ())] if report.stopped else []
    exceptions = [*stopped, *_lines(failed), *_lines(skipped)]
    sections = (
        NoticeSection.of(SectionKind.EXCEPTIONS, exceptions),
        NoticeSection.of(SectionKind.CHANGED, [NoticeLine.about("applied", "", applied)] if applied else []),
    )
    return Notice(
        id=f"digo-{report.run}" if report.run else f"digo-{fleet}-{at}",
        occasion=Occasion.UP,
        fleet=fleet,
        at=at,
        title=f"Up of {fleet}: {_totals(report)}",
        level=Level.PROBLEM if failed else Level.ATTENTION if exceptions or report.interrupted else Level.GOOD,
        counts={"stacks": len(report.results), **{outcome.value: count for outcome, count in report.counts.items()}},
        sections=tuple(one for one in sections if one.count),
        link=link,
        clear=not exceptions and not report.interrupted,
    )


def _totals(report: FleetReport) -> str:
    """`3 of 50 stacks failed, 40 applied`: by outcome, the worst first."""
    said = ", ".join(f"{count:,} {outcome.value}" for outcome, count in report.counts.items())
    end = ", interrupted" if report.interrupted else ", stopped before the end" if report.stopped else ""
    return f"{counted(len(report.results), 'stack')}, {said}{end}" if said else "nothing to do"


def _lines(results: Iterable[StackResult]) -> Iterator[NoticeLine]:
    """A line for each reason."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in results:
        found.setdefault((one.outcome.value, one.reason_line), []).append(one.stack)
    return (NoticeLine.about(what, why, tuple(names)) for (what, why), names in found.items())

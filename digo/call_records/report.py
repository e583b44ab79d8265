"""Writes the report of a download as one self-contained HTML file: totals, plots and a table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from digo.call_records.plot import plots_of
from digo.call_records.summary import Summary
from digo.call_records.writers import PRIVATE
from digo.html.template import page_of
from digo.system.atomic_file import write_file_atomically
from digo.text.counts import counted

MOST_PLOTTED = 12
_MOST_OPEN = 100


@dataclass(frozen=True)
class Scope:
    """The range, time zone and filters of a report, as texts."""

    begin: str
    end: str
    zone: str
    filters: tuple[tuple[str, str], ...] = ()


def write_report(path: Path, summary: Summary, scope: Scope) -> None:
    """Writes the report, completely or not at all. Only its owner can read a new file.

    Raises:
        OSError: the file cannot be written.
    """
    rows = [
        (day, agent, summary.tallies[agent, day])
        for day, agent in sorted((day, agent) for agent, day in summary.tallies)
    ]
    plots = plots_of(summary, MOST_PLOTTED)
    page = page_of(
        Path(__file__).with_name("report.html.j2"),
        summary=summary,
        scope=scope,
        rows=rows,
        shown_rows=counted(len(rows), "row by agent and day", "rows by agent and day"),
        most_open=_MOST_OPEN,
        plots=plots,
        undated=counted(plots.undated, "call has", "calls have"),
        most_plotted=MOST_PLOTTED,
        unread=counted(summary.unread, "answered call has", "answered calls have"),
        left_out=max(0, len(summary.agents()) - MOST_PLOTTED),
    )
    write_file_atomically(path, page, PRIVATE)

"""Writes the report of a download as one self-contained HTML file: totals, a plot and a table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import jinja2
import markupsafe
import plotly.graph_objects
import plotly.subplots

from digo.call_records.summary import Summary
from digo.call_records.writers import PRIVATE
from digo.sanitize.terminal import one_line
from digo.system.atomic_file import write_file_atomically
from digo.text.counts import counted

MOST_PLOTTED = 12

# People who cannot distinguish red from green can distinguish these.
_ANSWERED_COLOUR, _MISSED_COLOUR = "#0072b2", "#d55e00"
_ROW_PIXELS, _HEAD_PIXELS = 170, 110


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
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["shown"] = one_line
    rows = [
        (day, agent, summary.tallies[agent, day])
        for day, agent in sorted((day, agent) for agent, day in summary.tallies)
    ]
    page = environment.get_template("report.html.j2").render(
        summary=summary,
        scope=scope,
        rows=rows,
        plot=_plot(summary) if rows else "",
        most_plotted=MOST_PLOTTED,
        unread=counted(summary.unread, "answered call has", "answered calls have"),
        left_out=max(0, len(summary.agents()) - MOST_PLOTTED),
    )
    write_file_atomically(path, page, PRIVATE)


def _plot(summary: Summary) -> str:
    """The plot: one row of bars for each agent, one stack for each day."""
    agents, days = summary.agents()[:MOST_PLOTTED], summary.days()
    titles = [_label(agent) for agent in agents]
    labels = [_label(day) for day in days]
    figure = plotly.subplots.make_subplots(
        rows=len(agents), cols=1, shared_xaxes=True, subplot_titles=titles, vertical_spacing=0.3 / len(agents)
    )
    for number, agent in enumerate(agents, start=1):
        tallies = [summary.tallies.get((agent, day)) for day in days]
        for name, colour, values in (
            ("answered", _ANSWERED_COLOUR, [tally.answered if tally else 0 for tally in tallies]),
            ("missed", _MISSED_COLOUR, [tally.missed if tally else 0 for tally in tallies]),
        ):
            bars = plotly.graph_objects.Bar(
                x=labels, y=values, name=name, marker_color=colour, legendgroup=name, showlegend=number == 1
            )
            figure.add_trace(bars, row=number, col=1)
    figure.update_layout(
        barmode="stack",
        height=_HEAD_PIXELS + _ROW_PIXELS * len(agents),
        margin={"l": 50, "r": 20, "t": 60, "b": 40},
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 1, "xanchor": "right"},
        template="plotly_white",
    )
    figure.update_xaxes(type="category")
    figure.update_yaxes(rangemode="tozero", tickformat="d")
    html: str = figure.to_html(
        full_html=False, include_plotlyjs=True, div_id="plot", config={"displaylogo": False, "responsive": True}
    )
    return html


def _label(text: str) -> str:
    """A text for the plot, escaped: Plotly interprets some HTML in titles and axis labels, such as links."""
    return str(markupsafe.escape(one_line(text)))

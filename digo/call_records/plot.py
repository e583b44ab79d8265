"""The plots of a report: for each agent, bars of answered and missed calls by day, week, month or year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import plotly.graph_objects

from digo.call_records.periods import Periods, day_of, periods_of
from digo.call_records.summary import ANSWERED, MISSED, Summary

# People who cannot distinguish red from green can distinguish these.
COLOURS = {ANSWERED: "#0072b2", MISSED: "#d55e00"}
_PIXELS = 190
_MOST_MARKS = 5


@dataclass(frozen=True)
class AgentPlot:
    """One agent's plot: the name, the counts, and the HTML that draws it."""

    agent: str
    answered: int
    missed: int
    html: str


@dataclass(frozen=True)
class Plots:
    """The plots, the unit of their bars, and how many calls are in no bar, because they have no date."""

    agents: tuple[AgentPlot, ...]
    unit: str
    undated: int


def plots_of(summary: Summary, most: int) -> Plots:
    """The plots of the `most` agents with the most calls. They have equal periods, so people can compare them."""
    days = {text: day for text in summary.days() if (day := day_of(text)) is not None}
    periods = periods_of(days.values())
    sums = _sums(summary, summary.agents()[:most], days, periods) if days else {}
    # All plots have equal margins, so that their bars are below each other.
    left = 22 + 7 * max((len(f"{_highest(one, periods):,}") for one in sums.values()), default=0)
    plots = [
        AgentPlot(agent, one[ANSWERED].total(), one[MISSED].total(), _html(_figure(one, periods, left), number))
        for number, (agent, one) in enumerate(sums.items(), start=1)
    ]
    undated = sum(one.answered + one.missed for (_, text), one in summary.tallies.items() if text not in days)
    return Plots(tuple(plots), periods.unit.value, undated)


def _sums(
    summary: Summary, agents: list[str], days: Mapping[str, date], periods: Periods
) -> dict[str, dict[str, Counter[date]]]:
    """The calls of each agent and kind by the first day of their period."""
    sums: dict[str, dict[str, Counter[date]]] = {agent: {ANSWERED: Counter(), MISSED: Counter()} for agent in agents}
    for (agent, text), tally in summary.tallies.items():
        if agent in sums and text in days:
            start = periods.unit.start(days[text])
            sums[agent][ANSWERED][start] += tally.answered
            sums[agent][MISSED][start] += tally.missed
    return sums


def _highest(sums: Mapping[str, Counter[date]], periods: Periods) -> int:
    """The height of the highest stack of bars, in calls."""
    return max(sum(counts[start] for counts in sums.values()) for start in periods.starts)


def _html(figure: plotly.graph_objects.Figure, number: int) -> str:
    # The library is on the page once, before the first plot.
    html: str = figure.to_html(
        full_html=False,
        include_plotlyjs=number == 1,
        div_id=f"plot-{number}",
        config={"displayModeBar": False, "responsive": True},
    )
    return html


def _figure(sums: Mapping[str, Counter[date]], periods: Periods, left: int) -> plotly.graph_objects.Figure:
    bars = [
        plotly.graph_objects.Bar(
            x=[start.isoformat() for start in periods.starts],
            y=[counts[start] for start in periods.starts],
            name=name,
            marker={"color": COLOURS[name], "line": {"width": 0}},
            customdata=[periods.unit.shown(start) for start in periods.starts],
            hovertemplate="%{customdata}: %{y:,} " + name + "<extra></extra>",
        )
        for name, counts in sums.items()
    ]
    layout = plotly.graph_objects.Layout(
        template="none",
        barmode="stack",
        bargap=0.15 if len(periods.starts) > 1 else 0.8,
        dragmode=False,
        height=_PIXELS,
        showlegend=False,
        margin={"l": left, "r": 32, "t": 12, "b": 36},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"size": 12, "family": "inherit"},
        hovermode="closest",
        xaxis=_days_axis(periods),
        yaxis=_calls_axis(_highest(sums, periods)),
    )
    return plotly.graph_objects.Figure(bars, layout)


def _days_axis(periods: Periods) -> dict[str, Any]:
    marked = [periods.starts[mark] for mark in _marks(len(periods.starts))]
    return {
        "type": "category",
        "fixedrange": True,
        "tickangle": 0,
        "ticklabelstandoff": 6,
        "tickvals": [start.isoformat() for start in marked],
        "ticktext": [periods.unit.mark(start) for start in marked],
    }


def _calls_axis(highest: int) -> dict[str, Any]:
    return {
        "fixedrange": True,
        "range": [0, max(1, highest) * 1.08],
        "tick0": 0,
        "dtick": whole_step(highest),
        "tickformat": ",d",
        "ticklabelstandoff": 6,
        "zeroline": False,
    }


def _marks(bars: int) -> Sequence[int]:
    """The places of the bars that have a label: few enough for a telephone, at equal distances."""
    step = -(-bars // _MOST_MARKS)
    return range(0, bars, max(1, step))


def whole_step(highest: int, most: int = 5) -> int:
    """The distance of an axis' ticks: 1, 2 or 5 times a power of ten, with at most `most` ticks above zero."""
    step = 1
    while highest > step * most:
        first = int(str(step)[0])
        step = step * 5 // 2 if first == 2 else step * 2
    return step

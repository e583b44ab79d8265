"""The periods of a plot: days, weeks, months or years, as the span of the calls asks. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

MOST_BARS = 62
"""More bars than this are too narrow on a telephone."""


class PeriodUnit(str, Enum):
    """The length of a period. A week begins on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"

    def start(self, day: date) -> date:
        """The first day of the period that has this day."""
        if self is PeriodUnit.WEEK:
            return date.fromordinal(max(1, day.toordinal() - day.weekday()))
        if self is PeriodUnit.MONTH:
            return day.replace(day=1)
        return day.replace(month=1, day=1) if self is PeriodUnit.YEAR else day

    def after(self, start: date) -> date:
        """The first day of the next period.

        Raises:
            OverflowError, ValueError: there is none; the calendar ends.
        """
        if self is PeriodUnit.YEAR:
            return start.replace(year=start.year + 1)
        if self is PeriodUnit.MONTH:
            return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
        return start + timedelta(days=7 if self is PeriodUnit.WEEK else 1)

    def shown(self, start: date) -> str:
        """A period as people write it: `Tue 10 Mar 2026`, `week of 9 Mar 2026`, `Mar 2026`, `2026`."""
        day = f"{start.day} {start:%b} {start.year}"
        named = {
            PeriodUnit.DAY: f"{start:%a} {day}",
            PeriodUnit.WEEK: f"week of {day}",
            PeriodUnit.MONTH: f"{start:%b} {start.year}",
        }
        return named.get(self, str(start.year))

    def mark(self, start: date) -> str:
        """A period as a short label of an axis: `10 Mar`, `Mar 2026`, `2026`."""
        return f"{start.day} {start:%b}" if self in (PeriodUnit.DAY, PeriodUnit.WEEK) else self.shown(start)


@dataclass(frozen=True)
class Periods:
    """The periods from the first to the last day, those without a call as well."""

    unit: PeriodUnit
    starts: tuple[date, ...]


def periods_of(days: Iterable[date]) -> Periods:
    """The periods of these days: the shortest unit that needs at most MOST_BARS bars, else years."""
    known = sorted(days)
    if not known:
        return Periods(PeriodUnit.DAY, ())
    unit = next((unit for unit in PeriodUnit if len(_starts(unit, known[0], known[-1])) <= MOST_BARS), PeriodUnit.YEAR)
    starts = _starts(unit, known[0], known[-1])
    # A misread date makes a span of centuries. Then only the years with a call have a bar.
    return Periods(unit, tuple(starts if len(starts) <= MOST_BARS else sorted({unit.start(day) for day in known})))


def _starts(unit: PeriodUnit, first: date, last: date) -> list[date]:
    """The periods' first days; one more than MOST_BARS if there are more."""
    return [
        start for start, _ in zip(_from(unit, unit.start(first)), range(MOST_BARS + 1), strict=False) if start <= last
    ]


def _from(unit: PeriodUnit, start: date) -> Iterator[date]:
    while True:
        yield start
        try:
            start = unit.after(start)
        except (OverflowError, ValueError):
            return  # the calendar ends


def day_of(text: str) -> date | None:
    """The day of a record's date; None if the text is not a date. Times after the day do not matter."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None

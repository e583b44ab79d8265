"""The periods of a plot, for every span."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digo.call_records.periods import MOST_BARS, PeriodUnit, day_of, periods_of


@given(st.lists(st.dates(), min_size=1, max_size=20))
def test_every_day_has_one_period_and_the_bars_are_few(days: list[date]) -> None:
    periods = periods_of(days)
    assert list(periods.starts) == sorted(set(periods.starts))
    assert {periods.unit.start(day) for day in days} <= set(periods.starts)
    assert len(periods.starts) <= max(MOST_BARS, len(days))
    assert periods.starts[0] == periods.unit.start(min(days))


@given(st.dates(max_value=date(9000, 1, 1)), st.integers(0, 4_000))
def test_no_period_is_missing_between_the_first_and_the_last(first: date, days: int) -> None:
    periods = periods_of([first, first + timedelta(days)])
    for one, following in zip(periods.starts, periods.starts[1:], strict=False):
        assert periods.unit.after(one) == following


def test_the_ends_of_the_calendar_have_periods() -> None:
    for day in (date.min, date.max):
        for unit in PeriodUnit:
            assert unit.start(day) <= day
        assert periods_of([day]).starts == (day,)
    assert periods_of([date.max - timedelta(70), date.max]).unit is PeriodUnit.WEEK


def test_a_year_is_drawn_by_week() -> None:
    assert periods_of([date(2025, 1, 1), date(2025, 12, 31)]).unit is PeriodUnit.WEEK
    assert PeriodUnit.WEEK.shown(date(2025, 3, 10)) == "week of 10 Mar 2025"


def test_a_date_is_read_with_and_without_a_time() -> None:
    assert day_of("2026-03-10") == day_of("2026-03-10 17:16:18") == date(2026, 3, 10)
    assert day_of("no date") is None and day_of("2026-02-30") is None and day_of("") is None

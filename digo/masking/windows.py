"""Times of the week, in whole minutes from Monday 00:00 in the file's zone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from digo.text.week import MINUTES_A_DAY

MINUTES_A_WEEK = 7 * MINUTES_A_DAY

MinuteSpan = tuple[int, int]


def spans(days: Iterable[int], begin: int, end: int) -> list[MinuteSpan]:
    """The minutes of the week from `begin` up to `end` on these days.

    A span crosses midnight if `end` is not later than `begin`.
    """
    length = (end - begin) % MINUTES_A_DAY or MINUTES_A_DAY
    found: list[MinuteSpan] = []
    for day in sorted(days):
        first = day * MINUTES_A_DAY + begin % MINUTES_A_DAY
        last = first + length
        found.append((first, min(last, MINUTES_A_WEEK)))
        if last > MINUTES_A_WEEK:
            found.append((0, last - MINUTES_A_WEEK))
    return sorted(found)


def overlap(one: Iterable[MinuteSpan], other: Iterable[MinuteSpan]) -> bool:
    """Whether two sets of spans share a minute."""
    others = list(other)
    return any(begin < last and first < end for begin, end in one for first, last in others)


def minute_of_week(moment: datetime) -> int:
    """The minute of the week of a moment, in the moment's own zone."""
    return moment.weekday() * MINUTES_A_DAY + moment.hour * 60 + moment.minute


def covers(windows: Iterable[MinuteSpan], minute: int) -> bool:
    """Whether a minute of the week is in one of the spans."""
    return any(begin <= minute < end for begin, end in windows)

"""Times of the week, in whole minutes from Monday 00:00 in the file's zone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY = 24 * 60
MINUTES_A_WEEK = 7 * MINUTES_A_DAY

MinuteSpan = tuple[int, int]


class WindowProblem(ValueError):
    """The text is no time, or no days."""


def parse_days(text: str) -> frozenset[int]:
    """The days in `mon-fri` or `sat, sun`, Monday being 0.

    Raises:
        WindowProblem: it names none.
    """
    found: set[int] = set()
    for part in text.lower().split(","):
        first, dash, last = (one.strip()[:3] for one in part.partition("-"))
        if first not in DAY_NAMES or (dash and last not in DAY_NAMES):
            raise WindowProblem("days are written as `mon-fri`, or `sat, sun`")
        begin = DAY_NAMES.index(first)
        end = DAY_NAMES.index(last) if dash else begin
        found.update((begin + step) % 7 for step in range((end - begin) % 7 + 1))
    return frozenset(found)


def parse_minute(text: str) -> int:
    """The minute of the day in `09:00`; `24:00` is the end of the day.

    Raises:
        WindowProblem: it is no such time.
    """
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", text.strip())
    minute = int(found.group(1)) * 60 + int(found.group(2)) if found and int(found.group(2)) < 60 else -1
    if not 0 <= minute <= MINUTES_A_DAY:
        raise WindowProblem("a time is written as `09:00`, from `00:00` to `24:00`")
    return minute


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

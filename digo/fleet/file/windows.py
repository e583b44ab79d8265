"""When ups may begin: the windows of fleet.yaml. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta, timezone

from digo.fleet.file.models import WindowEntry
from digo.text.week import MINUTES_A_DAY

_AHEAD = 9  # days: a window that a change of the clock swallows is there again a week later
_DAY = timedelta(days=1)
Span = tuple[datetime, datetime]


def windows_of(groups: Iterable[str], windows: Sequence[WindowEntry]) -> tuple[WindowEntry, ...]:
    """The windows of a stack in these groups. None at all: its ups may begin at any time."""
    mine = set(groups)
    return tuple(one for one in windows if one.groups is None or not mine.isdisjoint(one.groups))


def opens_at(windows: Sequence[WindowEntry], now: datetime) -> datetime:
    """The first moment from now on in one of the windows, in UTC; now itself if one is open, or there are none."""
    if not windows:
        return now
    moment = now.astimezone(timezone.utc)
    begins = []
    for begin, end in (span for one in windows for span in _spans(one, moment)):
        if begin <= moment < end:
            return now
        if moment < begin < end:
            begins.append(begin)
    return min(begins)


def _spans(window: WindowEntry, moment: datetime) -> Iterator[Span]:
    """The window's spans around the moment and in the days after it, in UTC.

    A span is made of the two wall clock times. A time that a change of the clock leaves out counts as the moment of the
    change; of one that comes twice, the first counts. So a window that the change leaves out as a whole is empty.
    """
    today = moment.astimezone(window.zone).date()
    for offset in range(-2, _AHEAD + 1):
        day = today + offset * _DAY
        if day.weekday() in window.days:
            last = day if window.end > window.begin else day + _DAY
            yield _moment(window, day, window.begin), _moment(window, last, window.end)


def _moment(window: WindowEntry, day: date, minute: int) -> datetime:
    if minute == MINUTES_A_DAY:
        day, minute = day + _DAY, 0
    return datetime.combine(day, time(minute // 60, minute % 60), window.zone).astimezone(timezone.utc)

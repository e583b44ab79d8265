"""Days of the week and times of the day, as files of config have them."""

from __future__ import annotations

import re

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY = 24 * 60


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

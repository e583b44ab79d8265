"""Reads the dates that a person writes for a range of call records.

The API's dates have no zone, and the page does not say which zone they are in. They are read in the account's zone,
which `digo:zone` or `--zone` names. A date that a person writes is in that zone too, unless it names another.
"""

from __future__ import annotations

import re
from datetime import datetime, time
from zoneinfo import ZoneInfo

from digo.text.zones import EXAMPLES, zone_named

# The vendor is in India. An account elsewhere must set its zone; the dates of its first download show this.
DEFAULT_ZONE = "Asia/Kolkata"

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LAST_SECOND = time(23, 59, 59)


class DateProblem(ValueError):
    """A text is not a date, or not a zone. The message shows what one looks like."""


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name.

    Raises:
        DateProblem: there is no such zone.
    """
    if (zone := zone_named(name)) is None:
        raise DateProblem(f"`{name}` is no time zone; {EXAMPLES}")
    return zone


def moment_of(text: str, zone: ZoneInfo, *, ends: bool) -> datetime:
    """The moment of `2026-03-10`, `2026-03-10 17:16:18`, `2026-03-10T17:16Z` or `…+05:30`, in `zone`.

    A day without a time is its first second, or its last second if it `ends` a range.

    Raises:
        DateProblem: the text has none of these forms.
    """
    written = re.sub(r"[zZ]$", "+00:00", text.strip())
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise DateProblem("a date is YYYY-MM-DD, or YYYY-MM-DD hh:mm:ss, with Z or +hh:mm for another zone") from None
    if _DAY.fullmatch(written):
        moment = datetime.combine(moment.date(), _LAST_SECOND if ends else time())
    try:
        return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
    except OverflowError:
        raise DateProblem("a date is of the years 1 to 9999, in the account's zone as well") from None

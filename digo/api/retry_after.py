"""Reads `Retry-After`, in seconds or as a date (RFC 9110, 10.2.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

LONGEST_SECONDS = 24 * 3600.0

_SECONDS = re.compile(r"\s*([+-]?)(\d+(?:\.\d*)?)\s*", re.ASCII)


def seconds_to_wait(headers: Iterable[str], date: str | None, now: datetime) -> float | None:
    """The longest wait that the headers ask for, from 0 to `LONGEST_SECONDS`; None if none can be read.

    Args:
        headers: the values of `Retry-After`.
        date: the reply's own `Date`. A date in `Retry-After` is compared with it, so that this machine's clock does not
            matter.
        now: the moment, with a zone, that replaces a missing `Date`.
    """
    found = [seconds for header in headers if (seconds := _seconds(header, date, now)) is not None]
    return max(found, default=None)


def _seconds(header: str, date: str | None, now: datetime) -> float | None:
    if number := _SECONDS.fullmatch(header):
        sign, amount = number.groups()
        return 0.0 if sign == "-" else min(float(amount), LONGEST_SECONDS)
    moment = _moment(header)
    if moment is None:
        return None
    waited = (moment - ((_moment(date) if date else None) or now)).total_seconds()
    return min(max(waited, 0.0), LONGEST_SECONDS)


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # "-0000" and the format of C's asctime() have no zone. HTTP's dates are in GMT.
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)

"""Times as people say them."""

from __future__ import annotations

from datetime import datetime

_UNITS = (
    (60, "second"),
    (60, "minute"),
    (24, "hour"),
    (7, "day"),
    (4, "week"),
    (12, "month"),
)


def ago(moment: datetime, now: datetime) -> str:
    """`3 minutes ago`; `now` for the last second."""
    number = int((now - moment).total_seconds())
    if number < 1:
        return "now"
    word = "year"
    for size, unit in _UNITS:
        if number < size:
            word = unit
            break
        number //= size
    return f"{number} {word}{'' if number == 1 else 's'} ago"

"""How counts and times are written for people."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """Seconds as people say them: `45 s`, `12 min`, `3 h 20 min`."""
    whole = max(1, round(seconds))
    if whole < 120:
        return f"{whole} s"
    return f"{whole // 60} min" if whole < 7200 else f"{whole // 3600} h {whole % 3600 // 60} min"


def at_the_pace(calls: int, cps: int) -> str:
    """`1,000 calls, about 33 s at 30 a second`."""
    count = f"{calls:,} call{'' if calls == 1 else 's'}"
    return f"{count}, about {duration(calls / cps)} at {cps} a second" if cps and calls else count

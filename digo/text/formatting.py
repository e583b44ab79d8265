"""Writes counts, times, digests and agents for people."""

from __future__ import annotations

from digo.text.counts import counted

_LETTERS = str.maketrans("0123456789abcdef", "bcdfghjklmnpqrst")


def as_letters(hexadecimal: str) -> str:
    """A digest in letters. A run of digits would look like a phone number to every redactor."""
    return hexadecimal.translate(_LETTERS)


def duration(seconds: float) -> str:
    """A duration for people: `45 s`, `12 min`, `3 h 20 min`."""
    whole = max(1, round(seconds))
    if whole < 120:
        return f"{whole} s"
    return f"{whole // 60} min" if whole < 7200 else f"{whole // 3600} h {whole % 3600 // 60} min"


def at_the_pace(calls: int, cps: int) -> str:
    """`1,000 calls, about 33 s at 30 a second`."""
    count = counted(calls, "call")
    return f"{count}, about {duration(calls / cps)} at {cps} a second" if cps and calls else count

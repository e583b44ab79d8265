"""How counts, times, digests and agents are written for people."""

from __future__ import annotations

from collections.abc import Sequence

from digo.api.models import AgentRecord
from digo.redact import mask_number, mask_numbers

_LETTERS = str.maketrans("0123456789abcdef", "bcdfghjklmnpqrst")


def as_letters(hexadecimal: str) -> str:
    """A digest without digits: a run of them would look like a phone number to every redactor on its way."""
    return hexadecimal.translate(_LETTERS)


def named_agents(agents: Sequence[AgentRecord], *, numbers: bool = False, most: int = 5) -> str:
    """Some agents by name and number, and how many more there are; masked unless `numbers`."""
    names = ", ".join(
        f'"{agent.name or ""}" ({agent.follow_me_number})'
        if numbers
        else f'"{mask_numbers(agent.name or "")}" ({mask_number(agent.follow_me_number or "")})'
        for agent in agents[:most]
    )
    return names + (f" and {len(agents) - most} more" if len(agents) > most else "")


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

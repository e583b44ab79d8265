"""Writes counts, times, digests and agents for people."""

from __future__ import annotations

from collections.abc import Sequence

from digo.api.models import AgentRecord
from digo.counts import counted
from digo.redact import mask_number, mask_numbers
from digo.sanitize.terminal import one_line

_LETTERS = str.maketrans("0123456789abcdef", "bcdfghjklmnpqrst")


def as_letters(hexadecimal: str) -> str:
    """A digest in letters. A run of digits would look like a phone number to every redactor."""
    return hexadecimal.translate(_LETTERS)


def named_agents(agents: Sequence[AgentRecord], *, numbers: bool = False, most: int | None = 5) -> str:
    """Some agents by name, number and EID, and the count of the rest.

    Numbers are masked unless `numbers`. With `most` None, all agents are named.
    """
    shown = agents if most is None else agents[:most]
    names = ", ".join(named_agent(agent, numbers=numbers) for agent in shown)
    return names + (f" and {len(agents) - len(shown):,} more" if len(agents) > len(shown) else "")


def named_agent(agent: AgentRecord, *, numbers: bool = False) -> str:
    """An agent by name, number and EID: `"Night desk" (***0104, eid 1234567890123)`. An EID is no secret."""
    name, number = agent.name or "", agent.follow_me_number or ""
    if not numbers:
        name, number = mask_numbers(name), mask_number(number) if number else ""
    return f'"{one_line(name)}" ({one_line(number) or "no number"}, eid {one_line(agent.eid)})'


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

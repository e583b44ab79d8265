"""Agents that nobody has: fictitious numbers, 100 of them in each area code that is in use."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import phonenumbers

MOST = 10_000
_NUMBERS_AN_AREA = 100
_FIRST_INTERCOM = 1_000  # four digits that do not begin with 0: the agents beyond the last have none


def agents(count: int) -> Iterator[tuple[str, dict[str, str]]]:
    """`count` entries of `agents.yaml`: stable key and fields."""
    for index in range(count):
        area, line = divmod(index, _NUMBERS_AN_AREA)
        fields = {"name": f"Agent {index:04}", "follow_me_number": f"+1{_areas()[area]}55501{line:02}"}
        if _FIRST_INTERCOM + index < 10_000:
            fields["intercom"] = str(_FIRST_INTERCOM + index)
        yield f"agent-{index:04}", fields


@cache
def _areas() -> tuple[int, ...]:
    """The area codes whose numbers need no warning, as those of an account's agents do not."""
    return tuple(
        area for area in range(200, 1_000) if phonenumbers.is_valid_number(phonenumbers.parse(f"+1{area}5550100"))
    )

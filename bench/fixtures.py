"""Agents that nobody has: fictitious numbers, 100 of them in each area code."""

from __future__ import annotations

from collections.abc import Iterator

MOST = 9_000  # intercoms have four digits and do not begin with 0 here
_FIRST_AREA = 200
_NUMBERS_AN_AREA = 100
_FIRST_INTERCOM = 1_000


def agents(count: int) -> Iterator[tuple[str, dict[str, str]]]:
    """`count` entries of `agents.yaml`: stable key and fields."""
    for index in range(count):
        area, line = divmod(index, _NUMBERS_AN_AREA)
        yield (
            f"agent-{index:04}",
            {
                "name": f"Agent {index:04}",
                "follow_me_number": f"+1{_FIRST_AREA + area}55501{line:02}",
                "intercom": str(_FIRST_INTERCOM + index),
            },
        )

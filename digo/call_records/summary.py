"""Counts answered and missed calls by agent and day while records are downloaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from digo.api.models import CallRecord
from digo.call_records.columns import count
from digo.text.redact import mask_number, mask_numbers

NO_AGENT = "no agent"
ANSWERED, MISSED = "answered", "missed"


@dataclass
class Tally:
    """Calls of one agent on one day. `seconds` is the talk time of the answered calls."""

    answered: int = 0
    missed: int = 0
    seconds: int = 0


@dataclass
class Summary:
    """The counts so far.

    A call that several agents missed counts as missed for each of them; `calls` counts it once. `unread` is the number
    of answered calls whose length is not a whole number of seconds. These lengths are in no sum. Phone numbers in names
    are masked unless `numbers`.
    """

    numbers: bool = False
    calls: int = 0
    answered: int = 0
    missed: int = 0
    unread: int = 0
    tallies: dict[tuple[str, str], Tally] = field(default_factory=dict)

    def __call__(self, records: Sequence[CallRecord], counted: int | None) -> None:  # noqa: ARG002  the protocol has it
        """Counts the records of one page."""
        for record in records:
            self._add(record.fields)

    def _add(self, fields: Mapping[str, Any]) -> None:
        self.calls += 1
        status, day = str(fields.get("status") or "").lower(), str(fields.get("date") or "no date")
        if status == ANSWERED:
            self.answered += 1
            tally = self._tally(self._agent(fields), day)
            tally.answered += 1
            tally.seconds += self._seconds(fields.get("answered_seconds"))
        elif status == MISSED:
            self.missed += 1
            for agent in sorted(set(self._missed_agents(fields))) or [self._agent(fields)]:
                self._tally(agent, day).missed += 1

    def _seconds(self, value: Any) -> int:
        seconds = count(value)
        self.unread += seconds is None and value is not None
        return seconds or 0

    def _tally(self, agent: str, day: str) -> Tally:
        return self.tallies.setdefault((agent, day), Tally())

    def _agent(self, fields: Mapping[str, Any]) -> str:
        return self._name(fields.get("agent_name"), fields.get("agent_number"))

    def _missed_agents(self, fields: Mapping[str, Any]) -> Iterable[str]:
        """The agents of `missed_agents`.

        The page types the field Object: one agent, or agents by some key. The sibling's replies have a list.
        """
        given = fields.get("missed_agents")
        if isinstance(given, Mapping) and not {"name", "number"} & given.keys():
            given = list(given.values())
        for one in given if isinstance(given, list) else [given]:
            if isinstance(one, Mapping):
                yield self._name(one.get("name"), one.get("number"))

    def _name(self, name: Any, number: Any) -> str:
        if name:
            return str(name) if self.numbers else mask_numbers(str(name))
        if number:
            return str(number) if self.numbers else mask_number(str(number))
        return NO_AGENT

    def days(self) -> list[str]:
        """Every day that has a call, in order."""
        return sorted({day for _, day in self.tallies})

    def agents(self) -> list[str]:
        """Every agent, the busiest first."""
        totals: dict[str, int] = {}
        for (agent, _), tally in self.tallies.items():
            totals[agent] = totals.get(agent, 0) + tally.answered + tally.missed
        return sorted(totals, key=lambda agent: (-totals[agent], agent))

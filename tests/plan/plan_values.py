"""Wanted entries, accounts and censuses, made in one line each."""

from __future__ import annotations

from typing import Any

from digo.api.models import AgentRecord
from digo.api.snapshot import Snapshot
from digo.desired import Desired, DesiredAgent, DesiredLead, Position
from digo.phone.number import parse_number
from digo.state.run_summary import RunSummary

FIELDS = ("name", "follow_me_number", "intercom")


def at(line: int, column: int = 1) -> Position:
    return Position("agents.yaml", line, column)


def number(index: int) -> str:
    return f"+1202555{100 + index:04d}"


def wanted(key: str, index: int = 1, intercom: str | None = None, name: str = "Desk", line: int = 1) -> DesiredAgent:
    """An agent whose fields stand at columns 1, 2 and 3 of its line, and the entry at column 9."""
    positions = {field: at(line, column) for column, field in enumerate(FIELDS, start=1)}
    return DesiredAgent(key, name, parse_number(number(index)), intercom, at(line, 9), positions)


def record(
    eid: str, index: int | str | None = 1, intercom: object = None, name: str | None = "Desk", **more: Any
) -> AgentRecord:
    text = number(index) if isinstance(index, int) else index
    return AgentRecord.from_dict({"eid": eid, "follow_me_number": text, "intercom": intercom, "name": name, **more})


def lead(key: str, index: int = 1, list_id: str = "4711", **fields: str) -> DesiredLead:
    return DesiredLead(key, "otp", list_id, parse_number(number(index)), fields, at(50 + index))


def desired(*entries: DesiredAgent | DesiredLead, **more: Any) -> Desired:
    agents = tuple(one for one in entries if isinstance(one, DesiredAgent))
    return Desired("test", agents, tuple(one for one in entries if isinstance(one, DesiredLead)), **more)


def account(*records: AgentRecord) -> Snapshot:
    return Snapshot.of(records)


def census(
    created: int = 0, there: int = 0, leads: int = 0, seen: int = 100, unblocked: int = 100, **more: Any
) -> RunSummary:
    """`created` agents without an EID, `there` with one, and leads that all have the same digest."""
    agents = {f"new{n}": "" for n in range(created)} | {f"old{n}": f"e{n}" for n in range(there)}
    given = {"endpoint": "http://h", "profile": "digo", "leads": {f"l{n}": "d" for n in range(leads)}}
    return RunSummary(**{**given, "seen": seen, "unblocked": unblocked, "agents": agents, **more})

"""`GET /v1/call/records`: the ended calls, by page, newest first.

Fields, filters and their types are the page's. The envelope, `agent_name` and `agent_number` are the sibling
product's; that new calls come first, so that pages shift while they are read, is the choice that is hardest on a
client.
"""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.calls import INBOUND, Call, Calls, now_ms
from sandbox.numbers import written
from sandbox.operations import Account, Operation, operation
from sandbox.reply import Reply, invalid, json_reply

DEFAULT_LIMIT = 20
STAMP = "%Y-%m-%d %H:%M:%S"

_OPERATORS = (">", "<", ">=", "<=", "!=")
_SECONDS = "(ended - placed) / 1000"


class _Filters:
    """The WHERE clause of a query's filters, and what is wrong with them."""

    def __init__(self, query: Mapping[str, list[str]], zone: ZoneInfo) -> None:
        self._query = query
        self._zone = zone
        self.errors: dict[str, str] = {}
        self.clauses = ["ended <= ?"]
        self.values: list[Any] = [now_ms()]
        self._dates()
        self._choices()
        self._texts()
        self._duration()

    def one(self, name: str) -> str | None:
        """The last value of a filter, as a form's reader takes it; an empty one is none."""
        return (self._query.get(name) or [""])[-1] or None

    def many(self, name: str) -> list[str]:
        """The values of an array filter, in each spelling that web frameworks take: repeated, `name[]`, commas."""
        given = [*self._query.get(name, []), *self._query.get(f"{name}[]", [])]
        return [part.strip() for value in given for part in value.split(",") if part.strip()]

    def number(self, name: str, default: int, most: int) -> int:
        """A positive number of the query."""
        text = self.one(name)
        if text is None:
            return default
        if not text.isdecimal() or int(text) < 1:
            self.errors[name] = f"The {name} must be at least 1."
            return default
        return min(int(text), most)

    def _where(self, clause: str, *values: Any) -> None:
        self.clauses.append(clause)
        self.values.extend(values)

    def _dates(self) -> None:
        for name, sign, last in (("from_date", ">=", 0), ("to_date", "<=", 999)):
            text = self.one(name)
            if text is None:
                continue
            try:
                moment = datetime.strptime(text, STAMP).replace(tzinfo=self._zone)
            except ValueError:
                self.errors[name] = f"The {name.replace('_', ' ')} does not match the format Y-m-d H:i:s."
                continue
            self._where(f"placed {sign} ?", int(moment.timestamp()) * 1000 + last)

    def _choices(self) -> None:
        kind, direction = self.one("call_type"), self.one("direction")
        if kind is not None and kind not in ("c", "m"):
            self.errors["call_type"] = "The selected call type is invalid."
        elif kind is not None:
            self._where("answered IS NOT NULL" if kind == "c" else "answered IS NULL")
        if direction is not None and direction.lower() not in ("inbound", "outbound"):
            self.errors["direction"] = "The selected direction is invalid."
        elif direction is not None:
            self._where("lower(direction) = ?", direction.lower())

    def _texts(self) -> None:
        if (call_id := self.one("call_id")) is not None:
            self._where("call_id = ?", call_id)
        if (caller := self.one("callerid")) is not None:
            self._where("client LIKE ?", f"%{caller.removeprefix('+')}")
        if (destination := self.one("destination")) is not None:
            self._where("json_extract(details, '$.destination') = ?", destination)
        for name in ("department", "ivr"):
            if wanted := self.many(name):
                self._where(f"json_extract(details, '$.{name}') IN ({_marks(wanted)})", *wanted)
        if wanted := self.many("services"):
            self._where(f"service IN ({_marks(wanted)})", *wanted)
        if wanted := self.many("agents"):
            same = f"SELECT eid FROM agent WHERE eid IN ({_marks(wanted)}) OR CAST(id AS TEXT) IN ({_marks(wanted)})"
            self._where(f"agent IN ({same})", *wanted, *wanted)

    def _duration(self) -> None:
        duration, operator = self.one("duration"), self.one("operator")
        if operator is not None and operator not in _OPERATORS:
            self.errors["operator"] = "The selected operator is invalid."
        elif duration is not None and not duration.isdecimal():
            self.errors["duration"] = "The duration must be a number."
        elif duration is not None:
            self._where(f"{_SECONDS} {operator or '='} ?", int(duration))


def _marks(values: list[str]) -> str:
    return ",".join("?" * len(values))


def call_records(account: Account, _path: Mapping[str, str], query: Any) -> Reply:
    """`GET /v1/call/records`, filtered and by page."""
    settings = account.settings
    filters = _Filters(query, ZoneInfo(settings.zone))
    page = filters.number("page", 1, 10_000_000)
    limit = filters.number("limit", DEFAULT_LIMIT, settings.record_limit)
    if filters.errors:
        return invalid(filters.errors)
    where = " AND ".join(filters.clauses)
    database, table = account.calls.db, account.calls.table
    count = database.execute(f"SELECT count(*) FROM {table} WHERE {where}", filters.values).fetchone()[0]
    rows = database.execute(
        f"SELECT {Calls.columns} FROM {table} WHERE {where} ORDER BY placed DESC, id DESC LIMIT ? OFFSET ?",
        (*filters.values, limit, (page - 1) * limit),
    )
    agents = account.agents.names()
    results = [_record(Call.of(row), account, agents) for row in rows]
    return json_reply({"count": count, "limit": limit, "size": len(results), "page": page, "results": results})


def _record(call: Call, account: Account, agents: Mapping[str, tuple[str | None, str | None]]) -> dict[str, Any]:
    form, zone = account.settings.number_form, ZoneInfo(account.settings.zone)
    name, digits = agents.get(call.agent or "", (None, None))
    number = written(digits, form)
    placed = datetime.fromtimestamp(call.placed / 1000, zone)
    spoken = 0 if call.answered is None else (call.ended - call.answered) // 1000
    details = dict(call.details)
    return {
        "id": str(call.id),
        "call_id": call.call_id,
        "uuid": call.uuid,
        "date": placed.strftime("%Y-%m-%d"),
        "time": placed.strftime("%H:%M:%S"),
        "end_stamp": datetime.fromtimestamp(call.ended / 1000, zone).strftime(STAMP),
        "missed_agents": [{"name": name, "number": number}] if call.answered is None and call.agent else [],
        "status": "missed" if call.answered is None else "answered",
        "department": _listed(details.pop("department", None)),
        "ivr": _listed(details.pop("ivr", None)),
        "destination": details.pop("destination", None),
        "direction": call.direction,
        "call_duration": str((call.ended - call.placed) // 1000),
        "answered_seconds": str(spoken),
        "minutes_consumed": str(math.ceil(spoken / 60)),
        "services": call.service,
        "broadcast_id": details.pop("broadcast_id", None),
        "dtmf_input": details.pop("dtmf_input", None),
        "client_number": written(call.client, form),
        "hangup_cause": call.cause,
        "did_number": written(call.did, form),
        "notes": details.pop("notes", None),
        "contact details": details.pop("contact details", None),
        "recording_url": None if call.answered is None else f"https://recordings.example.com/{call.uuid}.mp3",
        "agent_name": name if call.answered is not None or call.direction != INBOUND else None,
        "agent_number": number if call.answered is not None or call.direction != INBOUND else None,
        **details,
    }


def _listed(value: Any) -> list[Any]:
    return [] if value is None else [value]


def record_operations() -> tuple[Operation[Account], ...]:
    """The calls that read calls."""
    return (operation("GET", "/v1/call/records", call_records, needs_body=False),)

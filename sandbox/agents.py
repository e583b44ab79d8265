"""The account's agents: storage, and the objects that the list returns."""

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from sandbox.numbers import written
from sandbox.settings import NumberForm

_FIRST_ID = 111111

# The fields of the page's sample besides the ones with a column of their own.
SAMPLE: dict[str, Any] = {
    "calls_answered": 1,
    "calls_missed": 0,
    "custom_status": 0,
    "timegroup_name": None,
    "timegroup_id": None,
    "failover_destination": None,
    "failover_destination_name": None,
    "is_verified": 1,
    "departments": [],
    "allowed_caller_ids": [{"id": "2222222", "number": "12025550199"}],
    "agent_cdr": False,
    "associated_agent": False,
    "agent_groups": [],
    "sticky_settings": {"timeout": None, "ring_strategy": None, "alternate_numbers": [""]},
}

EDITABLE = frozenset({"name", "intercom", "eid", *SAMPLE})
_KNOWN = EDITABLE | {"id", "follow_me_number"}


def further_fields(body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a create's body that the page does not have. The list shows them as they were sent.

    So a new field of the tool needs no change here.
    """
    return {name: value for name, value in body.items() if name not in _KNOWN}


def eid_of(agent_id: int) -> str:
    """The 15-digit EID of a new agent."""
    return str(600_000_000_000_000 + agent_id * 7_919)


class Agents:
    """The agents of one account, in order of creation."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._next_id = self._first_free_id()

    def _first_free_id(self) -> int:
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'agent'").fetchone()
        return row[0] + 1 if row else _FIRST_ID

    def add(self, name: str | None, digits: str | None, intercom: str | None, eid: str | None = None) -> str:
        """Store a new agent and return its EID; raises sqlite3.IntegrityError if `eid` is taken."""
        agent_id = self._next_id
        eid = eid or eid_of(agent_id)
        self._db.execute(
            "INSERT INTO agent (id, eid, name, digits, intercom) VALUES (?, ?, ?, ?, ?)",
            (agent_id, eid, name, digits, intercom),
        )
        self._next_id = agent_id + 1
        return eid

    def keep(self, eid: str, further: dict[str, Any]) -> None:
        """Store the `further_fields` of a new agent; raises KeyError."""
        self.edit(eid, {}, further)

    def number_taken(self, digits: str) -> bool:
        """Whether an agent has this number."""
        return self._exists("SELECT 1 FROM agent WHERE digits = ?", digits)

    def intercom_taken(self, intercom: str) -> bool:
        """Whether an agent has this intercom."""
        return self._exists("SELECT 1 FROM agent WHERE intercom = ?", intercom)

    def exists(self, eid: str) -> bool:
        """Whether there is an agent of this EID."""
        return self._exists("SELECT 1 FROM agent WHERE eid = ?", eid)

    def reached_by(self, text: str) -> str | None:
        """The EID of the agent with that EID, intercom, number or numeric id; None where there is none."""
        digits = text.removeprefix("+")
        query = (
            "SELECT eid FROM agent WHERE ? IN (eid, intercom) OR ? IN (digits, CAST(id AS TEXT)) ORDER BY id LIMIT 1"
        )
        row = self._db.execute(query, (text, digits)).fetchone()
        return None if row is None else str(row[0])

    def names(self) -> dict[str, tuple[str | None, str | None]]:
        """Name and digits of each agent, by EID."""
        return {eid: (name, digits) for eid, name, digits in self._db.execute("SELECT eid, name, digits FROM agent")}

    def _exists(self, query: str, value: str) -> bool:
        return self._db.execute(f"{query} LIMIT 1", (value,)).fetchone() is not None

    def id_of(self, eid: str) -> int:
        """The numeric id of an agent; raises KeyError."""
        row = self._db.execute("SELECT id FROM agent WHERE eid = ?", (eid,)).fetchone()
        if row is None:
            raise KeyError(eid)
        return int(row[0])

    def edit(self, eid: str, columns: dict[str, str | None], details: dict[str, Any]) -> None:
        """Change an agent as someone in the panel would.

        `columns` may hold name, digits, intercom and eid; `details` any other field of the list's objects.
        Raises KeyError if there is no such agent, sqlite3.IntegrityError if a new EID is taken.
        """
        row = self._db.execute("SELECT details FROM agent WHERE eid = ?", (eid,)).fetchone()
        if row is None:
            raise KeyError(eid)
        merged = {**json.loads(row[0]), **details}
        names = ", ".join(f"{column} = ?" for column in (*columns, "details"))
        self._db.execute(f"UPDATE agent SET {names} WHERE eid = ?", (*columns.values(), json.dumps(merged), eid))

    def delete(self, eid: str) -> None:
        """Remove an agent as someone in the panel would; raises KeyError."""
        if self._db.execute("DELETE FROM agent WHERE eid = ?", (eid,)).rowcount == 0:
            raise KeyError(eid)

    def clear(self) -> None:
        """Remove all agents and start numbering anew."""
        self._db.execute("DELETE FROM agent")
        self._db.execute("DELETE FROM sqlite_sequence WHERE name = 'agent'")
        self._db.execute("UPDATE counter SET value = 0 WHERE name = 'list_reads'")
        self._next_id = self._first_free_id()

    def read_list(self, form: NumberForm) -> list[dict[str, Any]]:
        """The objects of `GET /v1/agents`. Each call moves the call counters, as a live account's move."""
        self._db.execute("UPDATE counter SET value = value + 1 WHERE name = 'list_reads'")
        return self.peek_list(form)

    def peek_list(self, form: NumberForm) -> list[dict[str, Any]]:
        """The objects of `GET /v1/agents`, without moving the call counters."""
        reads = self._db.execute("SELECT value FROM counter WHERE name = 'list_reads'").fetchone()[0]
        rows = self._db.execute("SELECT id, eid, name, digits, intercom, details FROM agent ORDER BY id")
        return [_listed(row, reads, form) for row in rows]


def _listed(
    row: tuple[int, str, str | None, str | None, str | None, str], reads: int, form: NumberForm
) -> dict[str, Any]:
    agent_id, eid, name, digits, intercom, details = row
    agent = {
        "id": agent_id,
        "name": name,
        "follow_me_number": written(digits, form),
        "eid": eid,
        "intercom": intercom,
        **SAMPLE,
    }
    if details != "{}":
        agent.update(json.loads(details))
    for counter, pace in (("calls_answered", 1 + agent_id % 3), ("calls_missed", agent_id % 2)):
        if isinstance(agent[counter], int):
            agent[counter] += reads * pace
    return agent

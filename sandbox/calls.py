"""The account's calls and their simulated life: queued, ringing, answered, ended.

A call is one row of times, written when it is placed. Its state follows from the times and the clock. So nothing runs
in the background, and a restarted sandbox has the same calls.
"""

import json
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal["queued", "ringing", "answered", "ended"]

OUTBOUND, INBOUND = "Outbound", "Inbound"

_COLUMNS = "id, call_id, uuid, direction, service, client, did, agent, placed, ringing, answered, ended, cause, details"


@dataclass(frozen=True, slots=True)
class NewCall:
    """A call to be placed. `client` is the other party's digits; times are milliseconds from placing it.

    `answer_after` None: nobody picks up. `details` go into the call's record as they are.
    """

    direction: str
    service: str
    client: str
    did: str | None
    agent: str | None
    ring_after: int
    answer_after: int | None
    end_after: int
    cause: str
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """A stored call; times are milliseconds since 1970. `agent` is an EID."""

    id: int
    call_id: str
    uuid: str
    direction: str
    service: str
    client: str
    did: str | None
    agent: str | None
    placed: int
    ringing: int
    answered: int | None
    ended: int
    cause: str
    details: dict[str, Any]

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> "Call":
        """The call in a row of `columns`."""
        names = cls.__slots__
        return cls(**{**dict(zip(names, row, strict=True)), "details": json.loads(row[-1])})

    def state(self, now: int) -> State:
        """Where the call is in its life."""
        if now >= self.ended:
            return "ended"
        if self.answered is not None and now >= self.answered:
            return "answered"
        return "ringing" if now >= self.ringing else "queued"

    def as_dict(self, now: int) -> dict[str, Any]:
        """The call as the admin side shows it."""
        shown = {name: getattr(self, name) for name in ("call_id", "uuid", "direction", "service", "client", "agent")}
        return {**shown, "did": self.did, "state": self.state(now), "cause": self.cause, **self.details}


def now_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class Calls:
    """All calls of one account."""

    columns = _COLUMNS

    def __init__(self, connection: sqlite3.Connection, table: str = "call") -> None:
        self.db = connection
        self.table = table

    def place(self, new: NewCall) -> Call:
        """Store a call that is placed now."""
        call_id = self.add([new], now_ms(), 0)
        found = self.find(call_id)
        assert found is not None
        return found

    def add(self, calls: Iterable[NewCall], first: int, apart: int) -> str:
        """Store calls placed at `first` and every `apart` milliseconds after it; the last one's call id."""
        number = self._last_id()
        call_id = ""

        def rows() -> Iterable[tuple[Any, ...]]:
            nonlocal number, call_id
            for index, new in enumerate(calls):
                number += 1
                placed = first + index * apart
                # The page's form: seconds since 1970, and a part that differs between the calls of one second.
                call_id = f"{placed // 1000}.{number % 1_000_000:06d}"
                answered = None if new.answer_after is None else placed + new.answer_after
                times = (placed, placed + new.ring_after, answered, placed + new.end_after)
                who = (new.direction, new.service, new.client, new.did, new.agent)
                yield (
                    number,
                    call_id,
                    f"{placed // 1000:x}{number:05x}",
                    *who,
                    *times,
                    new.cause,
                    json.dumps(new.details),
                )

        self.db.execute("BEGIN")
        self.db.executemany(f"INSERT INTO {self.table} ({_COLUMNS}) VALUES ({','.join('?' * 14)})", rows())
        self.db.execute("COMMIT")
        return call_id

    def _last_id(self) -> int:
        row = self.db.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (self.table,)).fetchone()
        return int(row[0]) if row else 0

    def find(self, call_id: str) -> Call | None:
        """The call of that id, in whatever state."""
        row = self.db.execute(f"SELECT {_COLUMNS} FROM {self.table} WHERE call_id = ?", (call_id,)).fetchone()
        return None if row is None else Call.of(row)

    def live(self, call_id: str) -> Call | None:
        """The call of that id, if it has not ended."""
        call = self.find(call_id)
        return call if call is not None and call.state(now_ms()) != "ended" else None

    def hang_up(self, call: Call, cause: str) -> None:
        """End a live call now; an answer that had not come yet never comes."""
        now = now_ms()
        answered = call.answered if call.answered is not None and call.answered <= now else None
        self.db.execute(
            f"UPDATE {self.table} SET ended = ?, answered = ?, cause = ? WHERE id = ?", (now, answered, cause, call.id)
        )

    def ring(self, call: Call, destination: str | None, ring_after: int, answer_after: int, end_after: int) -> None:
        """Let a call that waits for its destination ring there; times are milliseconds from now."""
        now, noted = now_ms(), json.dumps({**call.details, "destination": destination})
        self.db.execute(
            f"UPDATE {self.table} SET ringing = ?, answered = ?, ended = ?, cause = ?, details = ? WHERE id = ?",
            (now + ring_after, now + answer_after, now + end_after, "Normal Clearing", noted, call.id),
        )

    def hand_over(self, call: Call, agent: str | None, details: dict[str, Any]) -> None:
        """Give a live call to another agent, and note `details` in it."""
        noted = json.dumps({**call.details, **details})
        self.db.execute(f"UPDATE {self.table} SET agent = ?, details = ? WHERE id = ?", (agent, noted, call.id))

    def misses_next(self, every: int) -> bool:
        """Whether the next call is one that nobody picks up: each of number `every`; 0 means none."""
        return every > 0 and (self._last_id() + 1) % every == 0

    def all(self) -> list[Call]:
        """All calls, in order of placing."""
        return [Call.of(row) for row in self.db.execute(f"SELECT {_COLUMNS} FROM {self.table} ORDER BY id")]

    def clear(self) -> None:
        """Forget all calls and start numbering anew."""
        self.db.execute(f"DELETE FROM {self.table}")
        self.db.execute("DELETE FROM sqlite_sequence WHERE name = ?", (self.table,))

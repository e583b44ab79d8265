"""The users of the sibling's account, as they are stored.

A user can carry an agent. The legacy calls show agents alone, and name them by an id that no user has.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.settings import NumberForm
from sandbox.smartflo.user_shapes import LEGACY_APART, User, legacy_item

_FIRST_ID = 40_001
_COLUMNS = "id, eid, name, agent_name, digits, intercom, email, login_id, details"
_EDITABLE = frozenset({"eid", "name", "agent_name", "digits", "intercom", "email", "login_id"})


class Users:
    """The users of one account, in order of creation; `sandbox.operations.AgentStore` is its legacy half."""

    def __init__(self, connection: sqlite3.Connection, own_numbers: Mapping[str, str]) -> None:
        """`own_numbers`: the digits of the account's own numbers, by id."""
        self._db = connection
        self._own_numbers = own_numbers

    def create(self, name: str | None, digits: str | None, *, agent: bool = True, **columns: str | None) -> int:
        """Store a new user and return its id.

        `columns` may hold eid, intercom, email and login_id. Raises sqlite3.IntegrityError if `eid` is taken.
        """
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'smartflo_user'").fetchone()
        user_id = int(row[0]) + 1 if row else _FIRST_ID
        eid = (columns.pop("eid", None) or _eid_of(user_id)) if agent else None
        stored = {"id": user_id, "eid": eid, "name": name, "agent_name": name, "digits": digits, **columns}
        marks = ", ".join("?" * len(stored))
        self._db.execute(f"INSERT INTO smartflo_user ({', '.join(stored)}) VALUES ({marks})", tuple(stored.values()))
        return user_id

    def change(self, user_id: int, columns: Mapping[str, str | None], details: Mapping[str, Any]) -> None:
        """Change a user; raises KeyError if it is not there, sqlite3.IntegrityError if a new EID is taken."""
        user = self.get(user_id)
        merged = json.dumps({**user.details, **details})
        names = ", ".join(f"{column} = ?" for column in (*columns, "details"))
        self._db.execute(f"UPDATE smartflo_user SET {names} WHERE id = ?", (*columns.values(), merged, user_id))

    def remove(self, user_id: int) -> None:
        """Remove a user with its agent; raises KeyError."""
        if self._db.execute("DELETE FROM smartflo_user WHERE id = ?", (user_id,)).rowcount == 0:
            raise KeyError(user_id)

    def get(self, user_id: int) -> User:
        """One user; raises KeyError."""
        return self._one("id = ?", user_id)

    def of_legacy_id(self, legacy_id: int) -> User:
        """The user of an agent, by the id in the legacy list; raises KeyError."""
        return self._one("eid IS NOT NULL AND id = ?", legacy_id - LEGACY_APART)

    def of_eid(self, eid: str) -> User:
        """The user of an agent, by its EID; raises KeyError."""
        return self._one("eid = ?", eid)

    def page(self, after: int, limit: int) -> list[User]:
        """Users of ids greater than `after`, at most `limit`, in order."""
        query = f"SELECT {_COLUMNS} FROM smartflo_user WHERE id > ? ORDER BY id LIMIT ?"
        return _users(self._db.execute(query, (after, limit)))

    def all(self) -> list[User]:
        """All users, in order of creation."""
        return self.page(0, -1)

    def taken(self, column: str, value: str, but: int | None = None) -> bool:
        """Whether a user other than `but` has this value in `digits`, `intercom`, `email` or `login_id`."""
        assert column in _EDITABLE
        query = f"SELECT 1 FROM smartflo_user WHERE {column} = ? AND id IS NOT ? LIMIT 1"
        return self._db.execute(query, (value, but)).fetchone() is not None

    def _one(self, condition: str, value: object) -> User:
        found = _users(self._db.execute(f"SELECT {_COLUMNS} FROM smartflo_user WHERE {condition} LIMIT 1", (value,)))
        if not found:
            raise KeyError(value)
        return found[0]

    def add(self, name: str | None, digits: str | None, intercom: str | None, eid: str | None = None) -> str:
        """Store an agent as the legacy call makes it: with a user that cannot log in. Returns its EID."""
        user = self.get(self.create(name, digits, intercom=intercom, eid=eid))
        assert user.eid is not None
        return user.eid

    def keep(self, eid: str, further: dict[str, Any]) -> None:
        """Store the further fields of a new agent; raises KeyError."""
        self.change(self.of_eid(eid).id, {}, {"further": further})

    def edit(self, eid: str, columns: dict[str, str | None], details: dict[str, Any]) -> None:
        """Change an agent by its EID; raises KeyError."""
        self.change(self.of_eid(eid).id, columns, details)

    def number_taken(self, digits: str) -> bool:
        """Whether a user has this number."""
        return self.taken("digits", digits)

    def intercom_taken(self, intercom: str) -> bool:
        """Whether a user's agent has this intercom."""
        return self.taken("intercom", intercom)

    def reached_by(self, text: str) -> str | None:
        """The EID of the agent with that EID, intercom, number or legacy id; None where there is none."""
        digits = text.removeprefix("+")
        for user in self.all():
            if user.eid and (text in (user.eid, user.intercom) or digits in (user.digits, str(user.legacy_id))):
                return user.eid
        return None

    def names(self) -> dict[str, tuple[str | None, str | None]]:
        """Name and digits of each agent, by EID."""
        return {user.eid: (user.agent_name, user.digits) for user in self.all() if user.eid}

    def id_of(self, eid: str) -> int:
        """The legacy id of an agent; raises KeyError."""
        return self.of_eid(eid).legacy_id

    def read_list(self, form: NumberForm) -> list[dict[str, Any]]:
        """The objects of the legacy list. Each call moves the call counters, as a live account's move."""
        self._db.execute("UPDATE counter SET value = value + 1 WHERE name = 'smartflo_reads'")
        return self.peek_list(form)

    def peek_list(self, form: NumberForm) -> list[dict[str, Any]]:
        """The objects of the legacy list, without moving the counters."""
        reads = self._db.execute("SELECT value FROM counter WHERE name = 'smartflo_reads'").fetchone()[0]
        return [legacy_item(user, reads, form, self._own_numbers) for user in self.all() if user.eid]

    def clear(self) -> None:
        """Remove all users and start numbering anew."""
        self._db.execute("DELETE FROM smartflo_user")
        self._db.execute("DELETE FROM sqlite_sequence WHERE name = 'smartflo_user'")
        self._db.execute("UPDATE counter SET value = 0 WHERE name = 'smartflo_reads'")


def _eid_of(user_id: int) -> str:
    """The 13-digit EID of a new user's agent."""
    return str(5_000_000_000_000 + user_id * 7_919)


def _users(rows: Iterable[tuple[Any, ...]]) -> list[User]:
    return [User(*(*row[:-1], json.loads(row[-1]))) for row in rows]

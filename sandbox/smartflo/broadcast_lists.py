"""The broadcast lists of the sibling's account, as they are stored. Two lists can have one name."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

_FIRST_ID = 50_001
_DEFAULT_COLUMNS = ("Phone Number", "Name", "Email", "Address", "Company", "Alternate Phone Number")


@dataclass(frozen=True, slots=True)
class BroadcastList:
    """A stored list. `columns` are the names of its leads' columns from `field_0` on."""

    id: int
    name: str
    description: str | None
    columns: tuple[str, ...]


class BroadcastLists:
    """The lists of one account, in order of creation."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def create(
        self, name: str, description: str | None, columns: Sequence[str] | None, list_id: int | None = None
    ) -> int:
        """Store a new list and return its id; without `columns` it has the names of the documentation's sample."""
        if list_id is None:
            row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'smartflo_list'").fetchone()
            list_id = int(row[0]) + 1 if row else _FIRST_ID
        stored = json.dumps(list(columns or _DEFAULT_COLUMNS))
        self._db.execute("INSERT INTO smartflo_list VALUES (?, ?, ?, ?)", (list_id, name, description, stored))
        return list_id

    def get(self, list_id: str | int) -> BroadcastList:
        """One list; raises KeyError."""
        found = self._read(" WHERE id = ?", str(list_id)) if str(list_id).isdecimal() else []
        if not found:
            raise KeyError(list_id)
        return found[0]

    def all(self) -> list[BroadcastList]:
        """All lists, in order of creation."""
        return self._read(" ORDER BY id")

    def _read(self, how: str, *values: str) -> list[BroadcastList]:
        rows = self._db.execute(f"SELECT id, name, description, columns FROM smartflo_list{how}", values)
        return [BroadcastList(*(*row[:3], tuple(json.loads(row[3])))) for row in rows]

    def change(self, list_id: int, name: str, description: str | None) -> None:
        """Rename a list; raises KeyError."""
        change = "UPDATE smartflo_list SET name = ?, description = ? WHERE id = ?"
        if self._db.execute(change, (name, description, list_id)).rowcount == 0:
            raise KeyError(list_id)

    def remove(self, list_id: int) -> None:
        """Remove a list. Its leads stay where they are; raises KeyError."""
        if self._db.execute("DELETE FROM smartflo_list WHERE id = ?", (list_id,)).rowcount == 0:
            raise KeyError(list_id)

    def clear(self) -> None:
        """Remove all lists and start numbering anew."""
        self._db.execute("DELETE FROM smartflo_list")
        self._db.execute("DELETE FROM sqlite_sequence WHERE name = 'smartflo_list'")

"""The account's leads: rows of broadcast lists, kept by the digits of their phone number."""

import json
import sqlite3
from typing import Any

from sandbox.settings import Overwrite


class Leads:
    """The leads of all lists of one account."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def add(self, list_id: str, digits: str, fields: dict[str, str | None]) -> None:
        """Add a lead, whether or not the list has its number (`clone`)."""
        self._db.execute(
            "INSERT INTO lead (list_id, digits, fields) VALUES (?, ?, ?)", (list_id, digits, json.dumps(fields))
        )

    def contains(self, list_id: str, digits: str) -> bool:
        """Whether the list has a lead of this number."""
        query = "SELECT 1 FROM lead WHERE list_id = ? AND digits = ? LIMIT 1"
        return self._db.execute(query, (list_id, digits)).fetchone() is not None

    def overwrite(self, list_id: str, digits: str, fields: dict[str, str | None], how: Overwrite) -> None:
        """Change every lead of this number in the list: all its columns, or only those in `fields`."""
        query = "SELECT id, fields FROM lead WHERE list_id = ? AND digits = ?"
        for lead_id, stored in self._db.execute(query, (list_id, digits)).fetchall():
            new = {**json.loads(stored), **fields} if how == "merge" else fields
            self._db.execute("UPDATE lead SET fields = ? WHERE id = ?", (json.dumps(new), lead_id))

    def latest(self, digits: str) -> dict[str, str | None] | None:
        """The columns of the newest lead of this number in any list; None where there is none."""
        query = "SELECT fields FROM lead WHERE digits = ? ORDER BY id DESC LIMIT 1"
        row = self._db.execute(query, (digits,)).fetchone()
        return None if row is None else json.loads(row[0])

    def by_list(self) -> dict[str, list[dict[str, Any]]]:
        """All leads by list id, each with `lead_id`, `phone` (digits) and its `field_N` columns."""
        lists: dict[str, list[dict[str, Any]]] = {}
        for lead_id, list_id, digits, fields in self._db.execute(
            "SELECT id, list_id, digits, fields FROM lead ORDER BY id"
        ):
            lead = {"lead_id": lead_id, "phone": digits, "fields": json.loads(fields)}
            lists.setdefault(list_id, []).append(lead)
        return lists

    def clear(self) -> None:
        """Remove all leads of all lists and start numbering anew."""
        self._db.execute("DELETE FROM lead")
        self._db.execute("DELETE FROM sqlite_sequence WHERE name = 'lead'")

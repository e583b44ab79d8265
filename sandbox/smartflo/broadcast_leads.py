"""The leads of the sibling's lists, as they are stored: made to be written and read by the million.

A row has the JSON text of its columns from `field_1` up to the last one that is set, so that a reply is put together
from texts and no row becomes a dictionary. The number of the last column is the row's width.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.calls import now_ms
from sandbox.settings import DuplicateOption, Overwrite

MOST_COLUMNS = 35  # the documented leads end with field_34
_NAMES = tuple(f"field_{number}" for number in range(MOST_COLUMNS))
_PLACES = {name: number for number, name in enumerate(_NAMES)}
_AT_ONCE = 2000
_ASKED_AT_ONCE = 500
_quoted = json.JSONEncoder().encode

Fields = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class NewLead:
    """A lead to be written. `details` are its other facts, such as its priority; None where it has none."""

    digits: str
    fields: Fields
    details: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class StoredLead:
    """A row. `created` is in milliseconds since 1970; `fields` and `width` are as the module says."""

    id: int
    digits: str
    created: int
    width: int
    fields: str
    details: str | None

    def columns(self) -> dict[str, str]:
        """The columns that are set, without the number."""
        return {name: value for name, value in json.loads(f"{{{self.fields}}}").items() if value}


class BroadcastLeads:
    """The leads of all lists of one account, in order of creation."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def add(self, list_id: str, digits: str, fields: dict[str, str | None]) -> None:
        """Add a lead, whether or not the list has its number (`clone`)."""
        self.write(int(list_id), [NewLead(digits, fields)], "clone", "replace")

    def contains(self, list_id: str, digits: str) -> bool:
        """Whether the list has a lead of this number."""
        return bool(self._known(int(list_id), [digits]))

    def overwrite(self, list_id: str, digits: str, fields: dict[str, str | None], how: Overwrite) -> None:
        """Change every lead of this number in the list: all its columns, or only those in `fields`."""
        self.write(int(list_id), [NewLead(digits, fields)], "overwrite", how)

    def latest(self, digits: str) -> dict[str, str | None] | None:
        """The columns of the newest lead of this number in any list; None where there is none."""
        query = "SELECT fields FROM smartflo_lead WHERE digits = ? ORDER BY id DESC LIMIT 1"
        row = self._db.execute(query, (digits,)).fetchone()
        return None if row is None else json.loads(f"{{{row[0]}}}")

    def write(self, list_id: int, leads: Sequence[NewLead], option: DuplicateOption, how: Overwrite) -> None:
        """Write leads in one transaction. `option` says what happens to numbers that the list has already."""
        known = {} if option == "clone" else self._known(list_id, [lead.digits for lead in leads])
        new: list[NewLead] = []
        places: dict[str, int] = {}
        changed: list[tuple[int, NewLead]] = []
        for lead in leads:
            if lead.digits in known:
                changed += [(lead_id, lead) for lead_id in known[lead.digits]]
            elif option != "clone" and lead.digits in places:
                if option == "overwrite":
                    place = places[lead.digits]
                    new[place] = _joined(new[place], lead, how)
            else:
                places[lead.digits] = len(new)
                new.append(lead)
        self._db.execute("BEGIN")
        if option == "overwrite":
            self._overwrite(changed, how)
        now = now_ms()
        self._many(
            "INSERT INTO smartflo_lead (list_id, digits, created, width, fields, details) VALUES (?, ?, ?, ?, ?, ?)",
            [(list_id, lead.digits, now, *_text_of(lead.fields), _noted(lead.details)) for lead in new],
        )
        self._db.execute("COMMIT")

    def _overwrite(self, changed: Sequence[tuple[int, NewLead]], how: Overwrite) -> None:
        whole = [(*_text_of(lead.fields), lead_id) for lead_id, lead in changed if how == "replace"]
        self._many("UPDATE smartflo_lead SET width = ?, fields = ? WHERE id = ?", whole)
        for lead_id, lead in changed:
            if how == "merge" or lead.details:
                self.change(lead_id, lead.fields, lead.details)

    def _plain(self, query: str, values: tuple[Any, ...]) -> sqlite3.Cursor:
        # All of the texts are as SQLite has them, so the connection's own reading of each is not needed.
        cursor = self._db.execute(query, values)
        cursor.row_factory = None
        return cursor

    def _many(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        # All of the texts are storable, so the connection's own look at each of them is not needed.
        sqlite3.Connection.executemany(self._db, sql, rows)

    def _known(self, list_id: int, numbers: Sequence[str]) -> dict[str, list[int]]:
        known: dict[str, list[int]] = {}
        for start in range(0, len(numbers), _ASKED_AT_ONCE):
            part = numbers[start : start + _ASKED_AT_ONCE]
            marks = ",".join("?" * len(part))
            query = f"SELECT digits, id FROM smartflo_lead WHERE list_id = ? AND digits IN ({marks})"
            for digits, lead_id in self._plain(query, (list_id, *part)):
                known.setdefault(digits, []).append(lead_id)
        return known

    def change(self, lead_id: int, fields: Fields, details: dict[str, Any] | None, digits: str | None = None) -> None:
        """Change the columns in `fields` and the facts in `details`, and the number if `digits` has one.

        Raises KeyError if the lead is not there.
        """
        lead = self.get(lead_id)
        facts = _noted({**json.loads(lead.details or "{}"), **(details or {})})
        self._db.execute(
            "UPDATE smartflo_lead SET digits = ?, width = ?, fields = ?, details = ? WHERE id = ?",
            (digits or lead.digits, *_text_of({**lead.columns(), **fields}), facts, lead_id),
        )

    def get(self, lead_id: int) -> StoredLead:
        """One lead; raises KeyError."""
        query = "SELECT id, digits, created, width, fields, details FROM smartflo_lead WHERE id = ?"
        row = self._db.execute(query, (lead_id,)).fetchone()
        if row is None:
            raise KeyError(lead_id)
        return StoredLead(*row)

    def matching(self, list_id: int, field: str, values: Sequence[str]) -> list[int]:
        """The ids of the list's leads that have one of the values in a column; numbers are digits."""
        if field == "field_0":
            return [lead_id for ids in self._known(list_id, values).values() for lead_id in ids]
        wanted = set(values)
        return [
            lead.id
            for part in self.parts(list_id)
            for lead in (StoredLead(*row) for row in part)
            if lead.columns().get(field, "") in wanted
        ]

    def remove(self, lead_ids: Iterable[int]) -> int:
        """Remove leads, and return how many of them were there."""
        self._db.execute("BEGIN")
        removed = self._db.executemany(
            "DELETE FROM smartflo_lead WHERE id = ?", [(lead_id,) for lead_id in lead_ids]
        ).rowcount
        self._db.execute("COMMIT")
        return removed

    def remove_list(self, list_id: int) -> None:
        """Remove all leads of a list."""
        self._db.execute("DELETE FROM smartflo_lead WHERE list_id = ?", (list_id,))

    def parts(self, list_id: int, digits: str | None = None) -> Iterator[list[tuple[Any, ...]]]:
        """The list's rows in order of creation, with the values of a `StoredLead`, two thousand at a time.

        Rows that are written meanwhile may be among them. With `digits` only those of that number.
        """
        index = "smartflo_lead_list" if digits is None else "smartflo_lead_number"
        query = (
            f"SELECT id, digits, created, width, fields, details FROM smartflo_lead INDEXED BY {index}"
            f" WHERE list_id = ? AND id > ?{'' if digits is None else ' AND digits = ?'} ORDER BY id LIMIT {_AT_ONCE}"
        )
        last = 0
        while True:
            rows = self._plain(query, (list_id, last, *(() if digits is None else (digits,)))).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield rows

    def moved(self) -> int:
        """Count a read of leads, and return how many there were."""
        self._db.execute("UPDATE counter SET value = value + 1 WHERE name = 'smartflo_reads'")
        return int(self._db.execute("SELECT value FROM counter WHERE name = 'smartflo_reads'").fetchone()[0])

    def clear(self) -> None:
        """Remove all leads of all lists and start numbering anew."""
        self._db.execute("DELETE FROM smartflo_lead")
        self._db.execute("DELETE FROM sqlite_sequence WHERE name = 'smartflo_lead'")


def lead_id_of(number: int, created: int) -> str:
    """The 24 hexadecimal digits by which the API names a lead: like an id of MongoDB, they begin with its time."""
    return f"{created // 1000:08x}{number:016x}"


def number_of(lead_id: str) -> int:
    """The stored id of a lead; raises KeyError if the text names none."""
    try:
        if len(lead_id) == 24:
            return int(lead_id[8:], 16)
    except ValueError:
        pass
    raise KeyError(lead_id)


def _text_of(fields: Fields) -> tuple[int, str]:
    """A row's width, and the text of its columns."""
    width = 0
    for name, value in fields.items():
        if value and _PLACES.get(name, 0) > width:
            width = _PLACES[name]
    # An encoder of one value has a short way for a text; an object would take three times as long.
    return width, ",".join([f'"{name}":{_quoted(fields.get(name) or "")}' for name in _NAMES[1 : width + 1]])


def _noted(details: dict[str, Any] | None) -> str | None:
    return json.dumps(details) if details else None


def _joined(first: NewLead, second: NewLead, how: Overwrite) -> NewLead:
    details = {**(first.details or {}), **(second.details or {})}
    fields = {**first.fields, **second.fields} if how == "merge" else second.fields
    return NewLead(second.digits, fields, details or None)

"""Turns a call record into a row. The columns are the page's fields; `other` has all further fields."""

from __future__ import annotations

import re
from typing import Any

from digo.api.models import CallRecord
from digo.sanitize.json import for_json
from digo.text.unicode import visible

# The page's table in its order, without the envelope's fields. It lists `operator` as a field of a record, too.
PAGE_COLUMNS = (
    "id",
    "call_id",
    "uuid",
    "date",
    "time",
    "end_stamp",
    "missed_agents",
    "status",
    "department",
    "destination",
    "direction",
    "call_duration",
    "answered_seconds",
    "minutes_consumed",
    "operator",
    "services",
    "broadcast_id",
    "dtmf_input",
    "client_number",
    "hangup_cause",
    "did_number",
    "notes",
    "contact details",
    "recording_url",
)
# The sibling product's records have these. The page's table has no field for who answered.
SIBLING_COLUMNS = ("agent_name", "agent_number")
OTHER = "other"
COLUMNS = (*PAGE_COLUMNS, *SIBLING_COLUMNS, OTHER)

# Seconds and minutes; the page types them String.
COUNTS = frozenset({"call_duration", "answered_seconds", "minutes_consumed"})

_NAMED = frozenset(COLUMNS) - {OTHER}
_WHOLE = re.compile(r"\s*([+-]?[0-9]{1,19})(?:\.0+)?\s*")
_LEAST, _MOST = -(2**63), 2**63 - 1


def row(record: CallRecord) -> dict[str, str | None]:
    """The record's values by column, each as text; lists and objects as JSON."""
    values = {
        name: (_count_text if name in COUNTS else text)(value)
        if (value := record.fields.get(name)) is not None
        else None
        for name in COLUMNS
    }
    unknown = {name: value for name, value in record.fields.items() if name not in _NAMED}
    values[OTHER] = for_json(unknown) if unknown else None
    return values


def typed_row(record: CallRecord) -> dict[str, str | int | None]:
    """`row` with whole numbers in the columns of COUNTS.

    A value there that is not a whole number is kept in `other`, under the column's name.
    """
    values: dict[str, str | int | None] = {**row(record)}
    misfits = {}
    for name in COUNTS:
        value = record.fields.get(name)
        values[name] = count(value)
        if values[name] is None and value is not None:
            misfits[name] = value
    if misfits:
        unknown = {name: value for name, value in record.fields.items() if name not in _NAMED or name in misfits}
        values[OTHER] = for_json(unknown)
    return values


def text(value: Any) -> str | None:
    """A field's value as text, or None. NUL and what UTF-8 cannot hold are escaped."""
    if value is None:
        return None
    if not isinstance(value, str):
        return for_json(value)
    return value if value.isascii() and "\x00" not in value else visible(value).replace("\x00", "\\x00")


def _count_text(value: Any) -> str | None:
    """A whole number as text, in digits and without blanks around it. Other negative ones would pass for formulas."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return value
    number = count(value)
    if number is None:
        return text(value)
    return value.strip() if isinstance(value, str) else str(number)


def count(value: Any) -> int | None:
    """A whole number of 64 bits that came as a number or as text: `12`, `"12"`, `12.0`. None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str):
        found = _WHOLE.fullmatch(value)
        number = int(found[1]) if found else None
    else:
        number = int(value) if isinstance(value, int) or value.is_integer() else None
    return number if number is not None and _LEAST <= number <= _MOST else None

"""A call record as a row. The columns are the page's table of fields; what it does not have is kept in `other`."""

from __future__ import annotations

import json
from typing import Any

from digo.api.models import CallRecord

# The page's table, in its order, without the envelope's fields. `operator` stands there too, as a field of a record.
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
# The sibling product's records have these, and the page's lack any word of who answered.
SIBLING_COLUMNS = ("agent_name", "agent_number")
OTHER = "other"
COLUMNS = (*PAGE_COLUMNS, *SIBLING_COLUMNS, OTHER)

# Seconds and minutes; the page types them String.
COUNTS = frozenset({"call_duration", "answered_seconds", "minutes_consumed"})

_NAMED = frozenset(COLUMNS) - {OTHER}


def row(record: CallRecord) -> dict[str, str | None]:
    """The record's values by column, each as text; lists and objects as JSON."""
    values = {name: text(record.fields.get(name)) for name in COLUMNS}
    unknown = {name: value for name, value in record.fields.items() if name not in _NAMED}
    values[OTHER] = json.dumps(unknown, ensure_ascii=False) if unknown else None
    return values


def text(value: Any) -> str | None:
    """A field's value as text; None where there is none."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def count(value: Any) -> int | None:
    """A count that came as a number or as text; None where it is none."""
    try:
        return int(str(value))
    except ValueError:
        return None

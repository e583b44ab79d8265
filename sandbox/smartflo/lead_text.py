"""The JSON of leads, put together from texts: a list of a million leads is never a million dictionaries."""

import json
from collections.abc import Iterator
from typing import Any

from sandbox.numbers import written
from sandbox.settings import Settings
from sandbox.smartflo.broadcast_leads import MOST_COLUMNS, lead_id_of
from sandbox.smartflo.broadcast_lists import BroadcastList

_AFTER_CREATION_MS = 1000


class LeadText:
    """Writes the leads of one list as `GET /v1/broadcast/leads/{list_id}` shows them.

    `reads` is how often leads were read so far: the dial state moves with it, as a live account's moves.
    """

    def __init__(self, found: BroadcastList, settings: Settings, reads: int) -> None:
        self._settings = settings
        self._reads = reads
        self._facts = _facts(found, reads)
        self._start = f'"list_id":{found.id},"field_0":"'
        self._ends = [self._end(width, self._facts) for width in range(MOST_COLUMNS)]

    def _end(self, width: int, facts: dict[str, Any]) -> str:
        """What follows a row's own columns: the ones that it does not set, and its other facts."""
        unset = range(width + 1, self._settings.smartflo_lead_columns)
        return "".join(f',"field_{number}":""' for number in unset) + "," + _members(facts)

    def body(self, parts: Iterator[list[tuple[Any, ...]]]) -> Iterator[bytes]:
        """The root array, part by part."""
        yield b"["
        comma = ""
        for rows in parts:
            yield (comma + ",".join([self._row(*row) for row in rows])).encode()
            comma = ","
        yield b"]"

    def _row(self, number: int, digits: str, created: int, width: int, fields: str, details: str | None) -> str:
        shown = written(digits, self._settings.number_form)
        lead_id = lead_id_of(number, created)
        own = f'{self._start}{shown}"{"," if fields else ""}{fields}'
        end = self._ends[width] if details is None else self._end(width, {**self._facts, **json.loads(details)})
        updated = created + self._reads * _AFTER_CREATION_MS
        dates = f"{_date('available_at', created)},{_date('created_at', created)},{_date('updated_at', updated)}"
        return f'{{"id":"{lead_id}","lead_id":"{lead_id}",{own}{end},{dates}}}'


def _facts(found: BroadcastList, reads: int) -> dict[str, Any]:
    return {
        "skill_id": None,
        "time_group": None,
        "added_by": "api",
        "created_by": 1,
        "dial_status": reads % 3,
        "lead_picked": reads % 2,
        "dialer_dial_status": 0,
        "undisposed_lead": False,
        "call_count": reads,
        "retry_count": reads // 2,
        "alternate_phone_number": "",
        "priority": 1,
        "list_name": found.name,
        "header": json.dumps(list(found.columns)),
        "sensitive_field_map": "[]",
    }


def _members(facts: dict[str, Any]) -> str:
    return json.dumps(facts, separators=(",", ":"))[1:-1]


def _date(name: str, moment: int) -> str:
    """A moment in MongoDB's extended JSON."""
    return f'"{name}":{{"$date":{{"$numberLong":"{moment}"}}}}'

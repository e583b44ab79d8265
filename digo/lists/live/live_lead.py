"""One lead as the account shows it, found by its number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from digo.api.lead_stream import Leads
from digo.lists.live.live_rows import LiveRows
from digo.text.names import normal_name


@dataclass(frozen=True)
class LiveLead:
    """A lead that the account has.

    Attributes:
        numbers: its number as the account spells it, once for each row with it.
        rows: the columns of each of these rows, by the API's field.
    """

    numbers: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]

    @property
    def fields(self) -> Mapping[str, str]:
        """The columns of its first row."""
        return self.rows[0]

    def differing(self, wanted: Mapping[str, str]) -> tuple[str, ...]:
        """The wanted columns that have another value in one of the rows. Other columns are nobody's concern."""
        return tuple(
            name for name, text in wanted.items() if any(_plain(row[name]) != _plain(text) for row in self.rows)
        )


class LeadIndex:
    """Finds leads in a list that was read."""

    def __init__(self, leads: Leads) -> None:
        self._leads = leads
        self._live = LiveRows.of(leads, ())

    def find(self, e164: str) -> LiveLead | None:
        """The lead of a number; None if the list has none."""
        wanted = pa.array([int(e164.removeprefix("+"))], pa.uint64())
        places = pc.indices_nonzero(pc.is_valid(self._live.places_in(wanted)))
        if not len(places):
            return None
        columns = {name: column.take(places).to_pylist() for name, column in self._leads.columns.items()}
        rows = tuple({name: texts[at] for name, texts in columns.items()} for at in range(len(places)))
        return LiveLead(tuple(self._live.numbers.take(places).to_pylist()), rows)


def _plain(text: str) -> str:
    return normal_name(text).strip()

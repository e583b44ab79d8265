"""The rows of a list that an up would write, one by one, for people: what each is, where it stands, what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from digo.lists.digests.shard_change import Change
from digo.lists.digests.sorted_rows import SortedRows
from digo.lists.files.source import ListSource
from digo.lists.live.live_rows import LiveRows
from digo.lists.live.row_changes import RowChanges, plain_text, same_values
from digo.lists.rows.list_rows import BETWEEN_VALUES, Rows
from digo.source.positions import Position

_ROWS_AT_ONCE = 1 << 12


class RowKind(str, Enum):
    """What an up does with a row."""

    NEW = "new"
    """It is sent: the list does not have its number."""
    CHANGED = "changed"
    """It is sent: the list has its number with other values."""
    UNPROVEN = "unproven"
    """It is sent, because nothing proves that the list has it as it is wanted."""
    GONE = "gone"
    """Config lacks its number."""


@dataclass(frozen=True)
class ListedRow:
    """One row.

    Attributes:
        kind: what an up does with it.
        phone: its number; "" where it is not known, because the state has digests only.
        position: where it stands; None of a row that config lacks.
        columns: the file's columns whose values differ; None where the old values are not known.
    """

    kind: RowKind
    phone: str
    position: Position | None = None
    columns: tuple[str, ...] | None = None


class RowListing(Protocol):
    """The rows of a list that differ. `knows_gone`: whether the rows that config lacks are among them."""

    @property
    def knows_gone(self) -> bool: ...  # noqa: D102

    def count(self, kind: RowKind) -> int:
        """How many rows there are of a kind."""

    def rows(self, kind: RowKind) -> Iterator[ListedRow]:
        """The rows of a kind, in the order of the files."""


@dataclass(frozen=True)
class SentListing:
    """The rows that differ from what was sent. Old values are not known, and of a row that is gone nothing is.

    Attributes:
        wanted: the list's rows.
        places: the places of the rows in `wanted`, by kind, in order.
    """

    wanted: Rows
    places: Mapping[RowKind, Sequence[int]]
    knows_gone = False

    @classmethod
    def of(cls, wanted: Rows, ordered: SortedRows, change: Change) -> SentListing:
        """The rows that a change of all shards sends. `ordered` has the wanted rows by bucket."""
        new = RowKind.UNPROVEN if change.cut_off else RowKind.NEW
        kinds = {one.id: RowKind.CHANGED if one.count == 0 else new for one in change.deltas if one.count >= 0}
        places: dict[RowKind, list[int]] = {kind: [] for kind in RowKind}
        for id_, there in ordered.places_of(kinds).items():
            places[kinds[id_]].extend(there)
        for kind, buckets in ((new, change.new_buckets), (RowKind.UNPROVEN, change.whole)):
            for bucket in buckets:
                places[kind].extend(ordered.places_in(bucket).tolist())
        for bucket, confirmed in change.resumed.items():
            rows = enumerate(ordered.places_in(bucket).tolist())
            places[RowKind.UNPROVEN].extend(place for at, place in rows if not confirmed >> at & 1)
        return cls(wanted, {kind: sorted(rows_) for kind, rows_ in places.items()})

    def count(self, kind: RowKind) -> int:
        """See `RowListing`."""
        return len(self.places.get(kind, ()))

    def rows(self, kind: RowKind) -> Iterator[ListedRow]:
        """See `RowListing`."""
        for place in self.places.get(kind, ()):
            yield _wanted_row(self.wanted, kind, place)


@dataclass(frozen=True)
class LiveListing:
    """The rows that differ from what the account shows.

    Attributes:
        source: the list's source.
        wanted: the list's rows.
        live: the account's rows.
        changes: what differs between the two.
    """

    source: ListSource
    wanted: Rows
    live: LiveRows
    changes: RowChanges
    knows_gone = True

    def count(self, kind: RowKind) -> int:
        """See `RowListing`."""
        counts = self.changes.counts
        return {RowKind.NEW: counts.new, RowKind.CHANGED: counts.changed, RowKind.GONE: counts.gone}.get(kind, 0)

    def rows(self, kind: RowKind) -> Iterator[ListedRow]:
        """See `RowListing`."""
        if kind is RowKind.NEW:
            for place in self.changes.new.rows.to_pylist():
                yield _wanted_row(self.wanted, kind, place)
        elif kind is RowKind.GONE:
            for number in self.changes.gone.rows.to_pylist():
                yield ListedRow(kind, number)
        elif kind is RowKind.CHANGED:
            yield from self._changed()

    def _changed(self) -> Iterator[ListedRow]:
        names = tuple(self.source.column_of(field) for field in self.source.fields)
        rows, there = self._pairs()
        for start in range(0, len(self.changes.changed.rows), _ROWS_AT_ONCE):
            places = self.changes.changed.rows.slice(start, _ROWS_AT_ONCE)
            wanted = self.wanted.values.take(places).to_pylist()
            live = self.live.values.take(rows.take(pc.index_in(places, value_set=there))).to_pylist()
            for place, one, other in zip(places.to_pylist(), wanted, live, strict=True):
                yield _wanted_row(self.wanted, RowKind.CHANGED, place, _differing(names, one, other))

    def _pairs(self) -> tuple[pa.Array, pa.Array]:
        """The account's rows with other values, and the places of the wanted rows with their numbers."""
        found = self.live.places_in(self.wanted.phones)
        rows = pc.indices_nonzero(pc.is_valid(found))
        there = found.take(rows)
        differs = pc.invert(same_values(self.wanted.values.take(there), self.live.values.take(rows)))
        return rows.filter(differs), there.filter(differs)


def _wanted_row(rows: Rows, kind: RowKind, place: int, columns: tuple[str, ...] | None = None) -> ListedRow:
    return ListedRow(kind, f"+{rows.phones[place].as_py()}", rows.place(place), columns)


def _differing(names: tuple[str, ...], wanted: str, there: str) -> tuple[str, ...] | None:
    """The columns whose values are not the same for people; None where the account's values cannot be told apart."""
    ones, others = wanted.split(BETWEEN_VALUES), there.split(BETWEEN_VALUES)
    if len(ones) != len(others):  # somebody has the character between values in a value
        return None
    return tuple(
        name for name, one, other in zip(names, ones, others, strict=True) if plain_text(one) != plain_text(other)
    )

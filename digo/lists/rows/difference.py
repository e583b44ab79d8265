"""Compares two versions of a list, row by row: new numbers, removed numbers, changed values. It works offline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from digo.lists.files.header import as_seen
from digo.lists.files.open_file import Format, header_of
from digo.lists.files.source import PHONE_FIELD, Duplicates, ListSource
from digo.lists.rows.list_rows import BETWEEN_VALUES, Rows
from digo.source.positions import Position


@dataclass(frozen=True)
class RowChange:
    """One row that differs.

    `columns` are the columns whose values changed. `position` is in the new version, or in the old one if only it has
    the row.
    """

    phone: str
    position: Position
    columns: tuple[str, ...] = ()


class ListDifference:
    """The difference of two versions with the same columns. `columns` are those beside the phone, in order."""

    def __init__(self, old: Rows, new: Rows, columns: tuple[str, ...]) -> None:
        self._old = old
        self._new = new
        self._columns = columns
        found = pc.index_in(new.phones, value_set=old.phones)  # null if the old version lacks the number
        self._added = pc.indices_nonzero(pc.is_null(found))
        self._gone = pc.indices_nonzero(pc.invert(pc.is_in(old.phones, value_set=new.phones)))
        both = pc.indices_nonzero(pc.is_valid(found))
        before = found.take(both)
        differs = pc.not_equal(new.values.take(both), old.values.take(before))
        self._changed, self._before = both.filter(differs), before.filter(differs)

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many rows are added, gone, changed."""
        return len(self._added), len(self._gone), len(self._changed)

    def added(self) -> Iterator[RowChange]:
        """Rows whose number is new, in the order of the new files."""
        return self._rows(self._new, self._added)

    def gone(self) -> Iterator[RowChange]:
        """Rows whose number is gone, in the order of the old files."""
        return self._rows(self._old, self._gone)

    def changed(self) -> Iterator[RowChange]:
        """Rows with other values, in the order of the new files."""
        for after, before in zip(self._changed, self._before, strict=True):
            row = after.as_py()
            pairs = zip(_values(self._new, row), _values(self._old, before.as_py()), self._columns, strict=True)
            columns = tuple(column for one, other, column in pairs if one != other)
            yield RowChange(_phone(self._new, row), self._new.place(row), columns)

    @staticmethod
    def _rows(rows: Rows, indices: Iterable[pa.Scalar]) -> Iterator[RowChange]:
        for index in indices:
            yield RowChange(_phone(rows, index.as_py()), rows.place(index.as_py()))


def whole_file(
    path: Path | str, phone: str, country: str | None, duplicates: Duplicates, form: Format | None = None
) -> ListSource:
    """The source of a file with all of its columns. Its API fields are made up.

    Raises:
        FileProblem: its header cannot be read.
    """
    others = [name for name in header_of(path, form) if as_seen(name) != as_seen(phone)]
    columns = {phone: PHONE_FIELD, **{name: f"field_{place}" for place, name in enumerate(others, start=1)}}
    form = form or Format()
    return ListSource("", (path,), columns, country, duplicates, encoding=form.encoding, sheet=form.sheet)


def _values(rows: Rows, row: int) -> list[str]:
    return str(rows.values[row].as_py()).split(BETWEEN_VALUES)


def _phone(rows: Rows, row: int) -> str:
    return f"+{rows.phones[row].as_py()}"

"""Reads and checks a list's rows from all of its files: numbers, values, and the position of each row."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from digo.lists.files.addresses import shown_address
from digo.lists.files.csv_file import ListFile
from digo.lists.files.file_problem import FileProblem
from digo.lists.files.odd_cells import OddCells
from digo.lists.files.open_file import Format, list_file
from digo.lists.files.source import Duplicates, ListSource
from digo.lists.rows.number_column import NumberColumn, ParsedColumn
from digo.lists.rows.row_problem import RowProblem, RowProblems
from digo.lists.rows.suppress import Suppressed, SuppressFiles
from digo.phone.number import UNASSIGNED, invisible_text, lost_its_plus
from digo.source.positions import Position

SHOWN_DOUBTS = 5
BETWEEN_VALUES = "\x1f"
_LOST_PLUS = "; a spreadsheet drops the + of a column that is not formatted as text: format it, and write the + again"
_OR_COUNTRY = ", or give the list `country` if all its numbers lack it"
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"


@dataclass(frozen=True)
class Rows:
    """Rows in the order of their files.

    Attributes:
        phones: digits with country code, as unsigned integers.
        values: the other values of each row in the order of `ListSource.fields`, joined by `BETWEEN_VALUES`.
        place: gives the position of a row by its index.
    """

    phones: pa.Array
    values: pa.Array
    place: Callable[[int], Position] = field(repr=False)

    def __len__(self) -> int:
        return len(self.phones)

    def only(self, places: pa.Array) -> Rows:
        """The rows at these places."""
        return Rows(self.phones.take(places), self.values.take(places), lambda row: self.place(places[row].as_py()))

    @cached_property
    def fingerprint(self) -> bytes:
        """Tells these rows, in their order, from others. It is of this process: nothing keeps it."""
        found = hashlib.blake2b(digest_size=16)
        for column in (self.phones, self.values):
            for buffer in column.buffers():
                found.update(b"" if buffer is None else memoryview(buffer))
        return found.digest()

    def sample(self, places: pa.Array, *, several: bool) -> tuple[tuple[str, ...], ...]:
        """The rows at these places: the number in E.164, then the values if there are `several` columns."""
        phones, values = self.phones.take(places).to_pylist(), self.values.take(places).to_pylist()
        return tuple(
            (f"+{phone}", *(text.split(BETWEEN_VALUES) if several else ()))
            for phone, text in zip(phones, values, strict=True)
        )


@dataclass(frozen=True)
class ReadList:
    """The result of reading a list.

    Attributes:
        rows: the rows. They may be incomplete if there are problems.
        problems: the first problems. Any problem is an error.
        more: how many further problems there are, by message.
        warnings: the first warnings.
        more_warnings: how many further warnings there are, by message.
        suppressed: how many rows were left out, because their numbers stand in a suppress file.
    """

    rows: Rows
    problems: tuple[RowProblem, ...]
    more: Counter[str]
    warnings: tuple[RowProblem, ...] = ()
    more_warnings: Counter[str] = field(default_factory=Counter)
    suppressed: int = 0


def read_list(
    source: ListSource, shown: Callable[[Path], str], suppress_files: SuppressFiles | None = None
) -> ReadList:
    """Reads all files of a list. It collects problems and does not raise them.

    Args:
        source: the list.
        shown: gives the name of a file in positions.
        suppress_files: the run's suppress files, which lists may share; None if no other list is read.
    """
    suppressed = (suppress_files or SuppressFiles(shown)).read(source.suppress, source.country)
    reading = _Reading(source, shown, suppressed)
    for path in source.files:
        reading.read(path)
    return reading.result()


class _Reading:
    def __init__(self, source: ListSource, shown: Callable[[Path], str], suppressed: Suppressed) -> None:
        self._source = source
        self._shown = shown
        self._suppressed = suppressed
        self._numbers = NumberColumn(source.country)
        self._phones: list[pa.Array] = []
        self._values: list[pa.Array] = []
        self._places = _Places()
        self._problems = RowProblems()
        self._warnings: list[RowProblem] = []
        self._more_warnings: Counter[str] = Counter()

    def read(self, path: Path | str) -> None:
        shown = shown_address(path) if isinstance(path, str) else self._shown(path)
        form = Format(self._source.encoding, self._source.sheet)
        try:
            with list_file(path, tuple(self._source.columns), form=form) as file:
                self._read_rows(file, shown)
        except FileProblem as problem:
            place = Position(shown, problem.line, 1)
            self._problems.add(lambda: place, "", str(problem))
            return
        for ragged in file.ragged():
            self._problems.add(partial(Position, shown, ragged.line, 1), "", str(ragged))
        for odd in file.odd_cells():
            self._report_cells(odd, Position(shown, odd.line, 1))

    def _read_rows(self, file: ListFile, shown: str) -> None:
        start = 0
        self._places.begin(file, shown)
        for batch in file.batches():
            self._read_batch(batch, partial(_position, file, shown, start))
            start += len(batch[self._source.phone_column])

    def _read_batch(self, batch: dict[str, pa.Array], place: Callable[[int], Position]) -> None:
        filled = _any_filled(batch.values())
        phones = self._numbers.read(batch[self._source.phone_column])
        written = batch[self._source.phone_column]
        for row, message in phones.problems.items():
            if filled[row].as_py():
                advice = self._advice(str(written[row].as_py() or ""))
                self._problems.add(partial(place, row), self._source.phone_column, message + advice)
        self._warn(phones, place)
        columns = [batch[self._source.column_of(name)] for name in self._source.fields]
        for name, column in zip(self._source.fields, columns, strict=True):
            for row in _rows_with(column, _CONTROL):
                column_name = self._source.column_of(name)
                self._problems.add(partial(place, row), column_name, "it has a control character; take it out")
        values = (
            pc.binary_join_element_wise(*columns, BETWEEN_VALUES)
            if columns
            else pa.repeat(pa.scalar("", pa.string()), len(filled))
        )
        good = pc.and_(filled, pc.is_valid(phones.phones))
        if pc.all(good).as_py():
            self._phones.append(phones.phones)
            self._values.append(values)
        else:
            self._phones.append(phones.phones.filter(good))
            self._values.append(values.filter(good))
        self._places.add(good)

    def _report_cells(self, odd: OddCells, place: Position) -> None:
        if odd.is_warning:
            if odd.column == self._source.phone_column:  # its numbers are checked as numbers
                return
            self._add_warning(lambda: place, odd.column, odd.message)
            return
        for _ in range(odd.count):
            self._problems.add(lambda: place, odd.column, odd.message)

    def _advice(self, text: str) -> str:
        if not lost_its_plus(text):
            return ""
        return _LOST_PLUS if self._source.country else f"{_LOST_PLUS}{_OR_COUNTRY}"

    def _warn(self, phones: ParsedColumn, place: Callable[[int], Position]) -> None:
        """Adds the warnings of a batch. Each row may have one, so most are only counted."""
        count = pc.sum(phones.unassigned).as_py() or 0
        shown = min(count, max(0, SHOWN_DOUBTS - len(self._warnings)))
        rows = pc.indices_nonzero(phones.unassigned).slice(0, shown).to_pylist() if shown else []
        found = [(row, UNASSIGNED) for row in rows] + [
            (row, invisible_text(one)) for row, one in phones.dropped.items()
        ]
        self._more_warnings[UNASSIGNED] += count - shown
        for row, message in sorted(found):
            self._add_warning(partial(place, row), self._source.phone_column, message)

    def _add_warning(self, place: Callable[[], Position], column: str, message: str) -> None:
        if len(self._warnings) < SHOWN_DOUBTS:
            self._warnings.append(RowProblem(place(), column, message))
        else:
            self._more_warnings[message] += 1

    def result(self) -> ReadList:
        phones = pa.chunked_array(self._phones, pa.uint64()).combine_chunks()
        values = pa.chunked_array(self._values, pa.string()).cast(pa.large_string()).combine_chunks()
        rows = self._without_duplicates(Rows(phones, values, self._places.of))
        kept = self._without_suppressed(rows)
        return ReadList(
            kept,
            (*self._problems.first, *self._suppressed.problems),
            self._problems.more + self._suppressed.more,
            tuple(self._warnings),
            +self._more_warnings,
            len(rows) - len(kept),
        )

    def _without_suppressed(self, rows: Rows) -> Rows:
        marked = self._suppressed.marks(rows.phones)
        return rows.only(pc.indices_nonzero(pc.invert(marked))) if pc.any(marked).as_py() else rows

    def _without_duplicates(self, rows: Rows) -> Rows:
        order = pc.sort_indices(rows.phones)  # stable: equal numbers stay in the order of the files
        ordered = rows.phones.take(order)
        same = pc.equal(ordered[1:], ordered[:-1])
        if not pc.any(same).as_py():
            return rows
        if self._source.duplicates is Duplicates.ERROR:
            self._report_duplicates(rows, order, same)
            return rows
        first = self._source.duplicates is Duplicates.FIRST
        edge = pa.array([True])
        keep = pa.concat_arrays([edge, pc.invert(same)] if first else [pc.invert(same), edge])
        kept = order.filter(keep)
        return rows.only(kept.take(pc.sort_indices(kept)))

    def _report_duplicates(self, rows: Rows, order: pa.Array, same: pa.Array) -> None:
        for at in pc.indices_nonzero(same).to_pylist():
            self._problems.add(
                partial(_place_in_order, rows, order, at + 1),
                self._source.phone_column,
                f"this number is already at {rows.place(order[at].as_py())}; a list has a lead once "
                "(or say `duplicates: first` or `last`)"
                if not self._problems.full
                else "its number is in an earlier row",
            )


class _Places:
    """The positions of the kept rows, over all files."""

    def __init__(self) -> None:
        self._files: list[tuple[ListFile, str]] = []
        self._starts: list[int] = []
        self._dropped: list[list[int]] = []
        self._kept = 0
        self._seen = 0

    def begin(self, file: ListFile, shown: str) -> None:
        self._files.append((file, shown))
        self._starts.append(self._kept)
        self._dropped.append([])
        self._seen = 0

    def add(self, good: pa.Array) -> None:
        dropped = pc.indices_nonzero(pc.invert(good)).to_pylist()
        self._dropped[-1].extend(self._seen + row for row in dropped)
        self._seen += len(good)
        self._kept += len(good) - len(dropped)

    def of(self, index: int) -> Position:
        at = bisect_right(self._starts, index) - 1
        file, shown = self._files[at]
        dropped = self._dropped[at]
        row = index - self._starts[at]
        while (moved := index - self._starts[at] + bisect_right(dropped, row)) != row:
            row = moved
        return Position(shown, file.line_of(row), 1)


def _position(file: ListFile, shown: str, start: int, row: int) -> Position:
    return Position(shown, file.line_of(start + row), 1)


def _place_in_order(rows: Rows, order: pa.Array, at: int) -> Position:
    return rows.place(order[at].as_py())


def _any_filled(columns: Iterable[pa.Array]) -> pa.Array:
    found: pa.Array | None = None
    for column in columns:
        filled = pc.greater(pc.binary_length(pc.utf8_trim_whitespace(column)), 0)
        found = filled if found is None else pc.or_(found, filled)
    assert found is not None
    return found


def _rows_with(column: pa.Array, pattern: str) -> Iterator[int]:
    found = pc.match_substring_regex(column, pattern)
    if pc.any(found).as_py():
        yield from pc.indices_nonzero(found).to_pylist()

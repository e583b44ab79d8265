"""Finds the line of a record in its file, without a line number for each row."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from digo.lists.files.byte_scan import line_ends


class LineIndex:
    """Keeps what makes line and row numbers differ: records that were left out, and line ends inside quotes.

    Rows count from 0 and exclude records that were left out. Records count from 1, beginning after the header.

    Attributes:
        rows: how many rows there were so far.
        lone_returns: whether a cell may have a CR without LF; looking for it costs time.
    """

    def __init__(self, first_line: int) -> None:
        """`first_line` is the line on which the first record begins."""
        self._before = first_line - 1
        self._left_out: list[int] = []
        self._left_out_ends: list[int] = []
        self._broken: list[int] = []
        self._ends: list[int] = []
        self.rows = 0
        self.lone_returns = False

    @property
    def records(self) -> int:
        """How many records there were so far, including those that were left out."""
        return self.rows + len(self._left_out)

    def leave_out(self, record: int, text: str) -> None:
        """Adds a record that is not a row, because its number of columns differs from the header's."""
        inside = line_ends(text.encode())
        self._left_out.append(record)
        self._left_out_ends.append((self._left_out_ends[-1] if self._left_out_ends else 0) + inside)

    def add(self, columns: Iterable[pa.Array], rows: int) -> list[int]:
        """Adds the next rows, with all columns of the file.

        Returns the indices, among these rows, of rows with line ends in their cells.
        """
        breaks: pa.Array | None = None
        for column in columns:
            found = self._breaks(column)
            if found is not None:
                breaks = found if breaks is None else pc.add(breaks, found)
        broken: list[int] = []
        if breaks is not None:
            broken = pc.indices_nonzero(breaks).to_pylist()
            for inside, row in zip(breaks.take(pa.array(broken)).to_pylist(), broken, strict=True):
                self._broken.append(self.rows + row)
                self._ends.append((self._ends[-1] if self._ends else 0) + inside)
        self.rows += rows
        return broken

    def _breaks(self, column: pa.Array) -> pa.Array | None:
        """How many lines end in each value; None if none does."""
        if self.lone_returns:
            found = pc.count_substring_regex(column, r"\r\n|\n|\r")
            return found if pc.any(pc.greater(found, 0)).as_py() else None
        if pc.any(pc.match_substring(column, "\n")).as_py():
            return pc.count_substring(column, "\n")
        return None

    def of_row(self, row: int) -> int:
        """The line on which a row begins, from 1."""
        return self._line(self._record(row), row)

    def of_rows(self, start: int, count: int) -> Iterable[int]:
        """The lines on which `count` rows begin, from row `start` on."""
        first, last = self.of_row(start), self.of_row(start + count)
        if last - first == count:  # each of these rows is one line
            return range(first, last)
        return [self.of_row(row) for row in range(start, start + count)]

    def of_record(self, record: int) -> int:
        """The line on which a record that was left out begins."""
        return self._line(record, record - 1 - bisect_left(self._left_out, record))

    def _line(self, record: int, rows_before: int) -> int:
        broken, left_out = bisect_left(self._broken, rows_before), bisect_left(self._left_out, record)
        return (
            self._before
            + record
            + (self._ends[broken - 1] if broken else 0)
            + (self._left_out_ends[left_out - 1] if left_out else 0)
        )

    def _record(self, row: int) -> int:
        """The record number of a row: records that were left out before it add to it."""
        record = row + 1
        while (moved := row + 1 + bisect_right(self._left_out, record)) != record:
            record = moved
        return record

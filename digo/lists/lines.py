"""From the number of a record back to its line in the file, without keeping a line number for each row."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc


class Lines:
    """Counts what makes lines and rows differ: records that were left out, and line ends inside quotes.

    Rows count from 0, without the header and without the records left out; records count from 1, the header first.
    """

    def __init__(self) -> None:
        self._left_out: list[int] = []
        self._left_out_ends: list[int] = []
        self._broken: list[int] = []
        self._ends: list[int] = []
        self.rows = 0

    def leave_out(self, record: int, line_ends: int) -> None:
        """A record that is no row: it has another number of columns than the header. `line_ends` are inside it."""
        self._left_out.append(record)
        self._left_out_ends.append((self._left_out_ends[-1] if self._left_out_ends else 0) + line_ends)

    def add(self, columns: Iterable[pa.Array], rows: int) -> None:
        """The next rows, with all columns of the file."""
        breaks: pa.Array | None = None
        for column in columns:
            if pc.any(pc.match_substring(column, "\n")).as_py():
                found = pc.count_substring(column, "\n")
                breaks = found if breaks is None else pc.add(breaks, found)
        if breaks is not None:
            for row in pc.indices_nonzero(breaks).to_pylist():
                self._broken.append(self.rows + row)
                self._ends.append((self._ends[-1] if self._ends else 0) + breaks[row].as_py())
        self.rows += rows

    def of_row(self, row: int) -> int:
        """The line on which a row begins; lines count from 1."""
        return self._line(self._record(row), row)

    def of_record(self, record: int) -> int:
        """The line on which a record that was left out begins."""
        return self._line(record, record - 2 - bisect_left(self._left_out, record))

    def _line(self, record: int, rows_before: int) -> int:
        broken, left_out = bisect_left(self._broken, rows_before), bisect_left(self._left_out, record)
        return (
            record + (self._ends[broken - 1] if broken else 0) + (self._left_out_ends[left_out - 1] if left_out else 0)
        )

    def _record(self, row: int) -> int:
        """The row's record: records left out before it push it back."""
        record = row + 2
        while (moved := row + 2 + bisect_right(self._left_out, record)) != record:
            record = moved
        return record

"""Reads a CSV file (plain or gzip) or Parquet file in batches of text columns, with the line of each row.

Lead lists and the routes of number masking are read by it.
"""

from __future__ import annotations

import functools
import threading
import weakref
from array import array
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from digo.lists.files.byte_scan import (
    BEHIND_THE_END,
    BLOCK_BYTES,
    LineCount,
    ScanResult,
    SizeLimit,
    blocks,
    check_plain,
    is_gzip,
    last_line,
    scan,
    text_lines,
)
from digo.lists.files.file_problem import FileProblem, reason
from digo.lists.files.header import columns_of, read_header
from digo.lists.files.line_index import LineIndex
from digo.lists.files.odd_cells import OddCells
from digo.lists.files.parquet_file import ParquetFile
from digo.lists.files.quotes import QUOTE, continues_after_quote, is_left_open
from digo.lists.files.ragged import Ragged, with_all_columns
from digo.lists.files.source import is_parquet

_ARROW_MORE = 5  # Arrow adds four bytes to each cell, which has at least one with its separator
LET_GO_SECONDS: float | None = 10  # None waits without limit


class ListFile(Protocol):
    """One file, read once from beginning to end. `names` are its column names."""

    names: list[str]

    def batches(self) -> Iterator[dict[str, pa.Array]]:
        """The requested columns as text, batch by batch.

        Raises:
            FileProblem: the file cannot be read to its end.
        """
        ...

    def line_of(self, row: int) -> int:
        """The line (CSV) or row number (Parquet, from 1) of a row that was read."""
        ...

    def lines(self, start: int, count: int) -> Iterable[int]:
        """`line_of` for `count` rows from `start` on."""
        ...

    def ragged(self) -> list[Ragged]:
        """The records that were left out. It is complete after the last batch."""
        ...

    def odd_cells(self) -> list[OddCells]:
        """The cells that are not text. It is complete after the last batch."""
        ...


def open_list_file(path: Path, wanted: Collection[str], optional: Collection[str] = ()) -> ListFile:
    """Opens a file and checks its header. It is Parquet if its name ends so, else CSV.

    Args:
        path: the file.
        wanted: the columns that it must have.
        optional: columns that are read if it has them.

    Raises:
        FileProblem: it cannot be read, is empty, or lacks a column.
    """
    return ParquetFile(path, wanted, optional) if is_parquet(path) else _CsvFile(path, wanted, optional)


class _CsvFile:
    def __init__(self, path: Path, wanted: Collection[str], optional: Collection[str]) -> None:
        check_plain(path)
        self._path = path
        self._header = header = read_header(path, [*wanted, *optional])
        self.names = header.names
        self._wanted = columns_of(self.names, wanted, optional, header.line)
        self._lines = LineIndex(header.rows_line)
        self._handler: functools.partial[str] | None = None
        self._odd = 0
        self._last_odd: tuple[int, str] = (0, "")
        self._ragged: list[tuple[int, int]] = []
        self._filled: list[tuple[int, list[str]]] = []
        self._quotes: list[int] = []

    def batches(self) -> Iterator[dict[str, pa.Array]]:
        if self._header.alone:
            return
        scanned = scan(self._path)
        self._lines.lone_returns = scanned.lone_returns
        last: pa.RecordBatch | None = None
        limit = SizeLimit()
        let_go = threading.Event()
        self._handler = functools.partial(self._take_odd)
        weakref.finalize(self._handler, let_go.set)
        try:
            for batch in self._all_rows():
                limit.add(batch.nbytes // _ARROW_MORE)  # the file may grow while it is read
                self._note_quotes(batch, self._lines.add(batch.columns, batch.num_rows))
                if batch.num_rows:
                    last = batch
                    yield {name: batch.column(index) for name, index in self._wanted.items()}
        except (pa.ArrowException, OSError, EOFError, ValueError) as problem:
            raise self._unreadable(problem) from None
        finally:
            self._handler = None
            # A thread of Arrow may hold the handler a little longer than the read. If the process ends before that, it
            # is aborted, because that thread may no longer touch a Python object then.
            let_go.wait(LET_GO_SECONDS)
        self._check_quotes(last, scanned)
        self._check_several_lines()

    def _all_rows(self) -> Iterator[pa.RecordBatch]:
        """Arrow's batches, with the rows that Arrow skips put back in their places."""
        names = [str(index) for index in range(len(self.names))]
        given = 0
        for batch in self._open(names):
            yield self._with_filled(batch, given, given + batch.num_rows)
            given += batch.num_rows
        if self._filled:
            yield self._with_filled(_batch_of([], names), given, given + 1)

    def _open(self, names: list[str]) -> Any:
        stream = pa.input_stream(str(self._path.absolute()), compression="gzip" if is_gzip(self._path) else None)
        stream.read(self._header.offset)
        return pyarrow.csv.open_csv(
            stream,
            # Arrow gives the handler a record's number only if it uses one thread.
            read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES, column_names=names),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=self._header.sign,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=self._handler,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )

    def _take_odd(self, row: Any) -> str:
        """Handles a record with a wrong number of values. It is kept if only empty cells are missing or extra."""
        text = row.text or ""
        cells = with_all_columns(text, self._header.sign, self.names)
        if cells is None:
            self._lines.leave_out(row.number, text)
            self._ragged.append((row.number, row.actual_columns))
        else:
            self._filled.append((row.number - 1 - self._odd, cells))
        self._odd += 1
        self._last_odd = (row.number, text)
        return "skip"

    def _with_filled(self, batch: pa.RecordBatch, given: int, end: int) -> pa.RecordBatch:
        """The batch with the skipped rows before Arrow's row `end`. `given` is the number of the batch's first row."""
        due = [(before - given, cells) for before, cells in self._filled if before < end]
        if not due:
            return batch
        del self._filled[: len(due)]
        both = pa.concat_batches([batch, _batch_of([cells for _, cells in due], batch.schema.names)])
        return both.take(_merged_order(batch.num_rows, [place for place, _ in due]))

    def line_of(self, row: int) -> int:
        return self._lines.of_row(row)

    def lines(self, start: int, count: int) -> Iterable[int]:
        return self._lines.of_rows(start, count)

    def ragged(self) -> list[Ragged]:
        return [Ragged(self._lines.of_record(record), len(self.names), found) for record, found in self._ragged]

    def odd_cells(self) -> list[OddCells]:
        return []

    def _unreadable(self, problem: Exception) -> FileProblem:
        line = self.line_of(self._lines.rows)
        if "straddling" in str(problem) or "out of sync" in str(problem):
            return FileProblem(
                f"a row from here on is longer than {BLOCK_BYTES >> 20} MiB: is a quote not closed?", line
            )
        if "zlib" in str(problem):  # trailing zeros: Python's reader ignores them, Arrow's does not
            return FileProblem(f"it cannot be read: {BEHIND_THE_END}", line)
        # `scan` has just read the same bytes without an error.
        return FileProblem(f"it cannot be read from about here on: {reason(problem)}; did it change meanwhile?", line)

    def _check_quotes(self, last: pa.RecordBatch | None, scanned: ScanResult) -> None:
        """Checks the last record for a quote that is never closed: such a quote takes all that follows into its cell.

        Raises:
            FileProblem: there is such a quote.
        """
        number, text = self._last_odd
        if number and number == self._lines.records:
            line = self._lines.of_record(number)
        elif last is not None:
            line = self.line_of(self._lines.rows - 1)
            text = self._tail(last, line, scanned)
        if is_left_open(text, self._header.sign):
            raise FileProblem("a quote that opens here is never closed: this is not CSV", line)

    def _note_quotes(self, batch: pa.RecordBatch, broken: list[int]) -> None:
        """Notes the rows with quotes in their cells. It looks only at `broken`, the batch's rows of several lines."""
        if broken:
            rows = batch.take(pa.array(broken))
            before = self._lines.rows - batch.num_rows
            found = [pc.indices_nonzero(pc.match_substring(column, QUOTE)).to_pylist() for column in rows.columns]
            self._quotes += sorted({before + broken[place] for places in found for place in places})

    def _check_several_lines(self) -> None:
        """Checks the rows of several lines for a missing quote: such a cell continues into the next row.

        Raises:
            FileProblem: there is such a cell.
        """
        if not self._quotes:
            return
        lines, line = text_lines(self._path), 1
        for row in self._quotes:
            first, end = self.line_of(row), self.line_of(row + 1)
            text = "".join(islice(lines, first - line, end - line))
            line = end
            if continues_after_quote(text, self._header.sign):
                raise FileProblem("a cell begins here with a quote and goes on behind the next: is one missing?", first)

    def _tail(self, last: pa.RecordBatch, line: int, scanned: ScanResult) -> str:
        """The text of the last record, which is a row. `line` is the line on which it begins."""
        values = last.slice(last.num_rows - 1).to_pylist()[0].values()
        if not any("\n" in value or "\r" in value for value in values):
            return last_line(scanned.tail).decode()
        counting = LineCount()
        for block in blocks(self._path):
            counting.add(block)
        last_line_number = counting.line - scanned.tail.endswith((b"\n", b"\r"))
        lines = scanned.tail.splitlines(keepends=True)
        return b"".join(lines[line - last_line_number - 1 :]).decode()


def _batch_of(rows: list[list[str]], names: list[str]) -> pa.RecordBatch:
    columns = [pa.array([row[index] for row in rows], pa.string()) for index in range(len(names))]
    return pa.record_batch(columns, names=names)


def _merged_order(count: int, places: list[int]) -> pa.Array:
    """The order of `count` rows with further rows, which follow them, each moved before the row of its place.

    The result has 64-bit indices. Places are sorted; the first row has place 0.
    """
    order = array("q")
    start = 0
    for added, place in enumerate(places, start=count):
        order.extend(range(start, place))
        order.append(added)
        start = place
    order.extend(range(start, count))
    return pa.Array.from_buffers(pa.int64(), len(order), [None, pa.py_buffer(order)])

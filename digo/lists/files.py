"""Reads one file of a list in batches of text columns: CSV (plain or gzip) and Parquet, with the place of each row."""

from __future__ import annotations

import codecs
import csv
import difflib
import functools
import gzip
import io
import threading
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from digo.counts import counted
from digo.lists.lines import Lines

BLOCK_BYTES = 4 << 20
PARQUET_ROWS = 1 << 16
HEAD_BYTES = 1 << 16
LET_GO_SECONDS: float | None = 10  # None: as long as it takes
_DELIMITERS = ",;\t"


class FileProblem(Exception):
    """The file as a whole cannot be taken. `line` counts from 1."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Ragged:
    """A record with another number of values than the header has."""

    line: int
    expected: int
    found: int

    def __str__(self) -> str:
        return f"the row has {counted(self.found, 'value')}, and the header {self.expected}"


class ListFile(Protocol):
    """One file, read once from its beginning to its end."""

    def batches(self) -> Iterator[dict[str, pa.Array]]:
        """The columns that were asked for, as text, batch by batch."""
        ...

    def line_of(self, row: int) -> int:
        """The line (CSV) or row (Parquet, 1 the first) of a row that was read."""
        ...

    def ragged(self) -> list[Ragged]:
        """The records that were left out, after all batches."""
        ...


def open_list_file(path: Path, wanted: tuple[str, ...]) -> ListFile:
    """The file, with its header checked.

    Raises:
        FileProblem: it cannot be read, is empty, or lacks a column.
    """
    return _ParquetFile(path, wanted) if path.name.endswith(".parquet") else _CsvFile(path, wanted)


def header_of(path: Path) -> list[str]:
    """The names of the file's columns.

    Raises:
        FileProblem: it cannot be read, or is empty.
    """
    if path.name.endswith(".parquet"):
        return list(_ParquetFile(path, ()).names)
    return _header(path, ())[0]


def check_columns(have: list[str], wanted: tuple[str, ...]) -> None:
    """Each wanted column is there once.

    Raises:
        FileProblem: one is not.
    """
    for name in wanted:
        if have.count(name) > 1:
            raise FileProblem(f"the header has the column `{name}` twice")
        if name not in have:
            near = difflib.get_close_matches(name, have, n=1) or [one for one in have if one.lower() == name.lower()]
            shown = ", ".join(f"`{one}`" for one in have[:10])
            hint = f"did you mean `{near[0]}`?" if near else f"it has {shown}{' …' if len(have) > 10 else ''}"
            raise FileProblem(f"the header has no column `{name}`; {hint}")


class _CsvFile:
    def __init__(self, path: Path, wanted: tuple[str, ...]) -> None:
        self._path = path
        self._names, self._delimiter = _header(path, wanted)
        check_columns(self._names, wanted)
        self._wanted = {name: self._names.index(name) for name in wanted}
        self._lines = Lines()
        self._header_ends = 0
        self._long_record = 0
        self._handler: functools.partial[str] | None = None
        self._ragged: list[tuple[int, int, int]] = []

    def batches(self) -> Iterator[dict[str, pa.Array]]:
        last: pa.RecordBatch | None = None
        first = True
        let_go = threading.Event()
        self._handler = functools.partial(self._leave_out)
        weakref.finalize(self._handler, let_go.set)
        try:
            for batch in self._open():
                if first:
                    self._note_header(batch)
                    batch, first = batch.slice(1), False
                self._lines.add(batch.columns, batch.num_rows)
                if batch.num_rows:
                    last = batch
                    yield {name: batch.column(index) for name, index in self._wanted.items()}
        except (pa.ArrowInvalid, OSError, EOFError) as problem:
            raise self._unreadable(problem) from None
        finally:
            self._handler = None
            # A thread of Arrow's may hold the handler a little longer than the reading takes. A process that ends
            # before that is aborted: no thread but the main one may touch an object of Python's by then.
            let_go.wait(LET_GO_SECONDS)
        ends = [self._lines.of_record(self._long_record) + self._header_ends] if self._long_record else []
        if last is not None and _has_line_end(last.slice(last.num_rows - 1)):
            ends.append(self.line_of(self._lines.rows - 1))
        if ends:
            self._check_quotes(max(ends))

    def _open(self) -> Any:
        texts = [str(index) for index in range(len(self._names))]
        return pyarrow.csv.open_csv(
            _bytes_of(self._path),
            # The handler is told the number of a record by one thread only.
            read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES, column_names=texts),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=self._delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=self._handler,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(texts, pa.string()), strings_can_be_null=False
            ),
        )

    def _note_header(self, batch: pa.RecordBatch) -> None:
        self._header_ends = sum((name or "").count("\n") for name in batch.slice(0, 1).to_pylist()[0].values())

    def _leave_out(self, row: Any) -> str:
        line_ends = (row.text or "").count("\n")
        self._lines.leave_out(row.number, line_ends)
        self._long_record = row.number if line_ends else 0
        self._ragged.append((row.number, row.expected_columns, row.actual_columns))
        return "skip"

    def line_of(self, row: int) -> int:
        return self._lines.of_row(row) + self._header_ends

    def ragged(self) -> list[Ragged]:
        return [
            Ragged(self._lines.of_record(record) + self._header_ends, expected, found)
            for record, expected, found in self._ragged
        ]

    def _unreadable(self, problem: Exception) -> FileProblem:
        text = str(problem)
        if "UTF8" in text:
            return FileProblem("the file is not UTF-8 text; save it as CSV UTF-8", _first_bad_line(self._path))
        if "straddling" in text or "out of sync" in text:
            message = f"a row from here on is longer than {BLOCK_BYTES >> 20} MiB: is a quote not closed?"
            return FileProblem(message, self.line_of(self._lines.rows))
        return FileProblem(f"it cannot be read: {text.splitlines()[0] if text else type(problem).__name__}")

    def _check_quotes(self, line: int) -> None:
        """The last record goes over several lines: with an odd number of quotes, its own was never closed."""
        count = 0
        with _bytes_of(self._path) as stream:
            while block := stream.read(BLOCK_BYTES):
                count += block.count(b'"')
        if count % 2:
            raise FileProblem("a quote that opens here is never closed", line)


class _ParquetFile:
    def __init__(self, path: Path, wanted: tuple[str, ...]) -> None:
        try:
            self._file = pyarrow.parquet.ParquetFile(path)
        except (pa.ArrowInvalid, OSError) as problem:
            raise FileProblem(f"it is no Parquet file: {str(problem).splitlines()[0]}") from None
        schema = self._file.schema_arrow
        self.names = schema.names
        check_columns(schema.names, wanted)
        self._wanted = wanted
        for name in wanted:
            kind = schema.field(name).type
            if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind)):
                raise FileProblem(
                    f"the column `{name}` is of type {kind}, and only text and whole numbers stay as they are written; "
                    "write it as text"
                )

    def batches(self) -> Iterator[dict[str, pa.Array]]:
        for batch in self._file.iter_batches(PARQUET_ROWS, columns=list(self._wanted)):
            yield {name: pa.compute.fill_null(batch.column(name).cast(pa.string()), "") for name in self._wanted}

    def line_of(self, row: int) -> int:
        return row + 1

    def ragged(self) -> list[Ragged]:
        return []


def _bytes_of(path: Path) -> pa.NativeFile:
    return pa.input_stream(str(path), compression="gzip" if path.name.endswith(".gz") else None)


def _header(path: Path, wanted: tuple[str, ...]) -> tuple[list[str], str]:
    """The names in the header, without the spaces around them, and the sign between columns."""
    try:
        with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except (OSError, EOFError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) and problem.strerror else "it is no gzip file"
        raise FileProblem(f"it cannot be read: {reason}") from None
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise FileProblem("the file is UTF-16 text; save it as CSV UTF-8")
    if not head.strip():
        raise FileProblem("the file is empty; its first line is a header with the names of the columns")
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(head)
    except UnicodeDecodeError:
        raise FileProblem("the file is not UTF-8 text; save it as CSV UTF-8", _first_bad_line(path)) from None
    if "\0" in text.partition("\n")[0]:  # up to 3.10 the csv module cannot read it
        raise FileProblem("the header has NUL characters: UTF-16 text has them; save the file as CSV UTF-8")
    read = {sign: _first_record(text, sign) for sign in _DELIMITERS}
    best = max(_DELIMITERS, key=lambda sign: len({name.strip() for name in read[sign]} & set(wanted)))
    if not {name.strip() for name in read[best]} & set(wanted):
        best = max(_DELIMITERS, key=lambda sign: len(read[sign]))
    return [name.strip() for name in read[best]], best


def _first_record(text: str, sign: str) -> list[str]:
    stream = io.StringIO(text, newline="")
    record = next(csv.reader(stream, delimiter=sign))
    lines = text[: stream.tell()]
    if len(lines.splitlines()) > 1 and lines.count('"') % 2:
        raise FileProblem("a quote that opens in the header is never closed")
    return record


def _has_line_end(row: pa.RecordBatch) -> bool:
    return any("\n" in (value or "") for value in row.to_pylist()[0].values())


def _first_bad_line(path: Path) -> int:
    """The first line that is no UTF-8. A second reading, for the message of an error alone."""
    with _bytes_of(path) as stream:
        for number, line in enumerate(io.BufferedReader(stream), start=1):  # type: ignore[type-var]
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    return 1

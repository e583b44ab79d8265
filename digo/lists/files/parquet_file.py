"""Reads a Parquet file in batches of text columns.

A small file can stand for gigabytes: by compression, by many rows with one value, by a long value in a dictionary that
each row points to, and by values that repeat the one before. Each way is measured before memory is taken for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from digo.lists.files.byte_scan import SizeLimit, check_plain
from digo.lists.files.file_problem import FileProblem, HeaderProblem, reason
from digo.lists.files.header import columns_of
from digo.lists.files.odd_cells import OddCells
from digo.lists.files.parquet_pages import pages
from digo.lists.files.ragged import Ragged

BATCH_ROWS = 1 << 16
_BATCH_BYTES = 256 << 20
_LEAST_ROW_BYTES = 8  # a phone number
# Arrow's errors have no common base class. A name or a text that is not UTF-8 fails in Python's own decoder.
_FAILURES = (pa.ArrowException, OSError, EOFError, UnicodeError, ValueError, KeyError, NotImplementedError)


class ParquetFile:
    """See `digo.lists.files.csv_file.ListFile`. Optional columns may be boolean; they read as `true` and `false`."""

    def __init__(self, path: Path, wanted: Collection[str], optional: Collection[str] = ()) -> None:
        check_plain(path)
        try:
            self._file = pyarrow.parquet.ParquetFile(path.absolute(), page_checksum_verification=True)
            schema = self._file.schema_arrow
            self.names: list[str] = schema.names
        except _FAILURES as problem:
            raise FileProblem(f"it is not a Parquet file that can be read: {reason(problem)}") from None
        if not self.names:
            raise HeaderProblem("the file has no columns")
        self._wanted = columns_of(self.names, wanted, optional)
        for name, index in self._wanted.items():
            kind = schema.field(index).type
            if not (_is_text(kind) or (name in optional and pa.types.is_boolean(kind))):
                raise FileProblem(
                    f"the column `{name}` is of type {kind}, and only text and whole numbers stay "
                    "as they are written; write it as text"
                )
        self._rows = 0
        self._path = path
        self._limit = SizeLimit()
        self._batch_rows: list[int] = []
        try:
            self._check_sizes()
        except OSError as problem:
            raise FileProblem(f"it is not a Parquet file that can be read: {reason(problem)}") from None

    def _check_sizes(self) -> None:
        """Checks the sizes that the file and its pages state. What these stand for is counted on the way.

        Raises:
            FileProblem: it would be too large.
        """
        announced = SizeLimit()
        announced.add(self._file.metadata.num_rows * _LEAST_ROW_BYTES)
        for group in range(self._file.num_row_groups):
            longest = 0
            for column in self._columns_of(group):
                announced.add(max(0, column.total_uncompressed_size))
                longest = max(longest, self._longest_value(column))
            self._batch_rows.append(max(1, min(BATCH_ROWS, _BATCH_BYTES // max(1, longest))))

    def _longest_value(self, column: Any) -> int:
        """How many bytes a value can have that takes less in the file; 0 if each value takes its own bytes.

        A value in a dictionary is written once for many rows. With `DELTA_BYTE_ARRAY` it may repeat the one before.

        Raises:
            FileProblem: a page is too large.
        """
        starts = [column.data_page_offset, *([column.dictionary_page_offset] if column.has_dictionary_page else [])]
        page_sizes, longest, repeats = SizeLimit(), 0, "DELTA_BYTE_ARRAY" in column.encodings
        for page in pages(self._path, min(starts), column.total_compressed_size):
            page_sizes.add(page.unpacked)
            if page.is_dictionary or repeats:
                longest = max(longest, page.unpacked)
        return longest

    def _columns_of(self, group: int) -> list[Any]:
        """The metadata of the requested columns in a row group."""
        wanted = {self.names[index] for index in self._wanted.values()}
        found = self._file.metadata.row_group(group)
        columns = (found.column(index) for index in range(found.num_columns))
        return [column for column in columns if column.path_in_schema.partition(".")[0] in wanted]

    def batches(self) -> Iterator[dict[str, pa.Array]]:
        """The requested columns as text. A null cell is an empty text."""
        names = [self.names[index] for index in self._wanted.values()]
        for group in range(self._file.num_row_groups):
            try:
                for batch in self._whole_batches(group, names):
                    yield self._texts(batch, group)
                    self._rows += batch.num_rows
            except _FAILURES as problem:
                message = f"row group {group + 1} of {self._file.num_row_groups} cannot be read: {reason(problem)}"
                raise FileProblem(f"{message}; write the file again", self._rows + 1) from None

    def _whole_batches(self, group: int, names: list[str]) -> Iterator[pa.RecordBatch]:
        """The batches of a row group. Small ones are put together again: each costs the same to work with.

        Raises:
            FileProblem: their texts are too large together.
        """
        size = self._batch_rows[group]
        parts: list[pa.RecordBatch] = []
        rows = held = 0
        for batch in self._file.iter_batches(size, row_groups=[group], columns=names):
            texts = sum(map(_text_bytes, batch.columns))
            self._count(texts, group)
            parts.append(batch)
            rows += batch.num_rows
            held += texts
            if rows + size > BATCH_ROWS or held > _BATCH_BYTES:
                yield _joined(parts)
                parts, rows, held = [], 0, 0
        if parts:
            yield _joined(parts)

    def _count(self, texts: int, group: int) -> None:
        try:
            self._limit.add(texts)
        except FileProblem as problem:
            raise FileProblem(f"{problem} (in row group {group + 1})", self._rows + 1) from None

    def _texts(self, batch: pa.RecordBatch, group: int) -> dict[str, pa.Array]:
        found = {}
        for name, index in self._wanted.items():
            column = batch.column(self.names[index])
            try:
                found[name] = _as_text(column)
            except _FAILURES:
                row = _first_bad_row(column)
                if row is None:
                    raise
                message = f"the column `{name}` has a value that is not UTF-8 text (in row group {group + 1})"
                raise FileProblem(message, self._rows + row + 1) from None
        return found

    def line_of(self, row: int) -> int:
        """The row's number, from 1."""
        return row + 1

    def lines(self, start: int, count: int) -> range:
        """The numbers of `count` rows from `start` on."""
        return range(start + 1, start + 1 + count)

    def ragged(self) -> list[Ragged]:
        """Always empty: a Parquet file has all values of each row."""
        return []

    def odd_cells(self) -> list[OddCells]:
        """Always empty: the types of a Parquet file's columns are checked first."""
        return []


def _text_bytes(column: pa.Array) -> int:
    """The bytes of a column's texts, where a dictionary is written out as well."""
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    if pa.types.is_integer(column.type.value_type) or pa.types.is_null(column.type.value_type):
        return _LEAST_ROW_BYTES * len(column)
    lengths = pc.binary_length(column.dictionary.cast(pa.large_binary()))
    return int(pc.sum(lengths.take(column.indices)).as_py() or 0)


def _joined(parts: list[pa.RecordBatch]) -> pa.RecordBatch:
    return parts[0] if len(parts) == 1 else pa.concat_batches(parts)


def _is_text(kind: pa.DataType) -> bool:
    """Whether values of the type can be written in only one way."""
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
        or _is_bytes(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_null(kind)
    )


def _is_bytes(kind: pa.DataType) -> bool:
    """Whether it is text without a text annotation, which older writers of Spark and Impala leave out."""
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind))


def _as_text(column: pa.Array) -> pa.Array:
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if pa.types.is_null(column.type):
        return pa.repeat(pa.scalar("", pa.string()), len(column))
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    text = column.cast(pa.string())
    text.validate(full=True)  # the file may call bytes UTF-8 that are not
    return pc.fill_null(text, "")


def _first_bad_row(column: pa.Array) -> int | None:
    for row in range(len(column)):
        try:
            _as_text(column.slice(row, 1))
        except _FAILURES:
            return row
    return None

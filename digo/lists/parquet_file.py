"""Reads a Parquet file in batches of text columns."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from digo.lists.byte_scan import check_plain
from digo.lists.file_problem import FileProblem, HeaderProblem, reason
from digo.lists.header import columns_of
from digo.lists.ragged import Ragged

BATCH_ROWS = 1 << 16
# Arrow's errors have no common base class. A name or a text that is not UTF-8 fails in Python's own decoder.
_FAILURES = (pa.ArrowException, OSError, EOFError, UnicodeError, ValueError, KeyError, NotImplementedError)


class ParquetFile:
    """See `digo.lists.files.ListFile`. Optional columns may be boolean; they read as `true` and `false`."""

    def __init__(self, path: Path, wanted: Collection[str], optional: Collection[str] = ()) -> None:
        check_plain(path)
        try:
            self._file = pyarrow.parquet.ParquetFile(path.absolute(), page_checksum_verification=True)
            schema = self._file.schema_arrow
            self.names: list[str] = schema.names
        except _FAILURES as problem:
            raise FileProblem(f"it is no Parquet file that can be read: {reason(problem)}") from None
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

    def batches(self) -> Iterator[dict[str, pa.Array]]:
        """The requested columns as text. A null cell is an empty text."""
        names = [self.names[index] for index in self._wanted.values()]
        for group in range(self._file.num_row_groups):
            try:
                for batch in self._file.iter_batches(BATCH_ROWS, row_groups=[group], columns=names):
                    yield self._texts(batch, group)
                    self._rows += batch.num_rows
            except _FAILURES as problem:
                message = f"row group {group + 1} of {self._file.num_row_groups} cannot be read: {reason(problem)}"
                raise FileProblem(f"{message}; write the file again", self._rows + 1) from None

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

"""Writes call records as Parquet."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pyarrow
import pyarrow.parquet

from digo.api.models import CallRecord
from digo.call_records.columns import COLUMNS, COUNTS, typed_row
from digo.call_records.writers import PRIVATE

_ROWS_A_GROUP = 10_000


class Parquet:
    """A writer with the columns of the CSV.

    Durations are whole numbers, all else is text. A duration that is not a whole number is in `other`. Rows are written
    to a file beside the output, group by group. It replaces the output when the download is complete, because half a
    Parquet file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._draft = path.with_name(f"{path.name}.part")
        self._pages: list[pyarrow.Table] = []
        self._pending = 0
        self._schema = pyarrow.schema(
            [(name, pyarrow.int64() if name in COUNTS else pyarrow.string()) for name in COLUMNS]
        )
        self._file = os.fdopen(os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "wb")
        self._writer = pyarrow.parquet.ParquetWriter(self._file, self._schema, compression="zstd")

    def write(self, records: Sequence[CallRecord]) -> None:
        """See `Writer`."""
        rows = [typed_row(record) for record in records]
        # Pages are kept as columns: as Python objects, a group of rows takes ten times the memory.
        self._pages.append(pyarrow.Table.from_pylist(rows, schema=self._schema))
        self._pending += len(rows)
        if self._pending >= _ROWS_A_GROUP:
            self._write_group()

    def _write_group(self) -> None:
        self._writer.write_table(pyarrow.concat_tables(self._pages), row_group_size=_ROWS_A_GROUP)
        self._pages.clear()
        self._pending = 0

    def settle(self) -> int | None:
        """See `Writer`. A later run cannot continue a Parquet file."""
        return None

    def close(self, *, complete: bool) -> None:
        """See `Writer`."""
        if complete and self._pending:
            self._write_group()
        self._writer.close()
        self._file.close()
        if complete:
            self._draft.replace(self._path)
        else:
            self._draft.unlink()

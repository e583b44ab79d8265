"""Writes downloaded call records as a table, JSON lines or CSV. `digo.call_records.parquet` writes Parquet.

Only its owner can read a file, because it holds phone numbers.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Protocol

from digo.api.models import CallRecord
from digo.call_records.columns import COLUMNS, row, text
from digo.sanitize.csv import csv_line
from digo.sanitize.json import for_json
from digo.sanitize.terminal import one_line
from digo.text.redact import mask_number, mask_numbers

FORMATS = ("table", "jsonl", "csv", "parquet")

PRIVATE = 0o600
_SUBSCRIBER_DIGITS = 7


class Writer(Protocol):
    """The output of one download."""

    def write(self, records: Sequence[CallRecord]) -> None:
        """Adds records."""
        ...

    def settle(self) -> int | None:
        """Saves what was written to disk.

        Returns the file's size in bytes, or None if a later run cannot continue from here.
        """
        ...

    def close(self, *, complete: bool) -> None:
        """Ends the output. It removes an incomplete file if its format cannot be read in part."""
        ...


class _Text:
    """What the text formats share. An existing file is cut to `size` bytes and continued; None starts a new one."""

    def __init__(self, path: Path | None, stdout: IO[str], size: int | None) -> None:
        self._path = path
        if path is None:
            self._out, self._fresh = stdout, True
            return
        number = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), PRIVATE)
        os.truncate(number, size or 0)
        os.lseek(number, 0, os.SEEK_END)
        self._out = io.TextIOWrapper(os.fdopen(number, "r+b"), encoding="utf-8", newline="")
        self._out.seek(0, os.SEEK_END)
        self._fresh = not size

    def settle(self) -> int | None:
        """See `Writer`."""
        self._out.flush()
        if self._path is None:
            return 0
        os.fsync(self._out.fileno())
        return os.fstat(self._out.fileno()).st_size

    def close(self, *, complete: bool) -> None:  # noqa: ARG002  half a text file can be read
        """See `Writer`."""
        self._out.flush()
        if self._path is not None:
            self._out.close()


class JsonLines(_Text):
    """Writes one record a line, with every field. Terminal control characters are escaped in the JSON."""

    def write(self, records: Sequence[CallRecord]) -> None:
        """See `Writer`."""
        self._out.writelines(f"{for_json(record.fields)}\n" for record in records)


class Csv(_Text):
    """Writes the page's columns, and all further fields as JSON in `other`. See `digo.sanitize.csv`."""

    def __init__(self, path: Path | None, stdout: IO[str], size: int | None) -> None:
        super().__init__(path, stdout, size)
        if self._fresh:
            self._out.write(csv_line(COLUMNS))

    def write(self, records: Sequence[CallRecord]) -> None:
        """See `Writer`."""
        self._out.writelines(csv_line([values[name] for name in COLUMNS]) for values in map(row, records))


_SHOWN = (
    ("date", 10),
    ("time", 8),
    ("direction", 9),
    ("status", 9),
    ("call_duration", 8),
    ("client_number", 15),
    ("agent_name", 20),
    ("call_id", 20),
    ("hangup_cause", 20),
)


class Table(_Text):
    """Writes the most important columns, for people. Numbers are masked unless `numbers`."""

    def __init__(self, path: Path | None, stdout: IO[str], size: int | None, *, numbers: bool = False) -> None:
        super().__init__(path, stdout, size)
        self._numbers = numbers
        if self._fresh:
            self._line([name for name, _ in _SHOWN])

    def write(self, records: Sequence[CallRecord]) -> None:
        """See `Writer`."""
        for record in records:
            self._line([self._cell(name, record.fields.get(name)) for name, _ in _SHOWN])

    def _cell(self, name: str, value: Any) -> str:
        shown = text(value) or ""
        if not self._numbers and name not in ("call_id", "date", "time"):
            shown = mask_number(shown) if name == "client_number" and _is_long(shown) else mask_numbers(shown)
        return one_line(shown)

    def _line(self, cells: Sequence[str]) -> None:
        padded = (cell.ljust(width) for cell, (_, width) in zip(cells, _SHOWN, strict=True))
        self._out.write(f"{'  '.join(padded).rstrip()}\n")


def _is_long(number: str) -> bool:
    """Whether it has the digits of a subscriber's number; an intercom has four."""
    return sum(character.isdigit() for character in number) >= _SUBSCRIBER_DIGITS

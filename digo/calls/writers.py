"""Where downloaded call records go, as they come: a table, JSON lines or CSV. Parquet has a file of its own.

A file is readable by its owner alone: it holds phone numbers.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Protocol

from digo.api.models import CallRecord
from digo.calls.columns import COLUMNS, row, text
from digo.redact import mask_numbers

FORMATS = ("table", "jsonl", "csv", "parquet")

PRIVATE = 0o600


class Writer(Protocol):
    """One download's output."""

    def write(self, records: Sequence[CallRecord]) -> None:
        """Adds records."""
        ...

    def settle(self) -> int | None:
        """Makes what was written last; the size of the file in bytes up to here, or None where a later run could not
        go on from here."""
        ...

    def close(self, *, complete: bool) -> None:
        """Ends the output. Where the download is not complete, a format that cannot be read half is removed."""
        ...


class _Text:
    """What the text formats share. `size` is where to go on in a file that is there already; None begins it anew."""

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

    def close(self, *, complete: bool) -> None:
        """See `Writer`."""
        self._out.flush()
        if self._path is not None:
            self._out.close()


class JsonLines(_Text):
    """One record a line, with every field as it came."""

    def write(self, records: Sequence[CallRecord]) -> None:
        """See `Writer`."""
        self._out.writelines(f"{json.dumps(record.fields, ensure_ascii=False)}\n" for record in records)


class Csv(_Text):
    """The page's columns, and the fields beyond them as JSON in `other`."""

    def __init__(self, path: Path | None, stdout: IO[str], size: int | None) -> None:
        super().__init__(path, stdout, size)
        self._rows = csv.DictWriter(self._out, COLUMNS, lineterminator="\n")
        if self._fresh:
            self._rows.writeheader()

    def write(self, records: Sequence[CallRecord]) -> None:
        """See `Writer`."""
        self._rows.writerows({name: harmless(value) for name, value in row(record).items()} for record in records)


def harmless(value: str | None) -> str | None:
    """A text that no spreadsheet runs as a formula: a caller's note can begin with `=`. Numbers stay as they are."""
    if value and value[0] in "=+-@\t\r" and not re.fullmatch(r"[+-]?[\d .()-]+", value):
        return f"'{value}"
    return value


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
    """The most telling columns, for people. Numbers are masked unless `numbers`."""

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
        # A control character in somebody's name must not speak to the terminal.
        shown = "".join(character if character.isprintable() else "?" for character in shown)
        return shown if self._numbers or name in ("call_id", "date", "time") else mask_numbers(shown)

    def _line(self, cells: Sequence[str]) -> None:
        padded = (cell.ljust(width) for cell, (_, width) in zip(cells, _SHOWN, strict=True))
        self._out.write(f"{'  '.join(padded).rstrip()}\n")

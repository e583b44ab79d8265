"""A list's source: its files and columns, and how to read text, numbers and duplicates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

PHONE_FIELD = "field_0"
WORKBOOKS = (".xlsx", ".xls", ".ods")
ENDINGS = (".csv", ".csv.gz", ".parquet", *WORKBOOKS)
MAX_SHARDS = 16  # each costs about 2 KB of state


class Duplicates(str, Enum):
    """What to do if two rows have the same number: report an error, or keep one of them."""

    ERROR = "error"
    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True)
class ListSource:
    """Where a list's rows come from.

    Attributes:
        list_id: the list's id in the panel.
        files: the files, in the order in which they are read. A text is the address of an object in a store.
        columns: the API field of each file column that is read; one of them is `field_0`, the phone.
        country: two letters. Numbers without `+` are read as numbers of this country. None requires the `+`.
        duplicates: what to do if two rows have the same number.
        named: whether config names the list. Its id may then be known later than its rows, so no digest covers it.
        encoding: the encoding of its CSV files; None for UTF-8, or what a file's byte-order mark says.
        sheet: the sheet of its workbooks; None for the only one that is visible.
        suppress: files of numbers. A row with one of them is not a row of the list, so it is never sent.
    """

    list_id: str
    files: tuple[Path | str, ...]
    columns: Mapping[str, str]
    country: str | None = None
    duplicates: Duplicates = Duplicates.ERROR
    named: bool = False
    encoding: str | None = None
    sheet: str | None = None
    suppress: tuple[Path | str, ...] = ()

    @property
    def phone_column(self) -> str:
        """The file column of the phone."""
        return next(name for name, field in self.columns.items() if field == PHONE_FIELD)

    @property
    def fields(self) -> tuple[str, ...]:
        """The API's fields beside the phone, sorted by number. A row's values have this order."""
        return tuple(sorted((f for f in self.columns.values() if f != PHONE_FIELD), key=lambda f: int(f[6:])))

    def column_of(self, field: str) -> str:
        """The file's column for one of the API's fields."""
        return next(name for name, mapped in self.columns.items() if mapped == field)


def is_source(name: str) -> bool:
    """Whether a file name has an ending of list files, in upper or lower case."""
    return name.lower().endswith(ENDINGS)


def is_workbook(name: str) -> bool:
    """Whether a file name has an ending of workbooks, in upper or lower case."""
    return name.lower().endswith(WORKBOOKS)


def is_parquet(path: Path) -> bool:
    """Whether the file is Parquet, by its name; otherwise it is CSV."""
    return path.name.lower().endswith(".parquet")

"""What a list is read from: files, the columns that matter, and how their numbers and duplicates are taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

PHONE_FIELD = "field_0"
ENDINGS = (".csv", ".csv.gz", ".parquet")
MAX_SHARDS = 16  # each costs about 2 KB of state


class Duplicates(str, Enum):
    """What one number in two rows means: an error, or the row that counts."""

    ERROR = "error"
    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True)
class ListSource:
    """Where a list's rows come from.

    Attributes:
        list_id: the list's id in the panel.
        files: the files, in the order in which they are read.
        columns: the files' own column names and the API's fields; one of them is `field_0`, the phone.
        country: two letters; numbers without `+` are read as those of this country. None: each number has its `+`.
        duplicates: what one number in two rows means.
    """

    list_id: str
    files: tuple[Path, ...]
    columns: Mapping[str, str]
    country: str | None = None
    duplicates: Duplicates = Duplicates.ERROR

    @property
    def phone_column(self) -> str:
        """The column of the phone."""
        return next(name for name, field in self.columns.items() if field == PHONE_FIELD)

    @property
    def fields(self) -> tuple[str, ...]:
        """The API's fields beside the phone, by their number: the order of a row's values."""
        return tuple(sorted((f for f in self.columns.values() if f != PHONE_FIELD), key=lambda f: int(f[6:])))

    def column_of(self, field: str) -> str:
        """The file's column for one of the API's fields."""
        return next(name for name, mapped in self.columns.items() if mapped == field)


def is_source(name: str) -> bool:
    """Whether the name's ending, in whatever case, is one of a list's files."""
    return name.lower().endswith(ENDINGS)


def is_parquet(path: Path) -> bool:
    """Whether the file's name says that it is Parquet; CSV otherwise."""
    return path.name.lower().endswith(".parquet")

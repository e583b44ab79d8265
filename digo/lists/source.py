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


def find_files(folder: Path, pattern: str) -> tuple[Path, ...]:
    """The files that a `source` names, sorted: one path, or a glob relative to `folder`. Empty where there is none. A
    link that leads nowhere is among them: it stands for rows that cannot be read, not for none.

    Raises:
        ValueError: it is no glob.
        OSError: a folder cannot be read, or a name is too long.
    """
    if any(sign in pattern for sign in "*?["):
        base, relative = (Path("/"), pattern.lstrip("/")) if pattern.startswith("/") else (folder, pattern)
        return tuple(sorted(path for path in base.glob(relative) if path.is_file() or _leads_nowhere(path)))
    path = folder / pattern
    return (path,) if path.is_file() else ()


def _leads_nowhere(path: Path) -> bool:
    return path.is_symlink() and not path.exists()

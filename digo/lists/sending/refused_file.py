"""The rows of a list that the API refused, on disk until they are confirmed or leave the list.

`.digo/refused/<stack>/<list>.csv` has each row's place, its column and the API's reason, and no number. `row` names the
row by keyed digests, so that a later run finds it again where its line has moved.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from digo.lists.digests.row_delta import RowId
from digo.lists.sending.shard import shard_name
from digo.sanitize.csv import csv_line
from digo.system.atomic_file import write_file_atomically
from digo.text.formatting import as_letters

HEAD = ("file", "line", "column", "reason", "row")
_OLDER_HEAD = ("file", "line", "reason")
"""Of version 0.2.0, which had a file for each shard, and rows that cannot be found again."""
_BUCKET_DIGITS = 3
_FROM_LETTERS = str.maketrans(as_letters("0123456789abcdef"), "0123456789abcdef")


@dataclass(frozen=True)
class RefusedEntry:
    """One refused row.

    Attributes:
        file: its file, as in messages.
        line: its line.
        column: the file's column that the API complained of; "" if it named none, or several.
        reason: the API's text, redacted.
        row: names the row.
    """

    file: str
    line: int
    column: str
    reason: str
    row: RowId

    @property
    def place(self) -> tuple[str, int]:
        """File and line."""
        return self.file, self.line

    def to_line(self) -> str:
        """The row as a line of CSV."""
        return csv_line((self.file, str(self.line), self.column or None, self.reason, _written(self.row)))

    @classmethod
    def from_cells(cls, cells: Sequence[str]) -> RefusedEntry | None:
        """The row in the cells of a line; None if somebody has edited them."""
        try:
            file, line, column, reason, row = cells
            bucket, n = row[:_BUCKET_DIGITS], row[_BUCKET_DIGITS:]
            found = RowId(int(bucket.translate(_FROM_LETTERS), 16), int(n.translate(_FROM_LETTERS), 16))
            return cls(file, int(line), column, reason, found)
        except ValueError:
            return None


class RefusedFile:
    """The refused rows of one list."""

    def __init__(self, folder: Path, list_key: str) -> None:
        name = list_key.replace("%", "%25").replace("/", "%2F")
        self.path = folder / f"{name}.csv"
        self._key = list_key

    def entries(self) -> tuple[RefusedEntry, ...]:
        """The refused rows; none if there is no file, or one of another version.

        Raises:
            OSError: the file cannot be read.
        """
        lines = _lines(self.path)
        if tuple(next(lines, ())) != HEAD:
            return ()
        return tuple(entry for cells in lines if (entry := RefusedEntry.from_cells(cells)) is not None)

    def settle(
        self, index: int, of: int, refused: Iterable[RefusedEntry], waits: Callable[[RefusedEntry], bool]
    ) -> None:
        """Records what a run did with a shard. The file goes with its last row, that of version 0.2.0 too.

        Args:
            index: the shard, from 0.
            of: how many shards the list has.
            refused: the shard's rows that were refused now.
            waits: whether a row of the shard that was refused before still waits for a run to send it.

        Raises:
            OSError: the file cannot be read or written. It is as it was.
        """
        self._remove_older(index)
        now = {one.row: one for one in refused}
        before = self.entries()
        kept = [one for one in before if one.row not in now and (one.row.bucket % of != index or waits(one))]
        rows = sorted([*kept, *now.values()], key=lambda one: one.place)
        if rows == list(before):
            return
        if not rows:
            self.path.unlink(missing_ok=True)
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_file_atomically(self.path, csv_line(HEAD) + "".join(one.to_line() for one in rows))

    def _remove_older(self, index: int) -> None:
        """Removes what version 0.2.0 wrote of a shard: this run sends those rows, or config has them no more."""
        older = self.path.with_name(f"{shard_name(self._key, index).replace('/', '_')}.csv")
        if tuple(next(_lines(older), ())) == _OLDER_HEAD:
            older.unlink(missing_ok=True)


def refused_folder(root: Path, stack: str) -> Path:
    """The folder of a stack's refused rows, under the project's root."""
    return root / ".digo" / "refused" / stack


def _lines(path: Path) -> Iterator[list[str]]:
    """The lines of a file of CSV as cells; none if there is no file."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return iter(())
    return csv.reader(io.StringIO(text, newline=""))


def _written(row: RowId) -> str:
    """A row's name in letters: a run of digits would look like a phone number to every redactor."""
    return as_letters(f"{row.bucket:0{_BUCKET_DIGITS}x}{row.n:08x}")

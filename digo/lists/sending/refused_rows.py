"""The refused rows of one run: which rows an up of `digo lists retry` sends, and what stays in the files afterwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from digo.lists.digests.row_delta import RowId
from digo.lists.sending.refused_file import RefusedEntry, RefusedFile
from digo.lists.sending.retry import refused_of
from digo.lists.sending.shard import Shard

if TYPE_CHECKING:  # columns need a large library, and a run may have nothing to send
    from digo.lists.files.source import ListSource
    from digo.lists.rows.list_rows import Rows
    from digo.lists.sending.sent_rows import RefusedRow


class RefusedRows:
    """The files of a stack's refused rows.

    Args:
        folder: their folder; see `refused_folder`.
        retried: the key of the list whose refused rows this run sends again; "" in an ordinary run.
    """

    def __init__(self, folder: Path, retried: str = "") -> None:
        self._folder = folder
        self._retried = retried
        self._before: dict[str, tuple[RefusedEntry, ...]] = {}
        self._meant: dict[str, dict[RowId, RowId]] = defaultdict(dict)

    def retries(self, shard: Shard) -> bool:
        """Whether this run sends only refused rows of the shard."""
        return shard.list_key == self._retried

    def before(self, shard: Shard) -> tuple[RefusedEntry, ...]:
        """The refused rows of the shard's list when the run began. A corrected row may have come to another shard.

        Raises:
            OSError: the file cannot be read.
        """
        if shard.list_key not in self._before:
            self._before[shard.list_key] = self._file(shard).entries()
        return self._before[shard.list_key]

    def chosen(self, shard: Shard, rows: Rows, places: Sequence[int], ids: Sequence[RowId]) -> list[int]:
        """Which of the rows that differ were refused, by their index among these.

        Args:
            shard: the shard.
            rows: the list's rows.
            places: the places of the rows that differ, in `rows`.
            ids: the ids of these.

        Raises:
            OSError: the file cannot be read.
        """
        found = refused_of(self.before(shard), [(id_, rows.place(at)) for id_, at in zip(ids, places, strict=True)])
        self._meant[shard.list_key].update((one.row, ids[at]) for at, one in found.items())
        return sorted(found)

    def settle(self, shard: Shard, refused: Iterable[RefusedEntry] = (), *, stopped: bool = False) -> Path:
        """Records what the run did with a shard; the file.

        Args:
            shard: the shard.
            refused: its rows that were refused now.
            stopped: whether the run did not come to all of its rows. Then those that were refused before stay.

        Raises:
            OSError: the file cannot be read or written.
        """
        self.before(shard)  # another shard may need what this one takes out
        file, refused = self._file(shard), tuple(refused)
        again, meant = {one.row for one in refused}, self._meant[shard.list_key]
        file.settle(shard.index, shard.of, refused, lambda one: stopped and meant.get(one.row, one.row) not in again)
        return file.path

    def _file(self, shard: Shard) -> RefusedFile:
        return RefusedFile(self._folder, shard.list_key)


def refused_entries(
    source: ListSource, rows: Rows, refused: Sequence[RefusedRow], ids: Sequence[RowId]
) -> list[RefusedEntry]:
    """The refused rows as their file has them. `ids` are those of these rows."""
    columns = {field: name for name, field in source.columns.items()}
    places = (rows.place(one.row) for one in refused)
    return [
        RefusedEntry(place.file, place.line, columns.get(one.field, ""), one.reason, id_)
        for one, place, id_ in zip(refused, places, ids, strict=True)
    ]

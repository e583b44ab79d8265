"""What the shards of one run share: the ledger key, the rows, progress, and the files on disk."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from digo.lists.digests.bucket_digests import BUCKETS, Digests
from digo.lists.digests.row_delta import RowId
from digo.lists.files.source import ListSource
from digo.lists.key import LedgerKey
from digo.lists.sending.ledger import Ledger, ledger_folder, ledger_of
from digo.lists.sending.progress import ListProgress
from digo.lists.sending.refused_file import refused_folder
from digo.lists.sending.refused_rows import RefusedRows, refused_entries
from digo.lists.sending.shard import Shard, source_from_dict
from digo.source.positions import shown_path
from digo.system.extras import need
from digo.text.redact import mask_numbers

if TYPE_CHECKING:  # pyarrow takes long to import, and a run may have nothing to send
    import pyarrow as pa

    from digo.lists.digests.sorted_rows import SortedRows
    from digo.lists.rows.list_rows import Rows
    from digo.lists.rows.suppress import SuppressFiles
    from digo.lists.sending.sent_rows import RefusedRow


class ListChanged(Exception):
    """The files have changed since the plan. Nothing of the shard was sent."""


@dataclass(frozen=True)
class LoadedRows:
    """A list's rows in memory, in the order of the files. `of` is the number of shards, `key` the ledger key."""

    source: ListSource
    rows: Rows
    of: int
    key: LedgerKey

    @cached_property
    def ordered(self) -> SortedRows:
        """The rows by bucket and number, with their sketches."""
        from digo.lists.digests.sorted_rows import SortedRows

        return SortedRows(self.source, self.rows, self.key, self.of)


class ListSession:
    """The lists of one run.

    `read_key` reads the stack's ledger key; `root` is the project's folder; `cps` is the account's, 0 without a limit.
    `retried` is the key of the list whose refused rows alone are sent; "" in an ordinary run.
    """

    def __init__(
        self,
        root: Path,
        stack: str,
        endpoint: str,
        read_key: Callable[[], LedgerKey | None],
        cps: int = 0,
        retried: str = "",
    ) -> None:
        self.root = root
        self._ledgers = ledger_folder(root, stack)
        self.refused = RefusedRows(refused_folder(root, stack), retried)
        self._endpoint = endpoint
        self._read_key = read_key
        self._held: dict[tuple[str, str], LoadedRows] = {}
        self._users: dict[tuple[str, str], int] = defaultdict(int)
        self._reading = asyncio.Lock()
        self._bucket_digests: dict[tuple[str, str], Digests] = {}
        self._done: list[Shard] = []
        self._whole: dict[tuple[str, int], set[int]] = defaultdict(set)
        self.progress: dict[str, ListProgress] = defaultdict(lambda: ListProgress(cps=cps))

    @cached_property
    def key(self) -> LedgerKey | None:
        """The ledger key, read on first use."""
        return self._read_key()

    @cached_property
    def _suppress_files(self) -> SuppressFiles:
        from digo.lists.rows.suppress import SuppressFiles

        return SuppressFiles(self.shown)

    def ledger(self, shard: Shard) -> Ledger:
        """The ledger of the shard's list."""
        return ledger_of(self._ledgers, self._endpoint, shard.list_id, shard.key_check, shard.of)

    def mark_saved(self, shard: Shard, *, whole: bool) -> None:
        """Notes that the engine gets the shard's outcome. `settle` then clears its lines in the ledger.

        Args:
            shard: the shard.
            whole: whether the account has all of its rows.
        """
        self._done.append(shard)
        if whole:
            self.mark_whole(shard)

    def mark_whole(self, shard: Shard) -> None:
        """Notes that the account has all rows of a shard."""
        self._whole[shard.list_id, shard.of].add(shard.index)

    def settle(self) -> None:
        """Clears the lines of this run's shards in the ledgers. The engine must have saved their outcomes.

        While a shard of a list is not whole, the engine keeps the shards that the list had before, if it had others.
        """
        for shard in self._done:
            if len(self._whole[shard.list_id, shard.of]) == shard.of:
                self.ledger(shard).settle(range(BUCKETS))
            else:
                self.ledger(shard).settle(range(shard.index, BUCKETS, shard.of), other_shards=True)

    @asynccontextmanager
    async def rows(self, shard: Shard) -> AsyncIterator[LoadedRows]:
        """The rows of the shard's list, read once for all shards that run at the same time.

        Raises:
            ListChanged: a file is gone, or the files have problems now.
        """
        source, name = self._source(shard)
        self._users[name] += 1
        try:
            async with self._reading:
                if name not in self._held:
                    self._held[name] = await asyncio.to_thread(self._read, source, shard.of)
            yield self._held[name]
        finally:
            self._users[name] -= 1
            if not self._users[name]:
                self._held.pop(name, None)

    async def bucket_digests(self, shard: Shard) -> Digests:
        """The digests of the list's buckets as version 0.2.0 made them. The files are read for it once a run.

        Raises:
            ListChanged: see `rows`.
        """
        _, name = self._source(shard)
        if name not in self._bucket_digests:
            async with self.rows(shard) as held:
                self._bucket_digests[name] = await asyncio.to_thread(lambda: held.ordered.digests())
        return self._bucket_digests[name]

    def _source(self, shard: Shard) -> tuple[ListSource, tuple[str, str]]:
        """How to read the shard's list, and what names that."""
        source = source_from_dict(shard.list_id, shard.source, self.root)
        return source, (shard.list_key, repr(source))

    def _read(self, source: ListSource, of: int) -> LoadedRows:
        need("lists", "a list from files")
        from digo.lists.rows.list_rows import read_list

        assert self.key is not None
        for path in (*source.files, *source.suppress):
            if isinstance(path, str):
                continue
            with contextlib.suppress(PermissionError):  # reading the file reports this, with its position
                if not path.exists():
                    raise ListChanged(f"{self.shown(path)} is gone since the plan was made")
        found = read_list(source, self.shown, self._suppress_files)
        if found.problems:
            first = found.problems[0]
            raise ListChanged(
                f"the files have changed since the plan was made: {first.position}: {mask_numbers(first.message)}"
            )
        return LoadedRows(source, found.rows, of, self.key)

    def shown(self, path: Path) -> str:
        """The name of a file in messages."""
        return shown_path(path, self.root)

    def chosen(self, shard: Shard, held: LoadedRows, places: pa.Array) -> pa.Array:
        """Which of the rows at these places, which differ, were refused before: their places.

        Raises:
            OSError: the file of refused rows cannot be read.
        """
        import pyarrow as pa

        found = self.refused.chosen(shard, held.rows, places.to_pylist(), row_ids(held, places))
        return places.take(pa.array(found, pa.int64()))

    def settle_refused(
        self, shard: Shard, held: LoadedRows | None, refused: Sequence[RefusedRow] = (), *, stopped: bool = False
    ) -> Path:
        """Records which rows of a shard were refused; the file of refused rows, which has no number.

        Args:
            shard: the shard.
            held: the list's rows. None: none was sent.
            refused: the rows that were refused now.
            stopped: whether the run did not come to all rows.

        Raises:
            OSError: the file cannot be read or written.
        """
        if held is None or not refused:
            return self.refused.settle(shard, stopped=stopped)
        import pyarrow as pa

        ids = row_ids(held, pa.array([one.row for one in refused], pa.int64()))
        entries = refused_entries(held.source, held.rows, refused, ids)
        return self.refused.settle(shard, entries, stopped=stopped)


def row_ids(held: LoadedRows, places: pa.Array) -> list[RowId]:
    """The ids of the rows at these places."""
    return [one.id for one in held.ordered.new_deltas(places.to_numpy(zero_copy_only=False))]

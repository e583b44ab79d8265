"""What the shards of one run share: the ledger key, the rows, progress, and the files on disk."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from digo.lists.digests import BUCKETS
from digo.lists.key import LedgerKey
from digo.lists.ledger import Ledger, ledger_folder, ledger_of
from digo.lists.progress import ListProgress
from digo.lists.shard import Shard, source_from_dict
from digo.lists.source import ListSource
from digo.sanitize.csv import csv_line
from digo.source.positions import shown_path
from digo.system.extras import need
from digo.text.redact import mask_numbers

if TYPE_CHECKING:  # pyarrow takes long to import, and a run may have nothing to send
    from digo.lists.buckets import SortedRows
    from digo.lists.rows import Rows
    from digo.lists.sent_rows import RefusedRow
    from digo.lists.suppress import SuppressFiles


class ListChanged(Exception):
    """The files have changed since the plan. Nothing of the shard was sent."""


@dataclass(frozen=True)
class LoadedRows:
    """A list's rows in memory, in the order of the files and by bucket."""

    source: ListSource
    rows: Rows
    ordered: SortedRows


class ListSession:
    """The lists of one run.

    `read_key` reads the stack's ledger key; `root` is the project's folder; `cps` is the account's, 0 without a limit.
    """

    def __init__(
        self, root: Path, stack: str, endpoint: str, read_key: Callable[[], LedgerKey | None], cps: int = 0
    ) -> None:
        self.root = root
        self._ledgers = ledger_folder(root, stack)
        self._refused = root / ".digo" / "refused" / stack
        self._endpoint = endpoint
        self._read_key = read_key
        self._held: dict[tuple[str, str], LoadedRows] = {}
        self._users: dict[tuple[str, str], int] = defaultdict(int)
        self._reading = asyncio.Lock()
        self._done: list[Shard] = []
        self.progress: dict[str, ListProgress] = defaultdict(lambda: ListProgress(cps=cps))

    @cached_property
    def key(self) -> LedgerKey | None:
        """The ledger key, read on first use."""
        return self._read_key()

    @cached_property
    def _suppress_files(self) -> SuppressFiles:
        from digo.lists.suppress import SuppressFiles

        return SuppressFiles(self.shown)

    def ledger(self, shard: Shard) -> Ledger:
        """The ledger of the shard's list."""
        return ledger_of(self._ledgers, self._endpoint, shard.list_id, shard.key_check, shard.of)

    def mark_saved(self, shard: Shard) -> None:
        """Notes that the engine gets the shard's outcome. `settle` then clears its lines in the ledger."""
        self._done.append(shard)

    def settle(self) -> None:
        """Clears the lines of this run's shards in the ledgers. The engine must have saved their outcomes."""
        for shard in self._done:
            self.ledger(shard).settle(range(shard.index, BUCKETS, shard.of))

    @asynccontextmanager
    async def rows(self, shard: Shard) -> AsyncIterator[LoadedRows]:
        """The rows of the shard's list, read once for all shards that run at the same time.

        Raises:
            ListChanged: a file is gone, or the files have problems now.
        """
        source = source_from_dict(shard.list_id, shard.source, self.root)
        name = (shard.list_key, repr(source))
        self._users[name] += 1
        try:
            async with self._reading:
                if name not in self._held:
                    self._held[name] = await asyncio.to_thread(self._read, source)
            yield self._held[name]
        finally:
            self._users[name] -= 1
            if not self._users[name]:
                self._held.pop(name, None)

    def _read(self, source: ListSource) -> LoadedRows:
        need("lists", "a list from files")
        from digo.lists.buckets import SortedRows
        from digo.lists.rows import read_list

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
        return LoadedRows(source, found.rows, SortedRows(source, found.rows, self.key))

    def shown(self, path: Path) -> str:
        """The name of a file in messages."""
        return shown_path(path, self.root)

    def write_refused(self, shard: Shard, held: LoadedRows, refused: Iterable[RefusedRow]) -> Path:
        """Writes a file with the refused rows of a shard: position and the API's reason, without numbers."""
        path = self._refused / f"{shard.name.replace('/', '_')}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(csv_line(("file", "line", "reason")))
            for one in refused:
                place = held.rows.place(one.row)
                file.write(csv_line((place.file, str(place.line), one.reason)))
        return path

"""Reads all pages of call records, and gives each record once, in constant memory.

Pages shift while they are read: a call that ends between two requests pushes records of one page into the next. So the
reader remembers each record's key. The keys are on disk, because a million of them take too much memory.
"""

from __future__ import annotations

import errno
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing
from hashlib import blake2b
from typing import TYPE_CHECKING, Protocol

from digo.api.calls import Call
from digo.api.client import Client
from digo.api.models import CallRecord, RecordPage
from digo.api.voice import RecordQuery, call_records

if TYPE_CHECKING:
    from digo.api.async_client import AsyncClient


MOST_REPEATS = 10


class SeenRecords(Protocol):
    """Remembers records by their keys."""

    def fresh(self, records: Sequence[CallRecord]) -> list[CallRecord]:
        """The records that are new, in their order. They are remembered from now on."""
        ...


class TemporarySeenRecords:
    """Remembers records during one download, in a temporary file that SQLite removes."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("CREATE TABLE seen (key BLOB PRIMARY KEY) WITHOUT ROWID")

    def fresh(self, records: Sequence[CallRecord]) -> list[CallRecord]:
        """See `Seen`.

        Raises:
            OSError: the temporary folder has no room for them.
        """
        add = "INSERT OR IGNORE INTO seen VALUES (?)"
        try:
            self._database.execute("BEGIN")
            found = [record for record in records if self._database.execute(add, (digest(record),)).rowcount]
            self._database.execute("COMMIT")
        except sqlite3.Error as problem:
            raise OSError(errno.ENOSPC, str(problem), tempfile.gettempdir()) from None
        return found

    def close(self) -> None:
        """Forgets everything."""
        self._database.close()


def digest(record: CallRecord) -> bytes:
    """A digest of a record's key, 16 bytes."""
    return blake2b(record.key.encode(), digest_size=16).digest()


class RecordPager:
    """Tracks which page comes next, and whether there is one. It sends nothing itself.

    Attributes:
        page: the number of the page that `call` asks for.
        received: records so far, each counted once.
        counted: the largest `count` that a reply had; None where none had one.
    """

    def __init__(self, query: RecordQuery, seen: SeenRecords, page: int = 1) -> None:
        self._query = query
        self._seen = seen
        self._first_size: int | None = None
        self._last_keys: list[str] = []
        self._repeats = 0
        self.page = page
        self.received = 0
        self.counted: int | None = None
        self.done = False

    def call(self) -> Call[RecordPage]:
        """The request for the next page."""
        return call_records(self._query, self.page)

    def take(self, page: RecordPage) -> list[CallRecord]:
        """The new records of a page. It also moves on to the next page.

        Each of these is the end: an empty page; a page shorter than the first; a page that is not full after the API's
        whole count was received; a page with another number than the requested one; the same page `MOST_REPEATS` times
        in a row.

        These are not the end: a page that the API capped below `limit`; a single repeated page, which also comes if
        exactly one page of calls ended between two requests; a short page that announces more.
        """
        records = self._seen.fresh(page.results)
        self.received += len(records)
        if page.count is not None:
            self.counted = max(page.count, self.counted or 0)
        size, keys = len(page.results), [record.key for record in page.results]
        self._first_size = size if self._first_size is None else self._first_size
        due = min(self._query.limit, page.limit or self._query.limit)
        complete = size < due and self.counted is not None and self.counted <= self.received
        self._repeats = self._repeats + 1 if keys == self._last_keys else 0
        elsewhere = page.page is not None and page.page != self.page
        stuck = elsewhere or self._repeats >= MOST_REPEATS
        short = (size < self._first_size or complete) and not page.more
        self.done = not size or short or stuck
        self._last_keys = keys
        self.page += 1
        return records

    @property
    def missing(self) -> int:
        """How many records the API counted but did not give. It is valid after the last page."""
        return max(0, (self.counted or 0) - self.received)


def records(client: Client, query: RecordQuery) -> Iterator[CallRecord]:
    """Every record of the query, each once.

    Raises:
        ApiError: a page could not be read. The records of earlier pages were already given.
    """
    with closing(TemporarySeenRecords()) as seen:
        paging = RecordPager(query, seen)
        while not paging.done:
            yield from paging.take(client.send(paging.call()))


async def records_async(client: AsyncClient, query: RecordQuery) -> AsyncIterator[CallRecord]:
    """Every record of the query, each once, for asyncio. It raises as `records`."""
    with closing(TemporarySeenRecords()) as seen:
        paging = RecordPager(query, seen)
        while not paging.done:
            for record in paging.take(await client.send(paging.call())):
                yield record

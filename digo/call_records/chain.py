"""A chain of downloads: what is kept on disk so that the next download continues after the last one.

There is one SQLite file for each account, set of filters and output. It holds the position of the last download, and a
digest of each record near its end: a call that was under way then appears in the next download, although it was placed
earlier. The file has no phone number.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path

from digo.api.models import CallRecord
from digo.api.paging import digest
from digo.api.voice import STAMP, RecordQuery

# The next download reads this time before the end of the last one again. No call lasts longer.
OVERLAP = timedelta(hours=24)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS seen (key BLOB PRIMARY KEY, placed TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stand (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    from_date TEXT, to_date TEXT NOT NULL, page INTEGER, size INTEGER NOT NULL, received INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS pages (only INTEGER PRIMARY KEY CHECK (only = 1), size INTEGER NOT NULL);
"""


class ChainBusy(Exception):
    """Another download of the same chain is under way."""


@dataclass(frozen=True)
class DownloadCursor:
    """The position of a download.

    Attributes:
        from_date: the begin of its range; None if it is open.
        to_date: the end of its range.
        page: the next page; None if the download is complete.
        size: the output's size in bytes.
        received: how many records it has received.
        page_size: the records on a page; None if an older version left the position.
    """

    from_date: datetime | None
    to_date: datetime
    page: int | None
    size: int
    received: int
    page_size: int | None = None


class DownloadChain:
    """One chain, locked for this process. `note` saves the position together with the seen records."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._database = sqlite3.connect(path, isolation_level=None, timeout=0.2)
        path.chmod(0o600)
        try:
            self._database.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._database.executescript(_SCHEMA)
            self._database.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as problem:
            self._database.close()
            if "locked" not in str(problem):
                raise _unwritable(path, problem) from None
            raise ChainBusy(f"another download with --since-last to the same output is under way ({problem})") from None

    def cursor(self) -> DownloadCursor | None:
        """The position of the last download; None if there was none."""
        row = self._database.execute(
            "SELECT from_date, to_date, page, stand.size, received, pages.size FROM stand LEFT JOIN pages USING (only)"
        ).fetchone()
        if row is None:
            return None
        begin, end = (None if text is None else datetime.fromisoformat(text) for text in row[:2])
        assert end is not None
        return DownloadCursor(begin, end, *row[2:])

    def fresh(self, records: Sequence[CallRecord]) -> list[CallRecord]:
        """See `digo.api.paging.Seen`.

        Raises:
            OSError: there is no room for them.
        """
        add = "INSERT OR IGNORE INTO seen VALUES (?, ?)"
        with self._writing():
            return [
                record for record in records if self._database.execute(add, (digest(record), _placed(record))).rowcount
            ]

    def note(self, cursor: DownloadCursor) -> None:
        """Saves the position and all seen records. Of a complete download, it keeps only the records near the end.

        Raises:
            OSError: there is no room for it. What was saved before stays.
        """
        with self._writing():
            self._save(cursor)

    def _save(self, cursor: DownloadCursor) -> None:
        values = (cursor.from_date and cursor.from_date.isoformat(), cursor.to_date.isoformat())
        self._database.execute(
            "INSERT OR REPLACE INTO stand VALUES (1, ?, ?, ?, ?, ?)",
            (*values, cursor.page, cursor.size, cursor.received),
        )
        if cursor.page_size is not None:
            self._database.execute("INSERT OR REPLACE INTO pages VALUES (1, ?)", (cursor.page_size,))
        if cursor.page is None:
            forget = (cursor.to_date - OVERLAP).strftime(STAMP)
            self._database.execute("DELETE FROM seen WHERE placed < ?", (forget,))
        self._database.execute("COMMIT")
        self._database.execute("BEGIN EXCLUSIVE")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Turns SQLite's error into an `OSError` that names the file."""
        try:
            yield
        except sqlite3.Error as problem:
            raise _unwritable(self._path, problem) from None

    def close(self) -> None:
        """Releases the lock. Records seen after the last `note` are forgotten."""
        self._database.close()


def _unwritable(path: Path, problem: sqlite3.Error) -> OSError:
    full = "full" in str(problem)
    reason = os.strerror(errno.ENOSPC) if full else f"the file of the download's position: {problem}"
    return OSError(errno.ENOSPC if full else errno.EIO, reason, str(path))


def _placed(record: CallRecord) -> str:
    """When the call was placed, in the account's zone, as text that sorts. An unknown time is late, so it is kept."""
    date, time = record.fields.get("date"), record.fields.get("time")
    return f"{date} {time}" if isinstance(date, str) and isinstance(time, str) else "9999"


def next_query(query: RecordQuery, cursor: DownloadCursor | None, now: datetime) -> tuple[RecordQuery, int]:
    """The range and the first page of a download with `--since-last`.

    An interrupted download continues at its page, with its own range and page size. If that is not known, it begins
    with the first page, and records that were seen are left out. After a complete download, the next one begins
    `OVERLAP` before its end.
    """
    if cursor is None:
        return query.until(now), 1
    if cursor.page is not None:
        query = replace(query, from_date=cursor.from_date, to_date=cursor.to_date)
        return (query, 1) if cursor.page_size is None else (replace(query, limit=cursor.page_size), cursor.page)
    return replace(query, from_date=cursor.to_date - OVERLAP, to_date=now), 1


def chain_path(folder: Path, endpoint: str, query: RecordQuery, output: str) -> Path:
    """The file of a chain. Account, filters and output identify a chain; the range does not."""
    filters = replace(query, from_date=None, to_date=None, limit=1).parameters()
    name = blake2b(repr((endpoint.rstrip("/"), filters, output)).encode(), digest_size=8).hexdigest()
    return folder / f"{name}.db"

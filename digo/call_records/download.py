"""Downloads call records page by page. Each page is written and saved to disk before the next is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from digo.api.client import Client
from digo.api.models import CallRecord
from digo.api.paging import RecordPager, TemporarySeenRecords
from digo.api.voice import RecordQuery
from digo.call_records.chain import DownloadChain, DownloadCursor
from digo.call_records.writers import Writer


class RecordObserver(Protocol):
    """Watches the records of a download, such as a progress bar or a summary."""

    def __call__(self, records: Sequence[CallRecord], counted: int | None) -> None:
        """Takes the new records of one page. `counted` is the API's count of all records, or None."""
        ...


@dataclass
class Download:
    """One download. `query` must have an end (`RecordQuery.until`). `received` and `missing` are set while it runs."""

    client: Client
    query: RecordQuery
    writer: Writer
    observers: Sequence[RecordObserver] = ()
    first_page: int = 1
    chain: DownloadChain | None = None
    received_before: int = 0
    received: int = field(default=0, init=False)
    missing: int = field(default=0, init=False)
    _size: int = field(default=0, init=False)

    def run(self) -> None:
        """Downloads to the end.

        Raises:
            ApiError: a page could not be read. The pages before it are written.
            OSError: the output cannot be written.
        """
        complete = False
        try:
            with self._seen() as seen:
                self._follow(RecordPager(self.query, seen, self.first_page))
            complete = True
        finally:
            self.writer.close(complete=complete)
        if self.chain is not None:
            self._note(self.chain, None, self._size)

    def _follow(self, paging: RecordPager) -> None:
        while not paging.done:
            records = paging.take(self.client.send(paging.call()))
            self.writer.write(records)
            self.received += len(records)
            size = self.writer.settle()
            self._size = size or 0
            if self.chain is not None and size is not None:
                self._note(self.chain, paging.page, size)
            for observer in self.observers:
                observer(records, paging.counted)
        # A download that begins in the middle cannot compare itself with the count of the whole range.
        self.missing = paging.missing if self.first_page == 1 and self.chain is None else 0

    def _note(self, chain: DownloadChain, page: int | None, size: int) -> None:
        received = self.received_before + self.received
        query = self.query
        assert query.to_date is not None
        chain.note(DownloadCursor(query.from_date, query.to_date, page, size, received, query.limit))

    @contextmanager
    def _seen(self) -> Iterator[DownloadChain | TemporarySeenRecords]:
        if self.chain is not None:
            yield self.chain
            return
        with closing(TemporarySeenRecords()) as seen:
            yield seen

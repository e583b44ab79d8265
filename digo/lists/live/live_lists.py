"""The account's lists in one run: each is read once, and once more after all of its writes."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager

from digo.api.bulk_leads import ListNotShown, read_leads
from digo.api.calls import Call
from digo.api.lead_stream import Leads


class LiveLists:
    """Reads lists, and keeps what it read until the run ends or writes to the list.

    `send` sends a call to the account, on a transport that cannot write.
    """

    def __init__(self, send: Callable[[Call[Leads]], Awaitable[Leads]]) -> None:
        self._send = send
        self._lists: dict[str, _LiveList] = defaultdict(_LiveList)

    async def leads(self, list_id: str, fields: Iterable[str], *, may_be_empty: bool = False) -> Leads:
        """The list's leads with these columns, as the run last read them.

        What a shard writes does not change the rows of the others, so a write does not make this read again.

        With `may_be_empty`, an object in place of the list counts as an empty list. That is for a list of which nothing
        is known: all rows are written, which `overwrite` makes harmless, and none is deleted.

        Raises:
            ApiError: the list could not be read.
        """
        live, wanted = self._lists[list_id], frozenset(fields)
        async with live.reading:
            if live.leads is None or not wanted <= live.leads.columns.keys():
                try:
                    await self._read(live, list_id, wanted)
                except ListNotShown:
                    if not may_be_empty:
                        raise
                    live.leads = Leads.none(wanted)
            assert live.leads is not None
            return live.leads

    async def again(self, list_id: str, fields: Iterable[str]) -> Leads:
        """The list's leads as they are from now on. All that ask before the reading begins share it.

        It waits until no part of the list is written any more: a shard that is still being sent would ask next.

        Raises:
            ApiError: the list could not be read.
        """
        live, wanted, asked = self._lists[list_id], frozenset(fields), self._lists[list_id].readings
        await live.is_idle.wait()
        async with live.reading:
            if live.readings <= asked or live.leads is None or not wanted <= live.leads.columns.keys():
                await self._read(live, list_id, wanted)
            assert live.leads is not None
            return live.leads

    @contextmanager
    def writing(self, list_id: str) -> Iterator[None]:
        """Inside, a part of the list is being written."""
        live = self._lists[list_id]
        live.written = True
        live.writers += 1
        live.is_idle.clear()
        try:
            yield
        finally:
            live.writers -= 1
            if not live.writers:
                live.is_idle.set()

    def begin_run(self) -> None:
        """Forgets the lists that the run before has written to."""
        self._lists = defaultdict(_LiveList, {key: one for key, one in self._lists.items() if not one.written})

    async def _read(self, live: _LiveList, list_id: str, fields: frozenset[str]) -> None:
        known = frozenset() if live.leads is None else frozenset(live.leads.columns)
        live.readings += 1  # who asks from here on may need what is written meanwhile
        live.leads = await self._send(read_leads(list_id, sorted(fields | known)))


class _LiveList:
    def __init__(self) -> None:
        self.leads: Leads | None = None
        self.readings = 0
        self.written = False
        self.writers = 0
        self.reading = asyncio.Lock()
        self.is_idle = asyncio.Event()
        self.is_idle.set()

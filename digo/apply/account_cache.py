"""The account in one run of the provider host: listed once, and again only after writes."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Mapping

from digo.api.agent_calls import AGENT_CALLS, AgentCalls, ReadOptions
from digo.api.async_client import AsyncClient
from digo.api.conversation import converse_async
from digo.api.models import AgentRecord
from digo.api.my_numbers import list_my_numbers
from digo.api.snapshot import Snapshot


class AccountCache:
    """Holds the run's snapshot.

    `current` costs one read for all callers together. Each `relist` costs one read. A read is one request, or one for
    each page of users. The first one decides which call lists the account in this run. A failed read is raised to all
    callers that waited for it, and the next caller reads again. A failure never counts as an empty account.

    Attributes:
        listed_by: the call that lists the account in this run; "" before the first read.
        lists: how many times the account was listed.
        listed_at: when the newest list was requested, in seconds since 1970; infinite if there was none.
    """

    def __init__(self, client: AsyncClient, calls: AgentCalls = AGENT_CALLS) -> None:
        self._client = client
        self._calls = calls
        self._reading: asyncio.Task[Snapshot] | None = None
        self._numbers: asyncio.Task[dict[str, str]] | None = None
        self.listed_by = ""
        self.lists = 0
        self.listed_at = math.inf

    async def current(self) -> Snapshot:
        """The newest snapshot of this run. The first call lists the account.

        Raises:
            ApiError: the account could not be read.
        """
        return await self._await(self._reading or self._begin_read())

    async def relist(self) -> Snapshot:
        """A snapshot that is read after this call.

        Raises:
            ApiError: the account could not be read.
        """
        return await self._await(self._begin_read())

    async def extend(self) -> Snapshot:
        """A snapshot in which what was created since the last one is read after this call.

        If the account's list has a cursor, only what follows it is read. Such a snapshot proves no absence. Otherwise
        it is `relist`.

        Raises:
            ApiError: the account could not be read.
        """
        before = await self.current()
        return await self._await(self._begin_read(before if before.cursor else None))

    async def show(self, record: AgentRecord) -> AgentRecord | None:
        """The agent with the fields that the list does not show; None if no call shows them. It costs one request.

        Raises:
            ApiError: it could not be read.
        """
        call = self._calls.show(record)
        return None if call is None else (await self._client.send(call)).record

    async def caller_ids(self) -> Mapping[str, str]:
        """The ids of the account's own numbers, by digits. The first call reads them; it costs one request.

        Raises:
            ApiError: they could not be read.
        """
        if self._numbers is None or (self._numbers.done() and (self._numbers.cancelled() or self._numbers.exception())):
            self._numbers = asyncio.create_task(self._client.send(list_my_numbers()))
        return await asyncio.shield(self._numbers)

    def _begin_read(self, after: Snapshot | None = None) -> asyncio.Task[Snapshot]:
        self.lists += 1
        self.listed_at = time.time()
        self._reading = asyncio.create_task(self._list(after))
        return self._reading

    async def _await(self, reading: asyncio.Task[Snapshot]) -> Snapshot:
        try:
            # The cancellation of one caller must not cancel the read of the others.
            return await asyncio.shield(reading)
        except BaseException:
            if self._reading is reading and reading.done() and (reading.cancelled() or reading.exception()):
                self._reading = None
            raise

    async def _list(self, after: Snapshot | None) -> Snapshot:
        options = ReadOptions(listed_by=self.listed_by, after=after)
        snapshot = await converse_async(self._client, self._calls.read(options))
        self.listed_by = snapshot.listed_by
        return snapshot

"""The account in one run of the provider host: listed once, and again only after writes."""

from __future__ import annotations

import asyncio
import math
import time

from digo.api.async_client import AsyncClient
from digo.api.calls import list_agents
from digo.api.snapshot import Snapshot


class AccountCache:
    """Holds the run's snapshot.

    `current` costs one request for all callers together. Each `relist` costs one request. A failed read is raised to
    all callers that waited for it, and the next caller reads again. A failure never counts as an empty account.

    Attributes:
        lists: how many times the account was listed.
        listed_at: when the newest list was requested, in seconds since 1970; infinite if there was none.
    """

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self._reading: asyncio.Task[Snapshot] | None = None
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

    def _begin_read(self) -> asyncio.Task[Snapshot]:
        self.lists += 1
        self.listed_at = time.time()
        self._reading = asyncio.create_task(self._list())
        return self._reading

    async def _await(self, reading: asyncio.Task[Snapshot]) -> Snapshot:
        try:
            # The cancellation of one caller must not cancel the read of the others.
            return await asyncio.shield(reading)
        except BaseException:
            if self._reading is reading and reading.done() and (reading.cancelled() or reading.exception()):
                self._reading = None
            raise

    async def _list(self) -> Snapshot:
        return Snapshot.of(await self._client.send(list_agents()))

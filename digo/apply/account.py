"""The account as one run of the provider host sees it: listed once, and again only after writes."""

from __future__ import annotations

import asyncio
import math
import time

from digo.api.async_client import AsyncClient
from digo.api.calls import list_agents
from digo.api.snapshot import Snapshot


class Account:
    """Holds the run's snapshot. `current` costs one request however many ask; `relist` one for all who wait.

    A failed read is told to everyone who waited for it, and the next one to ask reads again: a failure is never
    remembered as an empty account.

    Attributes:
        lists: how many times it was listed.
        listed_at: when the newest list was asked for, in seconds since 1970; infinite where none was.
    """

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self._reading: asyncio.Task[Snapshot] | None = None
        self.lists = 0
        self.listed_at = math.inf

    async def current(self) -> Snapshot:
        """The snapshot of this run: of its first read, or of the newest one after writes.

        Raises:
            ApiError: the account could not be read.
        """
        return await self._await(self._reading or self._begun())

    async def relist(self) -> Snapshot:
        """A snapshot read after this moment."""
        return await self._await(self._begun())

    def _begun(self) -> asyncio.Task[Snapshot]:
        self.lists += 1
        self.listed_at = time.time()
        self._reading = asyncio.create_task(self._list())
        return self._reading

    async def _await(self, reading: asyncio.Task[Snapshot]) -> Snapshot:
        try:
            # One waiter's cancellation must not take the read away from the others.
            return await asyncio.shield(reading)
        except BaseException:
            if self._reading is reading and reading.done() and (reading.cancelled() or reading.exception()):
                self._reading = None
            raise

    async def _list(self) -> Snapshot:
        return Snapshot.of(await self._client.send(list_agents()))

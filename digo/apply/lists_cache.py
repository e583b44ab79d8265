"""The account's broadcast lists in one run of the provider host: read once, and again only after writes."""

from __future__ import annotations

import asyncio

from digo.api.async_client import AsyncClient
from digo.api.lists import list_broadcast_lists
from digo.api.models import BroadcastListRecord
from digo.text.names import same_name

Lists = tuple[BroadcastListRecord, ...]


class ListsCache:
    """Holds the account's broadcast lists. They are first read when something needs them.

    A failed read is raised, and the next caller reads again. A failure never counts as an account without lists.
    """

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self._lists: Lists | None = None
        self._reading = asyncio.Lock()

    async def current(self) -> Lists:
        """The lists of this run. The first call reads them, for all that ask meanwhile.

        Raises:
            ApiError: the lists could not be read.
        """
        async with self._reading:
            if self._lists is None:
                self._lists = await self._client.send(list_broadcast_lists())
            return self._lists

    async def relist(self) -> Lists:
        """The lists, read after this call.

        Raises:
            ApiError: the lists could not be read.
        """
        async with self._reading:
            self._lists = await self._client.send(list_broadcast_lists())
            return self._lists

    def put(self, record: BroadcastListRecord) -> None:
        """Notes a list that this run has created or renamed, in place of a read."""
        self._lists = (*(one for one in self._lists or () if one.id != record.id), record)

    def drop(self, list_id: str) -> None:
        """Notes a list that this run has deleted."""
        self._lists = tuple(one for one in self._lists or () if one.id != list_id)


def with_id(lists: Lists, list_id: str) -> BroadcastListRecord | None:
    """The list with that id; None if the account has none."""
    return next((one for one in lists if one.id == list_id), None)


def with_name(lists: Lists, name: str) -> Lists:
    """The lists with that name. The account may have several."""
    return tuple(one for one in lists if same_name(one.name, name))

"""Compares the lists of one run with the account: once for each list, whatever its number of shards."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass

from digo.api.lead_stream import Leads
from digo.lists.files.source import ListSource
from digo.lists.live.live_lists import LiveLists
from digo.lists.live.live_rows import LiveRows
from digo.lists.live.row_changes import RowChanges
from digo.lists.rows.list_rows import Rows
from digo.lists.sending.session import ListSession, LoadedRows
from digo.lists.sending.shard import Shard, source_from_dict


def changes_of(wanted: Rows, leads: Leads, source: ListSource, lists: ListSession) -> RowChanges:
    """The differences between a list's rows and the leads that the account has of it."""
    assert lists.key is not None
    return RowChanges.between(wanted, LiveRows.of(leads, source.fields), lists.key)


class ListComparison:
    """The differences of the lists of one run."""

    def __init__(self, lists: ListSession, live: LiveLists) -> None:
        self._lists = lists
        self._live = live
        self._found: dict[tuple[str, str], _Found] = {}
        self._comparing: dict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)

    async def changes(self, shard: Shard, *, new: bool, held: LoadedRows | None = None) -> RowChanges:
        """What differs of a shard, as the run last read the list.

        Args:
            shard: the shard.
            new: whether nothing of it was sent before. Then an object in place of the list counts as an empty one.
            held: the list's rows. None: they are read, if they were not compared before.

        Raises:
            ApiError: the list could not be read.
            ListChanged: a file is gone, or the files have problems now.
        """
        source = self._source(shard)
        async with self._comparing[self._name(shard, source)]:
            leads = await self._live.leads(shard.list_id, source.fields, may_be_empty=new)
            found = self._found.get(self._name(shard, source))
            if found is None or found.leads is not leads or (held and found.rows != held.rows.fingerprint):
                if held is not None:
                    found = await self._compare(shard, source, held.rows, leads)
                else:
                    async with self._lists.rows(shard) as read:
                        found = await self._compare(shard, source, read.rows, leads)
        return found.changes.shard(shard.index, shard.of)

    async def after_writes(self, shard: Shard, held: LoadedRows) -> RowChanges:
        """What differs of a shard now that it was sent. All shards that are done by then share one reading.

        Raises:
            ApiError: the list could not be read.
        """
        leads = await self._live.again(shard.list_id, held.source.fields)
        async with self._comparing[self._name(shard, held.source)]:
            found = self._found.get(self._name(shard, held.source))
            if found is None or found.leads is not leads or found.rows != held.rows.fingerprint:
                found = await self._compare(shard, held.source, held.rows, leads)
        return found.changes.shard(shard.index, shard.of)

    async def _compare(self, shard: Shard, source: ListSource, rows: Rows, leads: Leads) -> _Found:
        found = _Found(leads, rows.fingerprint, await asyncio.to_thread(changes_of, rows, leads, source, self._lists))
        self._found[self._name(shard, source)] = found
        return found

    def _source(self, shard: Shard) -> ListSource:
        return source_from_dict(shard.list_id, shard.source, self._lists.root)

    @staticmethod
    def _name(shard: Shard, source: ListSource) -> tuple[str, str]:
        return shard.list_key, repr(source)


@dataclass(frozen=True)
class _Found:
    leads: Leads
    rows: bytes
    changes: RowChanges

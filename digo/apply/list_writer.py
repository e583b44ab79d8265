"""Creates, renames and deletes broadcast lists, and proves by the account's lists what came of a lost reply.

A create is not idempotent, and two lists may have one name. So the lists are read before a create, after the account
is this run's own. A create is sent again only if a read proves that nothing was done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from digo.api.calls import RetryPolicy
from digo.api.errors import ApiError, NotSent, OutcomeUnknown, TokenRefused
from digo.api.lists import (
    CREATE_LIST_CALL,
    DELETE_LIST_CALL,
    LISTS_CALL,
    RENAME_LIST_CALL,
    create_broadcast_list,
    delete_broadcast_list,
    rename_broadcast_list,
)
from digo.api.models import BroadcastListRecord, NewBroadcastList, Receipt
from digo.apply.account_writes import AccountWrites, Report, Write
from digo.apply.lists_cache import Lists, ListsCache, with_id, with_name
from digo.state.journal import JournalFull
from digo.text.names import same_name

LIST_CALLS = frozenset({CREATE_LIST_CALL, RENAME_LIST_CALL, DELETE_LIST_CALL})
"""The names of the calls in journals."""


@dataclass(frozen=True)
class _Sending:
    """A write, whether the account's lists show that it was done, and where its progress is reported.

    `deletes` is the id of the list that a read may lack afterwards; "" if it must show all that there were.
    """

    write: Write
    is_done: Callable[[Lists], bool]
    report: Report
    deletes: str = ""


class ListWriter:
    """Writes broadcast lists for one run of the provider host, one after the other: there are few of them."""

    def __init__(self, writes: AccountWrites, lists: ListsCache) -> None:
        self._writes = writes
        self._lists = lists
        self._turn = asyncio.Lock()
        self._is_fresh = False
        self._ids: set[str] = set()
        # Whether `list_id` of a create's reply is the list's id: only client code says so. None until a read showed it.
        self._reply_has_id: bool | None = None
        self._proven: set[str] = set()

    async def create(self, key: str, wanted: NewBroadcastList, report: Report) -> BroadcastListRecord:
        """The list of that name, created unless the account has one.

        Args:
            key: its name in the journal.
            wanted: the list.
            report: where the progress is reported.

        Raises:
            ApiError: it was not created, or its outcome is unknown (`OutcomeUnknown`).
        """
        async with self._turn:
            before = await self._begin(CREATE_LIST_CALL, report)
            if (found := _one_named(before, wanted.name)) is not None:
                return found
            write = Write(key, create_broadcast_list(wanted))
            is_done = _has_name(wanted.name)
            receipt = await self._send(_Sending(write, is_done, report), before)
            made = await self._created(wanted.name, receipt, before)
            self._ids.add(made.id)
            return made

    async def rename(self, key: str, list_id: str, name: str, description: str, report: Report) -> BroadcastListRecord:
        """The list with its new name and description.

        Raises:
            ApiError: it was not renamed, or its outcome is unknown (`OutcomeUnknown`).
        """
        async with self._turn:
            before = await self._begin(RENAME_LIST_CALL, report)
            write = Write(key, rename_broadcast_list(list_id, name, description))
            await self._change(_Sending(write, _is_called(list_id, name), report), before)
            renamed = BroadcastListRecord(list_id, name, description or None)
            self._lists.put(renamed)
            return renamed

    async def delete(self, key: str, list_id: str, report: Report) -> None:
        """Deletes the list with its leads. Nothing is sent if the account does not have it.

        Raises:
            ApiError: it was not deleted, or the outcome is unknown (`OutcomeUnknown`).
        """
        async with self._turn:
            before = await self._begin(DELETE_LIST_CALL, report)
            if with_id(before, list_id) is None:
                return
            write = Write(key, delete_broadcast_list(list_id))
            self._ids.discard(list_id)
            await self._change(_Sending(write, lambda lists: with_id(lists, list_id) is None, report, list_id), before)
            self._lists.drop(list_id)

    async def _begin(self, call: str, report: Report) -> Lists:
        """The account's lists, read after no other run can write them."""
        await self._writes.begin(call, report)
        if not self._is_fresh:
            await self._lists.relist()
            self._is_fresh = True
        return await self._lists.current()

    async def _change(self, sending: _Sending, before: Lists) -> None:
        """Sends a change or a delete. A read of the lists proves the first confirmation of each kind in a run.

        Raises:
            OutcomeUnknown: the lists show something else than the API confirmed, or cannot be read.
        """
        receipt, name = await self._send(sending, before), sending.write.call.journal_name
        if receipt is None or name in self._proven:
            return
        try:
            shown = sending.is_done(await self._lists.relist())
        except ApiError as unread:
            raise _confirmed_but(name, f"then its lists could not be read: {unread.what}") from None
        if not shown:
            raise _confirmed_but(name, "its lists do not show it")
        self._proven.add(name)

    async def _send(self, sending: _Sending, before: Lists) -> Receipt | None:
        """Sends the write. Returns the API's confirmation; None if a read of the lists showed it in its place."""
        try:
            return await self._writes.send(sending.write)
        except (TokenRefused, JournalFull, NotSent):
            raise
        except ApiError as problem:
            receipt = await self._settle(sending, problem, before)
            await self._writes.settle(sending.write, "the account's lists show it")
            return receipt

    async def _settle(self, sending: _Sending, problem: ApiError, before: Lists) -> Receipt | None:
        sending.report("no plain confirmation; reading the account's lists to see what was done")
        if await self._shows(sending, problem, before):
            return None
        if not isinstance(problem, OutcomeUnknown):
            raise problem
        if not problem.answered:
            sending.report("the reply was lost; waiting for a late one before reading the account's lists again")
            await self._writes.wait_for_late_requests()
            if await self._shows(sending, problem, before):
                return None
            if sending.write.call.retry_policy is RetryPolicy.NEVER:
                raise problem
        sending.report("nothing was done, as the account's lists show; sending it again")
        try:
            return await self._writes.send(Write(sending.write.key, sending.write.call))
        except OutcomeUnknown as again:
            if await self._shows(sending, again, before):
                return None
            raise

    async def _shows(self, sending: _Sending, problem: ApiError, before: Lists) -> bool:
        """Whether a new read shows that the write was done.

        If the lists cannot be read, or lack others that they had, the write's own `problem` is raised: a reply that was
        cut short proves nothing.
        """
        try:
            lists = await self._lists.relist()
        except ApiError:
            raise problem from None
        if {one.id for one in before} - {one.id for one in lists} - {sending.deletes}:
            raise problem
        return sending.is_done(lists)

    async def _created(self, name: str, receipt: Receipt | None, before: Lists) -> BroadcastListRecord:
        """The list whose create is proven."""
        said = receipt.ids.get("list_id", "") if receipt else ""
        if self._reply_has_id and said and with_id(before, said) is None and said not in self._ids:
            record = BroadcastListRecord(said, name)
            self._lists.put(record)
            return record
        try:
            found = _one_named(await self._lists.relist() if receipt else await self._lists.current(), name)
        except OutcomeUnknown:
            raise
        except ApiError as unread:
            raise _confirmed_but(CREATE_LIST_CALL, f"then its lists could not be read: {unread.what}") from None
        if found is None:
            raise _confirmed_but(CREATE_LIST_CALL, "its lists do not show the list")
        if receipt is not None:
            self._reply_has_id = self._reply_has_id is not False and said == found.id
        return found


def _has_name(name: str) -> Callable[[Lists], bool]:
    return lambda lists: bool(with_name(lists, name))


def _is_called(list_id: str, name: str) -> Callable[[Lists], bool]:
    def is_done(lists: Lists) -> bool:
        found = with_id(lists, list_id)
        return found is not None and same_name(found.name, name)

    return is_done


def _one_named(lists: Lists, name: str) -> BroadcastListRecord | None:
    found = with_name(lists, name)
    if len(found) > 1:
        method, _, path = LISTS_CALL.partition(" ")
        raise OutcomeUnknown(
            f"the account has several lists of this name (id {', id '.join(one.id for one in found)})",
            answered=True,
            next_step="rename or remove the wrong ones in the panel, then run again",
            method=method,
            path=path,
        )
    return found[0] if found else None


def _confirmed_but(call: str, what: str) -> OutcomeUnknown:
    method, _, path = LISTS_CALL.partition(" ")
    return OutcomeUnknown(
        f"the API confirmed {call}, but {what}",
        answered=True,
        next_step="run again in a moment: the account's lists are read first, and what was applied is adopted",
        method=method,
        path=path,
    )

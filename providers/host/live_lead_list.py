"""Shards of lead lists that the API shows: compared with the account row by row, and written in bulk.

The state keeps the digests of the buckets all the same, so that a stack can go back to a profile without these calls.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from digo.api.bulk_leads import BULK_CALL
from digo.api.pace import concurrency_of
from digo.lists.digests.known_rows import KnownRows
from digo.lists.live.row_counts import RowCounts
from digo.lists.sending.ledger_lines import BeginLine
from digo.lists.sending.session import ListChanged, LoadedRows
from digo.lists.sending.shard import Shard, ShardState, is_partly_sent
from digo.settings.profiles import Subject
from digo.state.journal import Outcome
from digo.text.formatting import at_the_pace
from providers.host.errors import HandlerError
from providers.host.handler import Diff, Failures, PartialFailure, Properties, Report, ResourceState
from providers.host.lead_list import LeadShardHandler, check_unchanged, found_shard, unwritable
from providers.host.lead_list_messages import shard_result_message
from providers.host.properties import UNKNOWN
from providers.host.session import Session

if TYPE_CHECKING:  # columns need a large library, and a run may have no list
    from digo.lists.live.row_changes import RowChanges
    from digo.lists.sending.batches import BatchFollower
    from digo.lists.sending.bulk_run import BulkRun
    from digo.lists.sending.list_comparison import ListComparison

IN_SYNC = "in sync"
BATCH_TIMES = 10
"""A batch may take so many times `digo:timeout` without another one ending. No page says how long batches take."""


@dataclass(frozen=True)
class _Work:
    """A shard, what the state has of it, what is mended on the account, and all that differs there."""

    shard: Shard
    inputs: Properties
    old: ResourceState
    changes: RowChanges
    differs: RowChanges


class LiveLeadShardHandler(LeadShardHandler):
    """See `providers.host.handler.ResourceHandler`."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._counts: dict[str, dict[int, RowCounts]] = defaultdict(dict)

    async def check(self, previous: Properties, inputs: Properties) -> tuple[Properties, Failures]:
        """As the profile without read-back does. It also notes that the program wants rows of this list."""
        checked, failures = await super().check(previous, inputs)
        if not failures:
            self._session.claims.add((str(checked["list_id"]), ""))
        return checked, failures

    def _deletes(self, shard: Shard) -> bool:
        """Whether rows that config lacks are deleted. A run that retries refused rows deletes none."""
        return self._session.settings.profile.removes(Subject.LIST) and not self.refusals.retries(shard)

    @cached_property
    def _comparison(self) -> ListComparison:
        from digo.lists.sending.list_comparison import ListComparison  # columns need a large library

        return ListComparison(self._session.lists, self._session.live_lists)

    async def create_note(self, inputs: Properties) -> str:
        """How many rows an up sends, and how long that takes. A list that is not made yet has none of them."""
        if inputs.get("list_id") == UNKNOWN:
            shard = self._shard(inputs)
            return self._text(shard, RowCounts(shard.rows, shard.rows))
        shard = self._shard(inputs)
        changes = await self._to_send(shard, await self._changes(shard, new=True))
        return self._text(shard, changes.counts)

    async def read(self, id_: str, inputs: Properties, outputs: Properties) -> ResourceState | None:
        """What the state has. A refresh reads no lists from files: preview and up compare them.

        Raises:
            HandlerError: it is an import.
        """
        if not inputs and not outputs:
            raise HandlerError("a list is not imported: run an up. It takes over the rows that are there as in config")
        return ResourceState(id_, inputs, outputs)

    async def diff(self, old: ResourceState, inputs: Properties) -> Diff:
        """Compares the wanted rows with those of the account.

        The rows alone decide what is sent. Other digests than in the state change only the state.
        """
        shard = self._shard(inputs)
        if str(old.inputs.get("list_id")) != shard.list_id:
            return Diff(replaces=("list_id",))
        counts = (await self._to_send(shard, await self._changes(shard, new=not _has_rows(old)))).counts
        text = self._text(shard, counts)
        recorded = old.inputs.get("digests") == inputs.get("digests") and not is_partly_sent(old.outputs)
        recorded = recorded and int(old.inputs.get("of") or 0) == shard.of
        if counts.send or (self._deletes(shard) and counts.gone) or not recorded:
            return Diff(changed=("digests",), reason=text)
        self._session.lists.mark_whole(shard)
        return Diff()

    async def _changes(self, shard: Shard, *, new: bool, held: LoadedRows | None = None) -> RowChanges:
        """What differs of a shard. Deleted rows are counted, so that a preview fails as the up does.

        Raises:
            ApiError: the list could not be read.
            HandlerError: the files have changed since the plan, or too many rows would be deleted.
        """
        self._check_key(shard)
        try:
            changes = await self._comparison.changes(shard, new=new, held=held)
        except ListChanged as problem:
            raise HandlerError(f"list {shard.title}: {problem}; nothing of it was sent. Next: run again") from None
        if self._deletes(shard) and self._session.guard_input and changes.counts.gone:
            self._session.judgement.count_deleted_rows(shard.name, changes.counts.gone)
        return changes

    async def _to_send(self, shard: Shard, changes: RowChanges, held: LoadedRows | None = None) -> RowChanges:
        """The differences that the run mends.

        Raises:
            HandlerError: the files have changed since the plan, or the file of refused rows cannot be read.
        """
        try:
            return await self.refusals.of_changes(shard, changes, held)
        except ListChanged as problem:
            raise HandlerError(f"list {shard.title}: {problem}; nothing of it was sent. Next: run again") from None

    def _text(self, shard: Shard, counts: RowCounts) -> str:
        """What is sent of a shard, and how long that takes; "" where nothing is.

        The last shard that is compared adds the whole list. Shards share the account's pace, so their times add up.
        """
        settings, found = self._session.settings, self._counts[shard.list_key]
        found[shard.index] = counts
        self._session.lists.progress[shard.list_key].expect(shard.index, shard.of, counts.send)
        deletes = self._deletes(shard)
        calls = counts.requests(settings.bulk_rows, deletes=deletes)
        parts = []
        if calls:
            pace = at_the_pace(calls, settings.cps if shard.of == 1 else 0)
            sentence = counts.sentence(deletes=deletes) + self.refusals.note(shard)
            parts.append(f"list {shard.title}: {sentence}; {pace}")
        whole = sum(one.requests(settings.bulk_rows, deletes=deletes) for one in found.values())
        if shard.of > 1 and len(found) == shard.of and whole:
            parts.append(f"list {shard.list_key}, all {shard.of:,} shards: {at_the_pace(whole, settings.cps)}")
        return "; ".join(parts)

    async def _send(
        self, key: str, shard: Shard, inputs: Properties, old: ResourceState, report: Report
    ) -> ResourceState:
        self._check_key(shard)
        new = not _has_rows(old)
        try:
            differs = await self._changes(shard, new=new)
            counts = (await self._to_send(shard, differs)).counts
            if not counts.send and not (self._deletes(shard) and counts.gone):
                self.refusals.settle(shard)
                self._session.lists.mark_saved(shard, whole=not len(differs.send))
                return found_shard(shard, inputs, await self._known_rows(shard, differs), IN_SYNC)
            async with self._session.lists.rows(shard) as held:
                await asyncio.to_thread(check_unchanged, shard, held)
                differs = await self._changes(shard, new=new, held=held)
                changes = await self._to_send(shard, differs, held)
                return await self._write(key, _Work(shard, inputs, old, changes, differs), held, report)
        except ListChanged as problem:
            raise HandlerError(f"list {shard.title}: {problem}; nothing of it was sent. Next: run again") from None

    async def _write(self, key: str, work: _Work, held: LoadedRows, report: Report) -> ResourceState:
        from digo.lists.sending.bulk_run import BulkRequest  # columns need a large library

        session, shard = self._session, work.shard
        self._begin(work)
        progress = session.lists.progress[shard.list_key]
        counts = work.changes.counts
        progress.expect(shard.index, shard.of, counts.send)
        waiting = work.differs.sent_later(work.changes)
        request = BulkRequest(shard, held, work.changes, self._deletes(shard), waiting)
        async with session.journal.writing(key, BULK_CALL) as write:
            async with self.reporting(shard, progress, report):
                sent = await self._run(shard).carry_out(request)
            if sent.stop is not None and not sent.touched:
                raise sent.stop
        complete = sent.stop is None and not sent.refusals and not sent.undeleted
        session.lists.mark_saved(shard, whole=complete and not len(waiting))
        if complete:
            self.refusals.settle(shard)
            known = sent.known if self.refusals.retries(shard) else KnownRows(shard.sketch)
            return found_shard(shard, work.inputs, known, IN_SYNC)
        refused = self.refusals.settle(shard, held, sent.refused, stopped=sent.stop is not None)
        text = shard_result_message(shard, counts.send, sent, held, refused)
        await session.journal.settle(write, key, BULK_CALL, Outcome.NOT_APPLIED, text.partition("\n")[0])
        raise PartialFailure(text, found_shard(shard, work.inputs, sent.known))

    async def _known_rows(self, shard: Shard, differs: RowChanges) -> KnownRows:
        """The rows that the account has of a shard of which nothing is sent.

        Raises:
            ListChanged: the files have changed since the plan.
        """
        if not len(differs.send):
            return KnownRows(shard.sketch)
        from digo.lists.sending.bulk_run import known_without  # columns need a large library

        async with self._session.lists.rows(shard) as held:
            await asyncio.to_thread(check_unchanged, shard, held)
            return await asyncio.to_thread(known_without, shard, held, differs.send)

    def _begin(self, work: _Work) -> None:
        """Marks the buckets that are written as unknown, for a profile that cannot read lists back.

        Raises:
            HandlerError: the ledger cannot be written.
        """
        shard = work.shard
        state = ShardState.nothing(shard.index, shard.of)
        if work.old.outputs:
            state = ShardState.from_dicts(work.old.inputs, work.old.outputs)
        ledger = self._session.lists.ledger(shard)
        buckets = sorted(work.changes.differing_buckets)
        try:
            ledger.begin(
                BeginLine({bucket: state.token(bucket) for bucket in buckets}, ledger.of, {}, frozenset(buckets))
            )
        except OSError as problem:
            raise HandlerError(unwritable(problem)) from None

    def _run(self, shard: Shard) -> BulkRun:
        """What carries out the writes of a shard."""
        from digo.lists.sending.bulk_run import AccountLists, BulkRun  # columns need a large library
        from digo.lists.sending.bulk_sender import BulkOptions, BulkSender

        session, settings = self._session, self._session.settings
        options = BulkOptions(settings.bulk_rows, settings.number_form, concurrency_of(settings.cps))
        sender = BulkSender(session.writer, options, session.lists.progress[shard.list_key])
        account = AccountLists(session.writer, session.live_lists, self._comparison)
        return BulkRun(account, sender, batch_follower(session))


def batch_follower(session: Session) -> BatchFollower:
    """What follows the batches of a run."""
    from digo.lists.sending.batches import BatchFollower  # columns need a large library

    return BatchFollower(session.writer, BATCH_TIMES * session.settings.limits.reply_timeout, session.sleep)


def _has_rows(old: ResourceState) -> bool:
    """Whether the state says that rows of the shard were sent."""
    return bool(old.outputs) and bool(ShardState.from_dicts(old.inputs, old.outputs).rows)

"""Shards of lead lists. Only rows that differ are sent, and a confirmed row is never forgotten."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from digo.api.calls import LEAD_CALL
from digo.api.errors import ApiError
from digo.api.pace import concurrency_of
from digo.lists.digests.bucket_digests import NO_DIGESTS
from digo.lists.digests.known_rows import KnownRows
from digo.lists.digests.shard_change import TAKEN_OVER, Change
from digo.lists.sending.progress import ListProgress
from digo.lists.sending.session import ListChanged, LoadedRows
from digo.lists.sending.shard import SENT, Shard, ShardState, digest_of, is_partly_sent
from digo.settings.profiles import Ability, Subject
from digo.state.journal import Outcome
from digo.system.ci import is_ci
from digo.text.formatting import at_the_pace
from providers.host import judgement
from providers.host.errors import HandlerError
from providers.host.handler import Diff, Failures, PartialFailure, Properties, Report, ResourceState
from providers.host.lead_list_messages import shard_result_message
from providers.host.refusals import Refusals
from providers.host.session import Session

_NOT_IN_STATE = ("digests", "source")
STATUS_SECONDS = 1.0
LINE_SECONDS = 60.0  # in CI, where nobody sees a status


@dataclass(frozen=True)
class _Start:
    """A shard before it is sent: what the state has, what the account has, and what is to be sent."""

    state: ShardState
    known: KnownRows
    change: Change


class LeadShardHandler:
    """See `providers.host.handler.ResourceHandler`."""

    secret: frozenset[str] = frozenset()
    reads_back = False
    writes = True

    def __init__(self, session: Session) -> None:
        self._session = session
        self.refusals = Refusals(session.lists)
        self._lines: dict[str, float] = {}
        self._wanted: dict[tuple[object, ...], Properties] = {}
        self._compared: dict[str, dict[int, Change]] = defaultdict(dict)

    async def check(self, _previous: Properties, inputs: Properties) -> tuple[Properties, Failures]:
        """Checks that the shard is complete: `LeadList` makes it so.

        The state gets the sketch once, as what was sent, and never the files, which can be many. So the inputs have a
        digest in place of both from here on, and both are kept for this run.
        """
        missing = [name for name in ("list", "list_id", "shard", "of", "digests", "key_check") if not inputs.get(name)]
        if missing:
            return inputs, [(name, "a shard is registered by `LeadList`, which gives it this") for name in missing]
        kept = {name: inputs[name] for name in _NOT_IN_STATE if name in inputs}
        checked = {name: value for name, value in inputs.items() if name not in kept}
        checked["digests"] = digest_of(str(kept["digests"]))
        self._wanted[_wanted_name(checked)] = kept
        return checked, []

    def _shard(self, inputs: Properties) -> Shard:
        """The shard of checked inputs, or of a program's.

        Raises:
            HandlerError: this process has not checked them.
        """
        from digo.lists.digests.sketch import is_sketch  # columns need a large library

        inputs = {**inputs, **self._wanted.get(_wanted_name(inputs), {})}
        text = str(inputs["digests"])
        if not is_sketch(text):
            raise HandlerError(
                f"list {inputs['list']}: this provider process does not know its rows, so nothing was sent. "
                "Next: run again"
            )
        return Shard.from_dict(inputs, text)

    async def create_note(self, inputs: Properties) -> str:
        """How many rows an up sends, and how long that takes."""
        shard = self._shard(inputs)
        known = await self._known(shard, ShardState.nothing(shard.index, shard.of))
        return self._change_text(shard, Change.between(shard.sketch, known))

    async def diff(self, old: ResourceState, inputs: Properties) -> Diff:
        """Compares the wanted rows with those that the state and this machine's ledger have as sent.

        What version 0.2.0 left is always updated: the new inputs would be stored otherwise, and what was sent lost.
        """
        shard = self._shard(inputs)
        if str(old.inputs.get("list_id")) != shard.list_id:
            return Diff(replaces=("list_id",))
        state = ShardState.from_dicts(old.inputs, old.outputs)
        change = Change.between(shard.sketch, await self._known(shard, state))
        text = self._change_text(shard, change)
        split = "" if state.of == shard.of else f"; `shards` was {state.of} and is {shard.of}"
        if change.differs:
            return Diff(changed=("digests",), reason=text + split)
        if state.is_old:
            return Diff(changed=("digests",), reason=f"list {shard.title}: {TAKEN_OVER}{split}")
        recorded = not split and not is_partly_sent(old.outputs) and not shard.sketch.differing(state.known.sketch)
        if recorded:
            self._session.lists.mark_whole(shard)
        return Diff(changed=() if recorded else ("digests",), reason=text)

    def change(self, _urn: str, previous: Properties, inputs: Properties) -> judgement.Change:
        """The rows by which the shard grows. A list that the state lacks is a create.

        Another list in the panel has none of the rows yet, so all of them count.
        """
        shard = Shard.from_dict(inputs)
        same = bool(previous) and str(previous.get("list_id")) == shard.list_id
        old = Shard.from_dict(previous) if same else None
        return judgement.Change(
            judgement.list_entry(shard.list_key),
            creates=not previous and shard.index == 0,
            rows=shard.rows,
            growth=shard.rows - (old.rows if old else 0),
            resharded=old is not None and old.of != shard.of,
        )

    async def create(self, key: str, inputs: Properties, report: Report) -> ResourceState:
        """Sends all rows, except those that an earlier run has sent."""
        return await self._send(key, self._shard(inputs), inputs, ResourceState("", {}, {}), report)

    async def update(self, key: str, old: ResourceState, inputs: Properties, report: Report) -> ResourceState:
        """Sends the rows that differ."""
        return await self._send(key, self._shard(inputs), inputs, old, report)

    async def read(self, id_: str, inputs: Properties, outputs: Properties) -> ResourceState | None:
        """What the state has: the API has no read-back of leads.

        Raises:
            HandlerError: it is an import.
        """
        if not inputs and not outputs:
            raise HandlerError("the API has no read-back of leads, so a list cannot be imported; an up sends it")
        return ResourceState(id_, inputs, outputs)

    def removal(self, _urn: str, _old: ResourceState) -> judgement.Change | None:
        """None: no profile deletes it."""
        return None

    async def delete(self, _key: str, _old: ResourceState, _report: Report) -> None:
        """Refuses: no profile has a call for it.

        Raises:
            HandlerError: always, with what to do instead.
        """
        lacks = self._session.settings.profile.lacks(Ability.DELETE, Subject.LEAD)
        raise HandlerError(
            f"{lacks}: the rows stay in the list. To forget them, run an up with the list in the config once (that "
            "marks it as retained), or `state delete` its URN"
        )

    async def _known(self, shard: Shard, state: ShardState) -> KnownRows:
        """What was sent of the shard, by the state and by the ledger of a run that was interrupted since.

        Raises:
            HandlerError: version 0.2.0 left it, and the files that it is compared with have changed since the plan.
        """
        ledger = self._session.lists.ledger(shard)
        known = state.known_by(shard.key_check).in_shard(shard.index, shard.of)
        if not ledger.exists and not state.is_old:
            return known
        old = NO_DIGESTS if state.write else ledger.old_digests(state.old).shard(shard.index, shard.of)
        if old.counts:
            from digo.lists.digests.takeover import known_by_digests  # columns need a large library

            self._check_key(shard)
            try:
                now = await self._session.lists.bucket_digests(shard)
            except ListChanged as problem:
                raise HandlerError(f"list {shard.title}: {problem}; nothing of it was sent. Next: run again") from None
            known = known_by_digests(shard.sketch, now, old)
        return ledger.known_rows(known, state.token)

    def _change_text(self, shard: Shard, change: Change) -> str:
        """How much is sent of a shard, and how long that takes; "" where nothing is.

        The last shard that is compared adds the whole list. Shards share the account's pace, so their times add up.
        """
        cps = self._session.settings.cps
        changes = self._compared[shard.list_key]
        changes[shard.index] = change
        self._session.lists.progress[shard.list_key].expect(shard.index, shard.of, change.rows)
        parts = []
        if change.differs:
            calls = at_the_pace(change.rows, cps if shard.of == 1 else 0)
            parts.append(f"list {shard.title}: {change.sentence(shard.rows)}; {calls}{self.refusals.note(shard)}")
        whole = Change.together(changes.values())
        if shard.of > 1 and len(changes) == shard.of and whole.differs:
            parts.append(f"list {shard.list_key}, all {shard.of:,} shards: {at_the_pace(whole.rows, cps)}")
        return "; ".join(parts)

    async def _send(
        self, key: str, shard: Shard, inputs: Properties, old: ResourceState, report: Report
    ) -> ResourceState:
        self._check_key(shard)
        state = ShardState.nothing(shard.index, shard.of)
        if old.outputs:
            state = ShardState.from_dicts(old.inputs, old.outputs)
        known = await self._known(shard, state)
        change = Change.between(shard.sketch, known)
        if not change.rows:
            self.refusals.settle(shard)
            self._session.lists.mark_saved(shard, whole=True)
            return found_shard(shard, inputs, KnownRows(shard.sketch))
        try:
            async with self._session.lists.rows(shard) as held:
                await asyncio.to_thread(check_unchanged, shard, held)
                return await self._send_rows(key, inputs, shard, _Start(state, known, change), held, report)
        except ListChanged as problem:
            raise HandlerError(f"list {shard.title}: {problem}; nothing of it was sent. Next: run again") from None

    async def _send_rows(
        self, key: str, inputs: Properties, shard: Shard, start: _Start, held: LoadedRows, report: Report
    ) -> ResourceState:
        from digo.lists.sending.rows_to_send import RowsToSend  # columns need a large library
        from digo.lists.sending.send_tracker import Before
        from digo.lists.sending.shard_sender import SendRequest, ShardSender

        session, settings = self._session, self._session.settings
        ledger, progress = session.lists.ledger(shard), session.lists.progress[shard.list_key]
        sending = ShardSender(session.writer, ledger, settings.number_form, concurrency_of(settings.cps), progress)
        to_send = await asyncio.to_thread(RowsToSend, held.ordered, start.change)
        chosen = await self.refusals.chosen(shard, held, to_send)
        rows = len(to_send) if chosen is None else len(chosen)
        progress.expect(shard.index, shard.of, rows)
        before = Before(shard.sketch, start.known, start.state.token)
        async with session.journal.writing(key, LEAD_CALL) as write:
            async with self.reporting(shard, progress, report):
                sent = await sending.send(SendRequest(held.source, to_send, before, chosen))
            if sent.stop is not None and not sent.touched:
                raise sent.stop if isinstance(sent.stop, ApiError) else HandlerError(unwritable(sent.stop))
        complete = sent.stop is None and not sent.refusals
        session.lists.mark_saved(shard, whole=complete and chosen is None)
        if complete:
            self.refusals.settle(shard)
            return found_shard(shard, inputs, sent.known)
        refused = self.refusals.settle(shard, held, sent.refused, stopped=sent.stop is not None)
        text = shard_result_message(shard, rows, sent, held, refused)
        await session.journal.settle(write, key, LEAD_CALL, Outcome.NOT_APPLIED, text.partition("\n")[0])
        raise PartialFailure(text, found_shard(shard, inputs, sent.known))

    def _check_key(self, shard: Shard) -> None:
        """Checks that the host has the ledger key of the program.

        Raises:
            HandlerError: it has none, or another one.
        """
        key = self._session.lists.key
        if key is None or key.check != shard.key_check:
            lack = "has no ledger key" if key is None else "has another ledger key than the program"
            whose = f"; this one is from {key.source}" if key is not None and key.source else ""
            raise HandlerError(
                f"list {shard.title}: the provider host {lack}, so nothing was sent. Next: set DIGO_LEDGER_KEY or "
                f"digo:ledgerKeyFile for the whole run{whose}"
            )

    @asynccontextmanager
    async def reporting(self, shard: Shard, progress: ListProgress, report: Report) -> AsyncIterator[None]:
        """Inside, the list's progress is reported every second. A line that stays also says whose it is."""

        async def show() -> None:
            self._lines.setdefault(shard.list_key, time.monotonic())
            while True:
                await asyncio.sleep(STATUS_SECONDS)
                if is_ci(os.environ) and self._line_is_due(shard.list_key):
                    report(f"list {shard.list_key}: {progress}", lasting=True)
                else:
                    report(str(progress))

        task = asyncio.create_task(show())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _line_is_due(self, list_key: str) -> bool:
        """Whether a list may print a line now: one a minute, whichever of its shards prints it."""
        now = time.monotonic()
        if now - self._lines[list_key] < LINE_SECONDS:
            return False
        self._lines[list_key] = now
        return True


def _wanted_name(inputs: Properties) -> tuple[object, ...]:
    return inputs["list"], inputs["shard"], inputs["of"], inputs["digests"]


def found_shard(shard: Shard, inputs: Properties, known: KnownRows, complete: str = SENT) -> ResourceState:
    """The shard for the state. `known` has the rows that the account has; with all, its status is `complete`."""
    return ResourceState(f"{shard.list_id}/{shard.index + 1}", dict(inputs), shard.outputs(known, complete))


def check_unchanged(shard: Shard, held: LoadedRows) -> None:
    """Checks that the rows of the shard are those of the plan.

    Raises:
        ListChanged: a file has changed since.
    """
    if held.ordered.sketches[shard.index].differing(shard.sketch):
        raise ListChanged("its files have changed since the plan was made")


def unwritable(problem: Exception) -> str:
    """The error of a ledger that cannot be written."""
    reason = problem.strerror if isinstance(problem, OSError) and problem.strerror else problem
    return f"the ledger cannot be written ({reason}), so nothing was sent. Next: make room in .digo, then run again"

"""Creates agents, each exactly once, whatever happens to the replies.

A create is not idempotent, and what the API does on a duplicate is not documented. So: look before writing; after
any reply but a plain confirmation, list again and take over what is there; send again only where the list proves
that nothing was done and the API is done with the first request.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from digo.api.async_client import AsyncClient
from digo.api.calls import NumberForm, add_agent
from digo.api.errors import ApiError, NotSent, OutcomeUnknown, Refused, TokenRefused
from digo.api.models import AgentRecord, NewAgent, Receipt
from digo.api.snapshot import Snapshot
from digo.apply.account import Account
from digo.apply.journal import Entry, Journal, JournalFull, Outcome
from digo.apply.turn import Turn
from digo.apply.waves import Waves
from digo.phone import PhoneNumber
from digo.plan.match import Ambiguous, match_agent, rings

EXACT_LISTS = 2  # list reads after creates that a run may cost
CALL = "POST /v1/agent"
LATE_SECONDS = 5.0  # how long a request whose reply was lost may still be at work before the second look
Report = Callable[[str], None]


class Origin(Enum):
    """How an agent came to be in hand."""

    CREATED = "created"
    FOUND = "found on the account"
    SETTLED = "created, though its reply was lost"


@dataclass(frozen=True)
class Created:
    """An agent that is on the account now. `record` has `id` and the configuration where a list showed them."""

    record: AgentRecord
    origin: Origin


class AgentCreator:
    """Makes agents for one run of the provider host.

    `earlier` are the writes that earlier runs left open, the newest last; `last_sign` is when such a run last wrote
    into its journal (seconds since 1970); `late_seconds` is how long a request may be at work after its reply was lost,
    and `sleep` waits so long;
    `turn` keeps other runs on the account from creating beside this one; `at_once` is for `Waves`.
    """

    def __init__(
        self,
        client: AsyncClient,
        account: Account,
        form: NumberForm,
        *,
        journal: Journal,
        earlier: Sequence[Entry] = (),
        last_sign: float = 0.0,
        late_seconds: float = LATE_SECONDS,
        turn: Turn | None = None,
        at_once: int | None = None,
        waves: Waves | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._account = account
        self._form = form
        self._late_seconds = late_seconds
        self._sleep = sleep
        self._waves = waves or Waves(account.relist, at_once=at_once)
        self._journal = journal
        self._earlier = [entry for entry in earlier if entry.call == CALL]
        self._last_sign = last_sign
        self._turn = turn
        self._beginning = asyncio.Lock()
        self._changed_since_listed = False
        self._lists_at_first_create: int | None = None
        self._keys: dict[str, str] = {}
        # Whether `agent_id` of a create's reply is the EID: not documented, so None until a list has shown it.
        self._reply_has_eid: bool | None = None

    async def create(self, key: str, wanted: NewAgent, number: PhoneNumber, report: Report) -> Created:
        """The agent, created unless the account has it. `key` names it in the journal.

        Raises:
            ApiError: it was not created, or (`OutcomeUnknown`) may have been; the text says which.
        """
        made = await self._made(key, wanted, number, report)
        # A list without country codes shows the agent of one entry where another country's number is looked for.
        owner = self._keys.setdefault(made.record.eid, key)
        if owner != key:
            raise _agent_of_another(owner, made.record)
        return made

    async def _made(self, key: str, wanted: NewAgent, number: PhoneNumber, report: Report) -> Created:
        async with self._beginning:
            await self._take_turn(report)
            await self._wait_for_earlier_runs(report)
        snapshot = await self._account.current()
        found = _find(number, wanted, snapshot)
        if found is not None:
            return Created(found, Origin.FOUND)
        _refuse_taken_intercom(wanted, snapshot)
        if self._lists_at_first_create is None:
            self._lists_at_first_create = self._account.lists
        write = ""
        try:
            with self._waves.writing():
                async with self._journal.writing(key, CALL) as write:
                    receipt = await self._client.send(add_agent(wanted, self._form))
        except (TokenRefused, JournalFull):
            raise
        except ApiError as problem:
            made = await self._settle(key, wanted, number, problem, snapshot, report)
            await self._journal.settle(write, key, CALL, Outcome.APPLIED, f"the list shows it: eid {made.record.eid}")
            return made
        return await self._confirm(wanted, number, receipt, report)

    async def _take_turn(self, report: Report) -> None:
        """What another run has made since this one listed the account must not be made again."""
        if self._turn is not None and not self._turn.held:
            self._changed_since_listed = await self._turn_of_ours(self._turn, report)
        if self._changed_since_listed:
            await self._account.relist()
            self._changed_since_listed = False

    async def _turn_of_ours(self, turn: Turn, report: Report) -> bool:
        def waits() -> None:
            report("another run on this machine is creating agents on this account; waiting for its end")

        try:
            return await turn.take(self._account.listed_at, waits, lambda: self._client.stopped)
        except OSError as problem:
            method, _, path = CALL.partition(" ")
            raise NotSent(
                f"runs on the same account cannot be kept apart ({problem.strerror}), so {CALL} was not sent",
                next_step=f"make {turn.path} writable, then run again; nothing was written by this call",
                method=method,
                path=path,
            ) from None

    async def _wait_for_earlier_runs(self, report: Report) -> None:
        """A run that died may have left a request that is still at work: no create before it cannot be any more."""
        if not self._earlier:
            return
        left = self._may_be_at_work_until() - time.time()
        if left > 0:
            report("an earlier run left creates whose outcome is not known; waiting for late ones")
            await self._sleep(min(left, self._late_seconds))
        await self._account.relist()
        for entry in self._earlier:
            note = "settled by a later run's list"
            await self._journal.settle(entry.write, entry.key, CALL, Outcome.SETTLED, note)
        self._earlier.clear()

    def _may_be_at_work_until(self) -> float:
        """A lost reply was lost when the journal says so. A run that was killed does not say when: its last request
        may have left a pause after the last sign of it, and have been waited for until then."""
        lost = max(entry.at for entry in self._earlier)
        if any(entry.outcome is Outcome.INTENT for entry in self._earlier):
            limits = self._client.limits
            lost = max(lost, self._last_sign) + limits.longest_pause + limits.reply_timeout
        return lost + self._late_seconds

    async def _confirm(self, wanted: NewAgent, number: PhoneNumber, receipt: Receipt, report: Report) -> Created:
        """The API says that it is done: learn the EID."""
        if self._reply_has_eid and receipt.agent_id and self._lists_are_spent():
            record = AgentRecord(
                eid=receipt.agent_id,
                name=wanted.name,
                follow_me_number=wanted.follow_me_number,
                intercom=wanted.intercom,
            )
            return Created(record, Origin.CREATED)
        report("created; waiting for the account's list to learn its EID")
        try:
            snapshot = await self._waves.ended()
        except ApiError as unread:
            raise _confirmed_but_unread(unread) from None
        found = _find(number, wanted, snapshot)
        if found is None:
            raise _confirmed_but_absent()
        # One counter-example suffices for good: an id that is not the EID would point at another agent.
        self._reply_has_eid = self._reply_has_eid is not False and receipt.agent_id == found.eid
        return Created(found, Origin.CREATED)

    def _lists_are_spent(self) -> bool:
        return self._account.lists - (self._lists_at_first_create or 0) >= EXACT_LISTS

    async def _settle(
        self,
        key: str,
        wanted: NewAgent,
        number: PhoneNumber,
        problem: ApiError,
        before: Snapshot,
        report: Report,
    ) -> Created:
        """The API did not confirm: the list decides. `before` is the list that the create was decided by."""
        if isinstance(problem, NotSent):
            raise problem
        report("no plain confirmation; listing the account to see what was done")
        found = await self._look(wanted, number, problem, before)
        if found is not None:
            return Created(found, Origin.FOUND if isinstance(problem, Refused) else Origin.SETTLED)
        if not isinstance(problem, OutcomeUnknown):
            raise problem
        if problem.answered:
            return await self._once_more(key, wanted, number, before, report)
        report("the reply was lost; waiting for a late create before listing again")
        await self._sleep(self._late_seconds)
        found = await self._look(wanted, number, problem, before)
        if found is not None:
            return Created(found, Origin.SETTLED)
        raise problem

    async def _look(
        self, wanted: NewAgent, number: PhoneNumber, problem: ApiError, before: Snapshot
    ) -> AgentRecord | None:
        """The agent, if a list read now shows it. Where the list cannot be read, what is to be told is the create's
        own problem: the list's would say that nothing was changed. A list that lacks others that were there proves no
        absence: it may be cut short."""
        try:
            snapshot = await self._waves.ended()
        except ApiError:
            raise problem from None
        found = _find(number, wanted, snapshot)
        known = (*(agent.eid for agent in before.agents), *self._keys)
        if found is None and any(snapshot.with_eid(eid) is None for eid in known):
            raise problem
        return found

    async def _once_more(
        self, key: str, wanted: NewAgent, number: PhoneNumber, before: Snapshot, report: Report
    ) -> Created:
        """A whole reply came, so the API is done with the request, and the list shows that it did nothing."""
        try:
            with self._waves.writing():
                async with self._journal.writing(key, CALL):
                    receipt = await self._client.send(add_agent(wanted, self._form))
        except OutcomeUnknown as problem:
            found = await self._look(wanted, number, problem, before)
            if found is not None:
                return Created(found, Origin.SETTLED)
            raise problem from None
        return await self._confirm(wanted, number, receipt, report)


def _find(number: PhoneNumber, wanted: NewAgent, snapshot: Snapshot) -> AgentRecord | None:
    found = match_agent(number, wanted.intercom, snapshot)
    if isinstance(found, Ambiguous):
        eids = ", ".join(f"eid {agent.eid}" for agent in found.agents)
        raise OutcomeUnknown(
            f"the account has several agents with this {found.by} ({eids})",
            answered=True,
            next_step="remove the wrong ones in the panel, then run again",
            method="GET",
            path="/v1/agents",
        )
    return found if found is not None and rings(found, number) else None


def _refuse_taken_intercom(wanted: NewAgent, snapshot: Snapshot) -> None:
    """The plan saw it free; since then another agent took it, which the plan did not say."""
    if wanted.intercom is None or not (holders := snapshot.with_intercom(wanted.intercom)):
        return
    raise Refused(
        f"the intercom {wanted.intercom} is held by another agent (eid {holders[0].eid}) since the plan was made",
        next_step="run again: the new plan says what can be done; this agent was not created",
        method="GET",
        path="/v1/agents",
    )


def _agent_of_another(owner: str, record: AgentRecord) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"the account's list shows the agent of `{owner}` (eid {record.eid}) for this entry as well: it writes numbers "
        "without country code, so the two cannot be told apart",
        answered=True,
        next_step="look in the panel which of the two there is; agents whose numbers differ in the country code alone "
        "cannot be managed together on this account",
        method="GET",
        path="/v1/agents",
    )


def _confirmed_but_unread(problem: ApiError) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"the API confirmed the create, but then its list could not be read, so the EID is not known: {problem.what}",
        answered=True,
        next_step="run again: the account is listed first, and what was applied is taken over",
        method=problem.method,
        path=problem.path,
        status=problem.status,
    )


def _confirmed_but_absent() -> OutcomeUnknown:
    return OutcomeUnknown(
        "the API confirmed the create, but its list does not show the agent",
        answered=True,
        next_step="run again in a moment: the account is listed first, and what was applied is taken over",
        method="GET",
        path="/v1/agents",
    )

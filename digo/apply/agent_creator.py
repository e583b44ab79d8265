"""Creates agents, each exactly once, even if replies are lost.

A create is not idempotent, and the API's page does not document what a duplicate does. So this module lists the account
before it writes. If the reply is not a plain confirmation, it lists again and adopts the agent if it is there. It sends
a create again only if the list proves that nothing was done and the API has finished the first request.
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
from digo.apply.account_cache import AccountCache
from digo.apply.account_lock import AccountLock
from digo.apply.list_coalescer import ListCoalescer
from digo.phone.number import PhoneNumber
from digo.plan.match import Ambiguous, has_number, match_agent
from digo.state.journal import Journal, JournalEntry, JournalFull, Outcome
from digo.text.unicode import visible

EXACT_LISTS = 2  # how many times a run may list the account after creates
CALL = "POST /v1/agent"
LATE_SECONDS = 5.0  # how long the API may still work on a request after its reply was lost
Report = Callable[[str], None]


class CreateOrigin(Enum):
    """Whether this run created an agent or found it."""

    CREATED = "created"
    FOUND = "found on the account"
    SETTLED = "created, though its reply was lost"


@dataclass(frozen=True)
class CreatedAgent:
    """An agent that is on the account now. `record` has `id` and the configuration if a list showed them."""

    record: AgentRecord
    origin: CreateOrigin


@dataclass(frozen=True)
class EarlierRuns:
    """What earlier runs left in their journals.

    Attributes:
        entries: the writes with an unknown outcome, the newest last.
        last_sign: when such a run last wrote to its journal, in seconds since 1970.
    """

    entries: Sequence[JournalEntry] = ()
    last_sign: float = 0.0


@dataclass(frozen=True)
class LateRequests:
    """How to wait for requests whose reply was lost.

    Attributes:
        seconds: how long the API may still work on such a request.
        sleep: waits so long.
    """

    seconds: float = LATE_SECONDS
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep


@dataclass(frozen=True)
class _Create:
    """One create: its name in the journal, the agent, its number, and where its progress is reported."""

    key: str
    wanted: NewAgent
    number: PhoneNumber
    report: Report


class AgentCreator:
    """Creates agents for one run of the provider host.

    `account_lock`: other runs cannot create agents on the account while it is held. `coalescer` shares the
    list reads after creates. `confirmed` is called with the key of each agent whose create the API has confirmed.
    """

    def __init__(
        self,
        client: AsyncClient,
        account: AccountCache,
        form: NumberForm,
        *,
        journal: Journal,
        earlier: EarlierRuns | None = None,
        late: LateRequests | None = None,
        account_lock: AccountLock | None = None,
        coalescer: ListCoalescer | None = None,
        confirmed: Callable[[str], None] | None = None,
    ) -> None:
        earlier = earlier or EarlierRuns()
        self._client = client
        self._account = account
        self._form = form
        self._late = late or LateRequests()
        self._coalescer = coalescer or ListCoalescer(account.relist)
        self._journal = journal
        self._earlier = [entry for entry in earlier.entries if entry.call == CALL]
        self._last_sign = earlier.last_sign
        self._account_lock = account_lock
        self._confirmed = confirmed or (lambda _key: None)
        self._beginning = asyncio.Lock()
        self._changed_since_listed = False
        self._lists_at_first_create: int | None = None
        self._keys: dict[str, str] = {}
        # Whether `agent_id` of a create's reply is the EID. That is not documented: None until a list has shown it.
        self._reply_has_eid: bool | None = None

    async def create(self, key: str, wanted: NewAgent, number: PhoneNumber, report: Report) -> CreatedAgent:
        """The agent, created unless the account has it. `key` names it in the journal.

        Raises:
            ApiError: it was not created, or its outcome is unknown (`OutcomeUnknown`).
        """
        made = await self._find_or_create(_Create(key, wanted, number, report))
        # In a list without country codes, one agent can match the numbers of two countries.
        owner = self._keys.setdefault(made.record.eid, key)
        if owner != key:
            raise _agent_of_another(owner, made.record)
        return made

    async def _find_or_create(self, create: _Create) -> CreatedAgent:
        async with self._beginning:
            await self._take_lock(create.report)
            await self._wait_for_earlier_runs(create.report)
        snapshot = await self._account.current()
        found = _find(create, snapshot)
        if found is not None:
            return CreatedAgent(found, CreateOrigin.FOUND)
        _refuse_taken_intercom(create.wanted, snapshot)
        if self._lists_at_first_create is None:
            self._lists_at_first_create = self._account.lists
        write = ""
        try:
            with self._coalescer.writing():
                async with self._journal.writing(create.key, CALL) as write:
                    receipt = await self._client.send(add_agent(create.wanted, self._form))
        except (TokenRefused, JournalFull):
            raise
        except ApiError as problem:
            made = await self._settle(create, problem, snapshot)
            note = f"the list shows it: eid {made.record.eid}"
            await self._journal.settle(write, create.key, CALL, Outcome.APPLIED, note)
            return made
        return await self._confirm(create, receipt)

    async def _take_lock(self, report: Report) -> None:
        """Takes the account lock. It lists the account again if another run may have changed it."""
        if self._account_lock is not None and not self._account_lock.held:
            self._changed_since_listed = await self._wait_for_lock(self._account_lock, report)
        if self._changed_since_listed:
            await self._account.relist()
            self._changed_since_listed = False

    async def _wait_for_lock(self, lock: AccountLock, report: Report) -> bool:
        def waits() -> None:
            report("another run is creating agents on this account; waiting for its end")

        def on_lost(reason: str) -> None:
            self._client.stop(f"the account lock was lost, so another machine may be creating agents now ({reason})")

        try:
            return await lock.acquire(self._account.listed_at, waits, lambda: self._client.stopped, on_lost)
        except OSError as problem:
            method, _, path = CALL.partition(" ")
            raise NotSent(
                f"runs on the same account cannot be kept apart ({problem.strerror}), so {CALL} was not sent",
                next_step=f"make {visible(str(problem.filename))} a place of your own that you can write to, or name "
                "another folder in DIGO_LOCK_DIR, then run again; nothing was written by this call",
                method=method,
                path=path,
            ) from None
        finally:
            report("")

    async def _wait_for_earlier_runs(self, report: Report) -> None:
        """Waits until the API must have finished the requests of runs that died, then settles them."""
        if not self._earlier:
            return
        left = self._may_be_at_work_until() - time.time()
        if left > 0:
            report("an earlier run left creates whose outcome is not known; waiting for late ones")
            await self._late.sleep(min(left, self._late.seconds))
            report("")
        await self._account.relist()
        for entry in self._earlier:
            note = "settled by a later run's list"
            await self._journal.settle(entry.write, entry.key, CALL, Outcome.SETTLED, note)
        self._earlier.clear()

    def _may_be_at_work_until(self) -> float:
        """When the API must have finished the requests of earlier runs, in seconds since 1970.

        The journal has the time of each lost reply. For a run that was killed it has not: its last request may have
        been sent a pause after its last entry, and may have waited for the whole reply timeout.
        """
        lost = max(entry.at for entry in self._earlier)
        if any(entry.outcome is Outcome.INTENT for entry in self._earlier):
            limits = self._client.limits
            lost = max(lost, self._last_sign) + limits.longest_pause + limits.reply_timeout
        return lost + self._late.seconds

    async def _confirm(self, create: _Create, receipt: Receipt) -> CreatedAgent:
        """Learns the EID of an agent whose create the API has confirmed."""
        self._confirmed(create.key)
        wanted = create.wanted
        if self._reply_has_eid and receipt.agent_id and self._lists_are_spent():
            record = AgentRecord(
                eid=receipt.agent_id,
                name=wanted.name,
                follow_me_number=wanted.follow_me_number,
                intercom=wanted.intercom,
                other_fields=dict(wanted.other_fields),
            )
            return CreatedAgent(record, CreateOrigin.CREATED)
        create.report("created; waiting for the account's list to learn its EID")
        try:
            snapshot = await self._coalescer.list_after_writes()
        except ApiError as unread:
            raise _confirmed_but_unread(unread) from None
        found = _find(create, snapshot)
        if found is None:
            raise _confirmed_but_absent()
        # One counter-example is enough: an id that is not the EID would point at another agent.
        self._reply_has_eid = self._reply_has_eid is not False and receipt.agent_id == found.eid
        return CreatedAgent(found, CreateOrigin.CREATED)

    def _lists_are_spent(self) -> bool:
        return self._account.lists - (self._lists_at_first_create or 0) >= EXACT_LISTS

    async def _settle(self, create: _Create, problem: ApiError, before: Snapshot) -> CreatedAgent:
        """Settles an unconfirmed create with a list. `before` is the list from before the create."""
        if isinstance(problem, NotSent):
            raise problem
        create.report("no plain confirmation; listing the account to see what was done")
        found = await self._look(create, problem, before)
        if found is not None:
            return CreatedAgent(found, CreateOrigin.FOUND if isinstance(problem, Refused) else CreateOrigin.SETTLED)
        if not isinstance(problem, OutcomeUnknown):
            raise problem
        if problem.answered:
            return await self._send_again(create, before)
        create.report("the reply was lost; waiting for a late create before listing again")
        await self._late.sleep(self._late.seconds)
        create.report("the time of a late create is over; listing the account to see what was done")
        found = await self._look(create, problem, before)
        if found is not None:
            return CreatedAgent(found, CreateOrigin.SETTLED)
        raise problem

    async def _look(self, create: _Create, problem: ApiError, before: Snapshot) -> AgentRecord | None:
        """The agent, if a new list read shows it.

        If the list cannot be read, it raises the create's own `problem`: the read's error would say that nothing was
        changed. A list that lacks other known agents may be cut short, so it does not prove that the agent is absent.
        """
        try:
            snapshot = await self._coalescer.list_after_writes()
        except ApiError:
            raise problem from None
        found = _find(create, snapshot)
        known = (*(agent.eid for agent in before.agents), *self._keys)
        if found is None and any(snapshot.with_eid(eid) is None for eid in known):
            raise problem
        return found

    async def _send_again(self, create: _Create, before: Snapshot) -> CreatedAgent:
        """Sends the create again. The API has replied, so it has finished; the list shows that it did nothing."""
        create.report("nothing was done, as the list shows; sending the create again")
        try:
            with self._coalescer.writing():
                async with self._journal.writing(create.key, CALL):
                    receipt = await self._client.send(add_agent(create.wanted, self._form))
        except OutcomeUnknown as problem:
            found = await self._look(create, problem, before)
            if found is not None:
                return CreatedAgent(found, CreateOrigin.SETTLED)
            raise problem from None
        return await self._confirm(create, receipt)


def _find(create: _Create, snapshot: Snapshot) -> AgentRecord | None:
    found = match_agent(create.number, create.wanted.intercom, snapshot)
    if isinstance(found, Ambiguous):
        eids = ", ".join(f"eid {agent.eid}" for agent in found.agents)
        raise OutcomeUnknown(
            f"the account has several agents with this {found.by} ({eids})",
            answered=True,
            next_step="remove the wrong ones in the panel, then run again",
            method="GET",
            path="/v1/agents",
        )
    return found if found is not None and has_number(found, create.number) else None


def _refuse_taken_intercom(wanted: NewAgent, snapshot: Snapshot) -> None:
    """Raises `Refused` if another agent took the intercom after the plan was made."""
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

"""Creates agents, each exactly once, even if replies are lost.

A create is not idempotent, and the API's page does not document what a duplicate does. So this module lists the account
before it writes. If the reply is not a plain confirmation, it lists again and adopts the agent if it is there. It sends
a create again only if the list proves that nothing was done and the API has finished the first request.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from digo.api.agent_calls import AgentCalls
from digo.api.calls import Call, NumberForm, WriteOptions
from digo.api.errors import ApiError, NotSent, OutcomeUnknown, Refused, TokenRefused
from digo.api.models import AgentRecord, NewAgent, Receipt
from digo.api.snapshot import LISTED_BY_USERS, Snapshot
from digo.apply.account_writes import AccountWrites, ConfirmationTrust, Report, Write, naming
from digo.apply.new_password import new_password
from digo.fields.agents import WANTED_FIELDS
from digo.fields.types import canonical_login
from digo.phone.number import PhoneNumber
from digo.plan.match import Ambiguous, has_number, match_agent
from digo.state.journal import JournalFull
from digo.text.redact import mask_numbers

_WANTED = frozenset(field.name for field in WANTED_FIELDS)


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
class _Create:
    """One create: its name in the journal, the agent, its number, and where its progress is reported."""

    key: str
    wanted: NewAgent
    number: PhoneNumber
    report: Report
    password: str = field(default="", repr=False)


class AgentCreator:
    """Creates agents for one run of the provider host, by the calls of its profile.

    `confirmed` is called with the key of each agent whose create the API has confirmed.
    """

    def __init__(
        self,
        writes: AccountWrites,
        calls: AgentCalls,
        form: NumberForm,
        confirmed: Callable[[str], None] | None = None,
    ) -> None:
        self._writes = writes
        self._calls = calls
        self._form = form
        self._confirmed = confirmed or (lambda _key: None)
        self._proof = ConfirmationTrust(writes.account)
        self._keys: dict[str, str] = {}
        # Which ids of a create's reply are the EID and the user's is not documented: None until a list has shown it.
        self._eid_names: frozenset[str] | None = None
        self._user_id_names: frozenset[str] | None = None

    async def create(
        self, key: str, wanted: NewAgent, number: PhoneNumber, report: Report, password: str = ""
    ) -> CreatedAgent:
        """The agent, created unless the account has it.

        Args:
            key: its name in the journal.
            wanted: the agent.
            number: its number.
            report: where its progress is reported.
            password: the password of its user; "" for a random one. It counts only where a user carries the agent.

        Raises:
            ApiError: it was not created, or its outcome is unknown (`OutcomeUnknown`).
        """
        made = await self._find_or_create(_Create(key, wanted, number, report, password))
        # In a list without country codes, one agent can match the numbers of two countries.
        owner = self._keys.setdefault(made.record.eid, key)
        if owner != key:
            raise _agent_of_another(owner, made.record, await self._writes.account.current())
        self._writes.created(made.record.eid)
        return made

    async def _find_or_create(self, create: _Create) -> CreatedAgent:
        by_users = self._writes.account.listed_by == LISTED_BY_USERS
        await self._writes.begin("POST /v1/user" if by_users else "POST /v1/agent", create.report)
        snapshot = await self._writes.account.current()
        found = _find(create, snapshot)
        if found is not None:
            return CreatedAgent(found, CreateOrigin.FOUND)
        _refuse_taken_intercom(create.wanted, snapshot)
        _refuse_taken_login(create.wanted, snapshot)
        write = Write(create.key, await self._call(create, snapshot))
        self._proof.begin()
        try:
            receipt = await self._writes.send(write)
        except (TokenRefused, JournalFull):
            raise
        except ApiError as problem:
            made = await self._settle(create, write, problem, snapshot)
            await self._writes.settle(write, f"the list shows it: eid {made.record.eid}")
            return made
        return await self._confirm(create, receipt)

    async def _call(self, create: _Create, snapshot: Snapshot) -> Call[Receipt]:
        ids = await self._writes.account.caller_ids() if "caller_ids" in create.wanted.other_fields else {}
        password = (create.password or new_password()) if snapshot.listed_by == LISTED_BY_USERS else ""
        with naming(create.key):
            return self._calls.create(create.wanted, WriteOptions(self._form, snapshot.listed_by, ids, password))

    async def _confirm(self, create: _Create, receipt: Receipt) -> CreatedAgent:
        """Learns the EID of an agent whose create the API has confirmed."""
        self._confirmed(create.key)
        if self._proof.is_spent and (record := self._by_receipt(create.wanted, receipt)):
            return CreatedAgent(record, CreateOrigin.CREATED)
        create.report("created; waiting for the account's list to learn its EID")
        snapshot = await self._list_of_created(whole=False)
        found = _find(create, snapshot)
        if found is None and snapshot.is_extended:
            snapshot = await self._list_of_created(whole=True)
            found = _find(create, snapshot)
        if found is None:
            raise _confirmed_but_absent(snapshot)
        # One counter-example is enough: an id that is not the EID would point at another agent.
        self._eid_names = _still_names(self._eid_names, receipt, found.eid)
        self._user_id_names = _still_names(self._user_id_names, receipt, found.user_id)
        return CreatedAgent(found, CreateOrigin.CREATED)

    async def _list_of_created(self, *, whole: bool) -> Snapshot:
        try:
            return await self._writes.list_after_writes(whole=whole)
        except ApiError as unread:
            raise _confirmed_but_unread(unread) from None

    def _by_receipt(self, wanted: NewAgent, receipt: Receipt) -> AgentRecord | None:
        """The agent by the ids of the reply to its create; None if lists have not shown which id is the EID."""
        eid = _id_of(receipt, self._eid_names)
        if eid is None:
            return None
        user_id = _id_of(receipt, self._user_id_names)
        return AgentRecord(
            eid=eid,
            user_id=user_id,
            name=wanted.name,
            follow_me_number=wanted.follow_me_number,
            intercom=wanted.intercom,
            other_fields=dict(wanted.other_fields),
            unseen=frozenset() if user_id is None else _WANTED - wanted.fields.keys(),
        )

    async def _settle(self, create: _Create, write: Write, problem: ApiError, before: Snapshot) -> CreatedAgent:
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
            return await self._send_again(create, write.call, before)
        create.report("the reply was lost; waiting for a late create before listing again")
        await self._writes.wait_for_late_requests()
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
            snapshot = await self._writes.list_after_writes()
        except ApiError:
            raise problem from None
        found = _find(create, snapshot)
        if found is None and self._writes.lacks_known(snapshot, before):
            raise problem
        return found

    async def _send_again(self, create: _Create, call: Call[Receipt], before: Snapshot) -> CreatedAgent:
        """Sends the create again. The API has replied, so it has finished; the list shows that it did nothing."""
        create.report("nothing was done, as the list shows; sending the create again")
        try:
            receipt = await self._writes.send(Write(create.key, call))
        except OutcomeUnknown as problem:
            found = await self._look(create, problem, before)
            if found is not None:
                return CreatedAgent(found, CreateOrigin.SETTLED)
            raise problem from None
        return await self._confirm(create, receipt)


def _still_names(names: frozenset[str] | None, receipt: Receipt, id_: str | None) -> frozenset[str]:
    """Those of the names under which this reply has the id too. None for names: no reply was looked at so far."""
    right = frozenset(name for name, value in receipt.ids.items() if value == id_)
    return right if names is None else names & right


def _id_of(receipt: Receipt, names: frozenset[str] | None) -> str | None:
    return next((receipt.ids[name] for name in sorted(names or ()) if receipt.ids.get(name)), None)


def _find(create: _Create, snapshot: Snapshot) -> AgentRecord | None:
    found = match_agent(create.number, create.wanted.intercom, snapshot)
    if isinstance(found, Ambiguous):
        eids = ", ".join(f"eid {agent.eid}" for agent in found.agents)
        raise OutcomeUnknown(
            f"the account has several agents with this {found.by} ({eids})",
            answered=True,
            next_step="remove the wrong ones in the panel, then run again",
            **snapshot.where,
        )
    return found if found is not None and has_number(found, create.number) else None


def _refuse_taken_intercom(wanted: NewAgent, snapshot: Snapshot) -> None:
    """Raises `Refused` if another agent took the intercom after the plan was made."""
    if wanted.intercom is None or not (holders := snapshot.with_intercom(wanted.intercom)):
        return
    raise Refused(
        f"the intercom {wanted.intercom} is held by another agent (eid {holders[0].eid}) since the plan was made",
        next_step="run again: the new plan says what can be done; this agent was not created",
        **snapshot.where,
    )


def _refuse_taken_login(wanted: NewAgent, snapshot: Snapshot) -> None:
    """Raises `Refused` if a user with the `login_id` is there, with another number or without an agent."""
    login = wanted.other_fields.get("login_id")
    if login is None:
        return
    holder = snapshot.with_login(login)
    user_id = snapshot.users_without_agent.get(canonical_login(login))
    if holder is None and user_id is None:
        return
    by = f"another agent's user (eid {holder.eid})" if holder else f"a user without an agent (id {user_id})"
    raise Refused(
        f"the login_id {mask_numbers(login)} is that of {by}, and a second user cannot have it",
        next_step="give the entry the number of that agent, or another login_id; this agent was not created",
        **snapshot.where,
    )


def _agent_of_another(owner: str, record: AgentRecord, snapshot: Snapshot) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"the account's list shows the agent of `{owner}` (eid {record.eid}) for this entry as well: it writes numbers "
        "without country code, so the two cannot be told apart",
        answered=True,
        next_step="look in the panel which of the two there is; agents whose numbers differ in the country code alone "
        "cannot be managed together on this account",
        **snapshot.where,
    )


def _confirmed_but_unread(problem: ApiError) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"the API confirmed the create, but then its list could not be read, so the EID is not known: {problem.what}",
        answered=True,
        next_step="run again: the account is listed first, and what was applied is adopted",
        method=problem.method,
        path=problem.path,
        status=problem.status,
    )


def _confirmed_but_absent(snapshot: Snapshot) -> OutcomeUnknown:
    return OutcomeUnknown(
        "the API confirmed the create, but its list does not show the agent",
        answered=True,
        next_step="run again in a moment: the account is listed first, and what was applied is adopted",
        **snapshot.where,
    )

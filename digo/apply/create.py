"""Creates agents, each exactly once, whatever happens to the replies.

A create is not idempotent, and what the API does on a duplicate is not documented. So: look before writing; after
any reply but a plain confirmation, list again and take over what is there; send again only where the list proves
that nothing was done and the API is done with the first request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from digo.api.calls import NumberForm, add_agent
from digo.api.client import AsyncClient
from digo.api.errors import ApiError, OutcomeUnknown, Refused, TokenRefused
from digo.api.models import AgentRecord, NewAgent, Receipt
from digo.api.snapshot import Snapshot
from digo.apply.account import Account
from digo.apply.waves import Waves
from digo.phone import PhoneNumber
from digo.plan.match import Ambiguous, match_agent, rings

EXACT_LISTS = 2  # list reads after creates that a run may cost
LATE_SECONDS = 2.0  # how long a request whose reply was lost may still be at work before the second look
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
    """Makes agents for one run of the provider host. `late_seconds` is `LATE_SECONDS` but in tests."""

    def __init__(
        self,
        client: AsyncClient,
        account: Account,
        form: NumberForm,
        *,
        late_seconds: float = LATE_SECONDS,
        waves: Waves | None = None,
    ) -> None:
        self._client = client
        self._account = account
        self._form = form
        self._late_seconds = late_seconds
        self._waves = waves or Waves(account.relist)
        self._lists_at_first_create: int | None = None
        # Whether `agent_id` of a create's reply is the EID: not documented, so None until a list has shown it.
        self._reply_has_eid: bool | None = None

    async def create(self, wanted: NewAgent, number: PhoneNumber, report: Report) -> Created:
        """The agent, created unless the account has it.

        Raises:
            ApiError: it was not created, or (`OutcomeUnknown`) may have been; the text says which.
        """
        snapshot = await self._account.current()
        found = _find(number, wanted, snapshot)
        if found is not None:
            return Created(found, Origin.FOUND)
        _refuse_taken_intercom(wanted, snapshot)
        if self._lists_at_first_create is None:
            self._lists_at_first_create = self._account.lists
        try:
            receipt = await self._post(wanted)
        except TokenRefused:
            raise
        except ApiError as problem:
            return await self._settle(wanted, number, problem, report)
        return await self._confirm(wanted, number, receipt, report)

    async def _post(self, wanted: NewAgent) -> Receipt:
        with self._waves.writing():
            return await self._client.send(add_agent(wanted, self._form))

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
        found = _find(number, wanted, await self._waves.ended())
        if found is None:
            raise _confirmed_but_absent()
        # One counter-example suffices for good: an id that is not the EID would point at another agent.
        self._reply_has_eid = self._reply_has_eid is not False and receipt.agent_id == found.eid
        return Created(found, Origin.CREATED)

    def _lists_are_spent(self) -> bool:
        return self._account.lists - (self._lists_at_first_create or 0) >= EXACT_LISTS

    async def _settle(self, wanted: NewAgent, number: PhoneNumber, problem: ApiError, report: Report) -> Created:
        """The API did not confirm: the list decides."""
        report("no plain confirmation; listing the account to see what was done")
        found = _find(number, wanted, await self._waves.ended())
        if found is not None:
            return Created(found, Origin.FOUND if isinstance(problem, Refused) else Origin.SETTLED)
        if not isinstance(problem, OutcomeUnknown):
            raise problem
        if problem.answered:
            return await self._once_more(wanted, number, report)
        report("the reply was lost; waiting for a late create before listing again")
        await asyncio.sleep(self._late_seconds)
        found = _find(number, wanted, await self._waves.ended())
        if found is not None:
            return Created(found, Origin.SETTLED)
        raise problem

    async def _once_more(self, wanted: NewAgent, number: PhoneNumber, report: Report) -> Created:
        """A whole reply came, so the API is done with the request, and the list shows that it did nothing."""
        try:
            receipt = await self._post(wanted)
        except OutcomeUnknown as problem:
            found = _find(number, wanted, await self._waves.ended())
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


def _confirmed_but_absent() -> OutcomeUnknown:
    return OutcomeUnknown(
        "the API confirmed the create, but its list does not show the agent",
        answered=True,
        next_step="run again in a moment: the account is listed first, and what was applied is taken over",
        method="GET",
        path="/v1/agents",
    )

"""Agents: created and adopted. Updates and deletes are refused, because no profile has a call for them."""

from __future__ import annotations

import asyncio
from datetime import datetime, timezone
from typing import Any

from digo.api.models import AgentRecord, NewAgent
from digo.fields.agents import NUMBER_FIELDS, OTHER_FIELDS, WANTED_FIELDS, AgentField
from digo.fields.masked import masked_number
from digo.fields.types import NUMBER, TEXT, writes_number
from digo.phone.number import NumberProblem, PhoneNumber, parse_number
from digo.plan.guard_input import vanished_refusal
from digo.plan.guards import shrank
from digo.plan.match import Ambiguous, match_agent
from digo.settings.profiles import Ability, Subject
from providers.host.handlers import Diff, Failures, HandlerError, Properties, Report, ResourceState
from providers.host.judgement import Change
from providers.host.properties import UNKNOWN
from providers.host.session import Session

# A refresh reads many agents at once, up to its parallelism. They are complete when this many turns of the event loop
# bring no further one. Turns are counted, not seconds: a process that was suspended finds the next reads waiting.
_QUIET_TURNS = 20
_TURN_SECONDS = 0.01


class AgentHandler:
    """See `providers.host.handlers.ResourceHandler`."""

    secret = NUMBER_FIELDS
    reads_back = True
    writes = True

    def __init__(self, session: Session) -> None:
        self._session = session

    async def check(self, _previous: Properties, inputs: Properties) -> tuple[Properties, Failures]:
        """Writes the number in E.164, and the intercom with four digits."""
        checked = dict(inputs)
        failures: Failures = []
        for field in WANTED_FIELDS:
            value = inputs.get(field.name)
            if value == UNKNOWN or (value is None and not field.required):
                continue
            if field.type is TEXT and not (isinstance(value, str) and value.strip()):
                failures.append((field.name, f"an agent has a {field.name}"))
                continue
            try:
                checked[field.name] = field.type.check(str("" if value is None else value))
            except ValueError as problem:
                failures.append((field.name, str(problem)))
        return checked, failures

    async def create_note(self, _inputs: Properties) -> str:
        """No note: the preview's sign is enough."""
        return ""

    async def diff(self, old: ResourceState, inputs: Properties) -> Diff:
        """Compares by number and intercom: no difference while the account's match is this agent.

        The agent is replaced where its number changed, or where the account no longer has it.

        Raises:
            HandlerError: several agents match, or too many agents of the state are not in the account's list.
        """
        if UNKNOWN in (inputs.get("follow_me_number"), inputs.get("intercom")):
            return Diff(changed=("follow_me_number",))
        number = parse_number(inputs["follow_me_number"])
        snapshot = await self._session.account.current()
        live = match_agent(number, inputs.get("intercom"), snapshot)
        if isinstance(live, Ambiguous):
            raise HandlerError(
                f"the account has several agents with this {live.by}; remove the wrong ones in the panel"
            )
        if live is not None and live.eid == old.id:
            return Diff()
        if live is None and snapshot.with_eid(old.id) is None:
            self._count_missing(old.id, len(snapshot.agents))
        if _digits(old.inputs) != number.digits:
            before, after = masked_number(str(old.inputs.get("follow_me_number", ""))), masked_number(number.e164)
            reason = (
                f"follow_me_number {before} → {after}: an up makes a new agent, and the account keeps the old one "
                f"(eid {old.id})"
            )
            return Diff(replaces=("follow_me_number",), reason=reason)
        if snapshot.with_eid(old.id) is not None:
            reason = f"the agent eid {old.id} has another number now: an up makes a new one, and the account keeps it"
        else:
            reason = f"the agent eid {old.id} is no longer on the account: an up makes a new one and forgets the old id"
        return Diff(replaces=("eid",), reason=reason)

    def change(self, urn: str, _previous: Properties, _inputs: Properties) -> Change:
        """A create, also in place of an agent that the account lacks: nothing else writes an agent."""
        return Change(urn, creates=True)

    def _count_missing(self, eid: str, seen: int) -> None:
        """Counts an agent of the state that the account's list lacks. Many of them mean that the list is incomplete.

        Raises:
            HandlerError: a guard refuses so many.
        """
        vanished = self._session.vanished_agents
        vanished.add(eid)
        if self._session.vanished_refusal:
            # The same text for each further agent: an engine then prints it once, and names the agents.
            raise HandlerError(self._session.vanished_refusal)
        if guard_input := self._session.guard_input:
            text = vanished_refusal(len(vanished), guard_input, datetime.now(timezone.utc).date())
        elif shrank(self._session.settings.guards, seen + len(vanished), seen):
            text = (
                f"agents in the account's list: {seen:,}, and {len(vanished):,} that the state has are not in it, so "
                "it may have been cut short; nothing was written for this one\n"
                "  Next: look whether the list is whole; if it is, an up of all says how to approve it"
            )
        else:
            text = None
        if text is not None:
            self._session.vanished_refusal = text
            raise HandlerError(text)

    async def create(self, key: str, inputs: Properties, report: Report) -> ResourceState:
        """Creates the agent exactly once; see `digo.apply.agent_creator`."""
        number = parse_number(inputs["follow_me_number"])
        others = {field.name: inputs[field.name] for field in OTHER_FIELDS if inputs.get(field.name) is not None}
        wanted = NewAgent(inputs["name"], number.e164, inputs.get("intercom"), others)
        made = await self._session.creator.create(key, wanted, number, report)
        return _found(made.record, inputs)

    async def read(self, id_: str, inputs: Properties, outputs: Properties) -> ResourceState | None:
        """Finds the agent in the list that the run has read once.

        Raises:
            HandlerError: an import names an unknown EID, or too many agents are missing from the list.
        """
        snapshot = await self._session.account.current()
        record = snapshot.with_eid(id_)
        if record is None and not inputs and not outputs:
            raise HandlerError(
                f"the account has no agent with the eid {id_}. An agent is imported by its EID, as GET /v1/agents "
                "shows it (field `eid`, not `id`). Nothing was imported"
            )
        if record is None:
            # A refresh reads many at once. They are counted together before any of them is dropped from the state.
            self._session.vanished_agents.add(id_)
            await self._all_reads_in()
            self._count_missing(id_, len(snapshot.agents))
        return _found(record, inputs) if record else None

    async def _all_reads_in(self) -> None:
        """Waits until the parallel reads of a refresh have found all missing agents."""
        known, quiet = 0, 0
        while quiet < _QUIET_TURNS:
            await asyncio.sleep(_TURN_SECONDS)
            quiet = quiet + 1 if len(self._session.vanished_agents) == known else 0
            known = len(self._session.vanished_agents)

    async def update(self, _key: str, old: ResourceState, _inputs: Properties, _report: Report) -> ResourceState:
        """Refuses: no profile has a call for it.

        Raises:
            HandlerError: always, with what to do instead.
        """
        lacks = self._session.settings.profile.lacks(Ability.UPDATE, Subject.AGENT)
        raise HandlerError(f"{lacks}: change it in the panel (agent eid {old.id}); nothing was changed")

    def removal(self, _urn: str, _old: ResourceState) -> Change | None:
        """None: no profile deletes it."""
        return None

    async def delete(self, _key: str, old: ResourceState, _report: Report) -> None:
        """Refuses: no profile has a call for it.

        Raises:
            HandlerError: always, with what to do instead.
        """
        lacks = self._session.settings.profile.lacks(Ability.DELETE, Subject.AGENT)
        raise HandlerError(
            f"{lacks}: it stays on the account (agent eid {old.id}). To forget it, run an up with its entry in the "
            "config once (that marks it as retained), or `state delete` its URN"
        )


def _digits(inputs: Properties) -> str | None:
    number = _parsed(inputs.get("follow_me_number"))
    return number.digits if number else None


def _parsed(text: object) -> PhoneNumber | None:
    try:
        return parse_number(str(text))
    except NumberProblem:
        return None


def _found(record: AgentRecord, inputs: Properties) -> ResourceState:
    """The agent as the account has it; `inputs` keep their own spelling where they say the same."""
    live = {field.name: _live(field, record.value(field.name), inputs.get(field.name)) for field in WANTED_FIELDS}
    managed = {name: value for name, value in live.items() if not inputs or name in inputs}
    outputs = {**record.configuration, **live, "eid": record.eid, "numeric_id": record.id}
    return ResourceState(record.eid, managed, outputs)


def _live(field: AgentField, value: str | None, wanted: Any) -> Any:
    """The account's value of a field; the wanted one where both say the same."""
    if field.type is NUMBER:
        number = _parsed(wanted)
        return number.e164 if number and writes_number(value, number) else _as_e164(value)
    return wanted if wanted is not None and field.type.same(value or "", str(wanted)) else value


def _as_e164(number: str | None) -> str | None:
    """The list's spelling as E.164 where it has the country code; as it stands where that cannot be known."""
    parsed = _parsed(number if number is None or number.startswith("+") else f"+{number}")
    return parsed.e164 if parsed and parsed.assigned else number

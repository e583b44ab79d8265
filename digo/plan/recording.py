"""A snapshot file: an account and a stack's state, for plans without a token. It shows no phone number.

It contains EIDs, names and intercoms; a pseudonym and the last four digits of each number; and of leads only
pseudonyms. It has only what a plan needs, so fields that config does not manage are not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from digo.api.models import AgentRecord
from digo.api.snapshot import Snapshot
from digo.applied import Applied, AppliedAgent, AppliedLead, AppliedList
from digo.desired.state import Desired
from digo.lists.digests import Digests
from digo.names import seen_name
from digo.phone import NumberProblem, parse_number
from digo.plan.census import Census
from digo.plan.drift import MANAGED
from digo.plan.fingerprint import agent_digest, lead_digest
from digo.plan.veil import Veil, Veiled

VERSION = 1


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RecordedFields(_Strict):
    """The fields of an agent that config manages."""

    name: str | Veiled | None = None
    number: Veiled | None = None
    intercom: str | Veiled | None = None

    @classmethod
    def of(cls, pseudonyms: Veil, name: object, number: object, intercom: object) -> RecordedFields:
        """The fields with pseudonyms for numbers."""
        return cls(
            name=pseudonyms.text(_text(name)),
            number=pseudonyms.number(_text(number)),
            intercom=pseudonyms.text(_text(intercom)),
        )

    def lifted(self, pseudonyms: Veil) -> dict[str, str | None]:
        """The fields by their names in the API, with known values restored."""
        values = (
            pseudonyms.lift_text(self.name),
            pseudonyms.lift_number(self.number),
            pseudonyms.lift_text(self.intercom),
        )
        return dict(zip(MANAGED, values, strict=True))


class RecordedAgent(_Strict):
    """An agent of the account."""

    eid: str
    status: int | None = None
    fields: RecordedFields


class StateAgent(_Strict):
    """An agent of the state."""

    eid: str
    wanted: RecordedFields
    live: RecordedFields
    protected: bool = False


class StateLead(_Strict):
    """A lead of the state. The values of its columns are pseudonyms."""

    list_id: str
    fields: dict[str, str]
    phone: Veiled | None = None
    doubt: str = ""
    protected: bool = False


class StateList(_Strict):
    """A list from files in the state: the keyed digests of its shards."""

    list_id: str
    of: int
    shards: dict[int, str]
    partly: bool = False
    protected: bool = False


class Recording(_Strict):
    """The file's content. `key` identifies the key of its pseudonyms."""

    version: int = Field(default=VERSION, ge=1, le=VERSION)
    taken: datetime
    stack: str
    endpoint: str
    key: str
    fingerprint: str
    agents: list[RecordedAgent]
    state_agents: dict[str, StateAgent]
    state_leads: dict[str, StateLead]
    state_lists: dict[str, StateList]
    census: dict[str, object] | None = None

    @classmethod
    def of(
        cls, snapshot: Snapshot, applied: Applied, pseudonyms: Veil, stack: str, endpoint: str, now: datetime
    ) -> Recording:
        """The snapshot file of an account and a state."""
        return cls(
            taken=now,
            stack=stack,
            endpoint=endpoint,
            key=pseudonyms.key.check,
            fingerprint=pseudonyms.hidden(snapshot.fingerprint, now.isoformat()),
            agents=[_agent(one, pseudonyms) for one in snapshot.agents],
            state_agents={key: _state_agent(one, snapshot, pseudonyms) for key, one in applied.agents.items()},
            state_leads={key: _state_lead(one, pseudonyms) for key, one in applied.leads.items()},
            state_lists={key: _state_list(one) for key, one in applied.lists.items()},
            census=None if applied.census is None else _census(applied.census, pseudonyms.token).written(),
        )

    def restored(self, pseudonyms: Veil, desired: Desired) -> tuple[Snapshot, Applied]:
        """The account and the state, restored as far as a plan of that desired state needs."""
        known = pseudonyms.knowing(_values(desired))
        fingerprint = pseudonyms.hidden(self.fingerprint, self.taken.isoformat())
        snapshot = Snapshot.of((_restored_record(one, known) for one in self.agents), fingerprint)
        return snapshot, Applied(
            agents={key: _restored_agent(key, one, known) for key, one in self.state_agents.items()},
            leads={
                key: AppliedLead(
                    key,
                    one.list_id,
                    known.lift_number(one.phone) or "",
                    {name: known.lift(token) for name, token in one.fields.items()},
                    doubt=one.doubt,
                    protected=one.protected,
                )
                for key, one in self.state_leads.items()
            },
            lists={key: _restored_list(key, one) for key, one in self.state_lists.items()},
            gate=None if self.census is None else {"census": _census(Census.read(self.census), known.lift).written()},
        )


def _values(desired: Desired) -> Iterable[str]:
    """The values in config that a snapshot file replaces by pseudonyms."""
    for agent in (*desired.agents, *desired.absent):
        yield from (agent.number.digits, agent.number.national, seen_name(agent.name), agent_digest(agent))
    for lead in desired.leads:
        yield from (lead.number.digits, lead_digest(lead), *lead.fields.values())


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _agent(agent: AgentRecord, pseudonyms: Veil) -> RecordedAgent:
    fields = RecordedFields.of(pseudonyms, agent.name, agent.follow_me_number, agent.intercom)
    return RecordedAgent(eid=agent.eid, status=agent.custom_status, fields=fields)


def _state_agent(agent: AppliedAgent, snapshot: Snapshot, pseudonyms: Veil) -> StateAgent:
    live = {**agent.live, "follow_me_number": _as_listed(agent.live.get("follow_me_number"), snapshot)}
    wanted, had = (
        RecordedFields.of(pseudonyms, *(side.get(name) for name in MANAGED)) for side in (agent.wanted, live)
    )
    return StateAgent(eid=agent.eid, wanted=wanted, live=had, protected=agent.protected)


def _as_listed(number: object, snapshot: Snapshot) -> object:
    """The state's number in the list's spelling, if the list has the number.

    The pseudonyms of a spelling with country code and of one without would not match.
    """
    try:
        listed = snapshot.with_number(parse_number(str(number)))
    except NumberProblem:
        return number
    return listed[0].follow_me_number if listed else number


def _state_lead(lead: AppliedLead, pseudonyms: Veil) -> StateLead:
    fields = {name: pseudonyms.token(str(value)) for name, value in lead.fields.items()}
    phone = pseudonyms.number(lead.phone)
    return StateLead(list_id=lead.list_id, phone=phone, fields=fields, doubt=lead.doubt, protected=lead.protected)


def _state_list(one: AppliedList) -> StateList:
    shards = {index: digests.written(index, one.of) for index, digests in one.shards.items()}
    return StateList(list_id=one.list_id, of=one.of, shards=shards, partly=one.partly, protected=one.protected)


def _restored_record(agent: RecordedAgent, pseudonyms: Veil) -> AgentRecord:
    return AgentRecord.model_validate(
        {"eid": agent.eid, "custom_status": agent.status, **agent.fields.lifted(pseudonyms)},
    )


def _restored_agent(key: str, agent: StateAgent, pseudonyms: Veil) -> AppliedAgent:
    return AppliedAgent(key, agent.eid, agent.wanted.lifted(pseudonyms), agent.live.lifted(pseudonyms), agent.protected)


def _restored_list(key: str, one: StateList) -> AppliedList:
    shards = {index: Digests.read(text, index, one.of) for index, text in one.shards.items()}
    return AppliedList(key, one.list_id, one.of, shards, partly=one.partly, protected=one.protected)


def _census(census: Census, pseudonym: Callable[[str], str]) -> Census:
    """The summary with pseudonyms for its digests, because they are not keyed."""
    return replace(
        census,
        leads={key: pseudonym(digest) for key, digest in census.leads.items()},
        wanted={key: pseudonym(digest) for key, digest in census.wanted.items()},
    )

"""A snapshot file: an account and a stack's state, for plans without a token. It shows no phone number.

It contains EIDs, names and intercoms, and ids and names of broadcast lists; a pseudonym and the last four digits of
each number; and of leads only pseudonyms. It has only what a plan needs, so fields that config does not manage are not
in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from digo.api.models import AgentRecord, BroadcastListRecord
from digo.api.snapshot import LISTED_BY_AGENTS, Snapshot
from digo.desired.state import Desired
from digo.fields.agents import AGENT_FIELDS, OTHER_FIELDS, AgentField, canonical_others
from digo.fields.types import NUMBER, NUMBERS
from digo.lists.digests.bucket_digests import Digests
from digo.lists.digests.known_rows import begun_to_text, no_rows
from digo.lists.sending.shard import ShardState, known_from_texts
from digo.phone.number import NumberProblem, parse_number
from digo.plan.fingerprint import agent_digest, lead_digest
from digo.plan.pseudonyms import Pseudonym, Pseudonyms
from digo.state.last_up import AgentState, BroadcastListState, LastUp, LeadState, ListState
from digo.state.run_summary import RunSummary, recorded_forms
from digo.text.names import normal_name

VERSION = 3
_TOKEN_BYTES_OF_1 = 12


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SnapshotFields(_Strict):
    """The fields of an agent that config manages."""

    name: str | Pseudonym | None = None
    number: Pseudonym | None = None
    intercom: str | Pseudonym | None = None
    other_fields: dict[str, str | Pseudonym] | None = None

    @classmethod
    def of(cls, pseudonyms: Pseudonyms, value: Callable[[str], object]) -> SnapshotFields:
        """The fields with pseudonyms for numbers. `value` returns the value of a field by its name in the API."""
        others = {field.name: _hidden(pseudonyms, field, value(field.name)) for field in OTHER_FIELDS}
        return cls(
            name=pseudonyms.text(_text(value("name"))),
            number=pseudonyms.number(_text(value("follow_me_number"))),
            intercom=pseudonyms.text(_text(value("intercom"))),
            other_fields={name: one for name, one in others.items() if one is not None} or None,
        )

    def revealed(self, pseudonyms: Pseudonyms) -> dict[str, str | None]:
        """The fields by their names in the API, with known values restored."""
        others = {name: _lifted(pseudonyms, name, value) for name, value in (self.other_fields or {}).items()}
        return {
            "name": pseudonyms.reveal_text(self.name),
            "follow_me_number": pseudonyms.reveal_number(self.number),
            "intercom": pseudonyms.reveal_text(self.intercom),
            **others,
        }


def _hidden(pseudonyms: Pseudonyms, field: AgentField, value: object) -> str | Pseudonym | None:
    text = _text(value)
    if field.type is NUMBER:
        return pseudonyms.number(text)
    # A list has one pseudonym, so its spelling and order must not matter.
    return pseudonyms.text(field.type.canonical(text) if text and field.type is NUMBERS else text)


def _lifted(pseudonyms: Pseudonyms, name: str, value: str | Pseudonym) -> str | None:
    if isinstance(value, Pseudonym) and AGENT_FIELDS[name].type is NUMBER:
        return pseudonyms.reveal_number(value)
    return pseudonyms.reveal_text(value)


class SnapshotAgent(_Strict):
    """An agent of the account. `unseen` is the place of its set in `AccountSnapshotFile.unseen`."""

    eid: str
    status: int | None = None
    fields: SnapshotFields
    unseen: int | None = None


class StateAgent(_Strict):
    """An agent of the state."""

    eid: str
    wanted: SnapshotFields
    live: SnapshotFields
    protected: bool = False
    retained: bool | None = None


class StateLead(_Strict):
    """A lead of the state. The values of its columns are pseudonyms."""

    list_id: str
    fields: dict[str, str]
    phone: Pseudonym | None = None
    doubt: str = ""
    protected: bool = False
    retained: bool | None = None


class StateList(_Strict):
    """A list from files in the state: the sketches of its shards, or the digests of version 0.2.0.

    `begun` has the shards that were partly sent.
    """

    list_id: str
    of: int
    shards: dict[int, str]
    begun: dict[int, str] | None = None
    partly: bool = False
    protected: bool = False


class SnapshotList(_Strict):
    """A broadcast list of the account."""

    id: str
    name: str


class StateBroadcastList(_Strict):
    """A list of the state that config named. `fields` are the columns that it was created with, if that is known."""

    id: str
    name: str
    description: str = ""
    fields: tuple[str, ...] | None = None
    protected: bool = False
    retained: bool = False


class AccountSnapshotFile(_Strict):
    """The file's content. `key` identifies the key of its pseudonyms.

    `listed_by` is the call that listed the agents; None for `GET /v1/agents`. `unseen` has each set of fields that the
    list does not show of some agents. `absent` has the state's entries that want an agent to be absent.

    Version 1 had shorter pseudonyms, and version 2 no country codes.
    """

    version: int = Field(default=VERSION, ge=1, le=VERSION)
    taken: datetime
    stack: str
    endpoint: str
    key: str
    fingerprint: str
    agents: list[SnapshotAgent]
    state_agents: dict[str, StateAgent]
    state_leads: dict[str, StateLead]
    state_lists: dict[str, StateList]
    lists: list[SnapshotList] | None = None
    state_broadcast_lists: dict[str, StateBroadcastList] | None = None
    census: dict[str, object] | None = None
    listed_by: str | None = None
    unseen: list[list[str]] | None = None
    absent: list[str] | None = None

    @classmethod
    def of(
        cls, snapshot: Snapshot, applied: LastUp, pseudonyms: Pseudonyms, stack: str, endpoint: str, now: datetime
    ) -> AccountSnapshotFile:
        """The snapshot file of an account and a state."""
        unseen = sorted({tuple(sorted(one.unseen)) for one in snapshot.agents if one.unseen})
        places = {frozenset(names): place for place, names in enumerate(unseen)}
        return cls(
            taken=now,
            stack=stack,
            endpoint=endpoint,
            key=pseudonyms.key.check,
            fingerprint=pseudonyms.hidden(snapshot.fingerprint, now.isoformat()),
            agents=[_agent(one, pseudonyms, places.get(one.unseen)) for one in snapshot.agents],
            state_agents={key: _state_agent(one, snapshot, pseudonyms) for key, one in applied.agents.items()},
            state_leads={key: _state_lead(one, pseudonyms) for key, one in applied.leads.items()},
            state_lists={key: _state_list(one) for key, one in applied.lists.items()},
            lists=None
            if snapshot.lists is None
            else [SnapshotList(id=one.id, name=one.name) for one in snapshot.lists],
            state_broadcast_lists={key: _state_named(one) for key, one in applied.broadcast_lists.items()} or None,
            census=None if applied.summary is None else _run_summary(applied.summary, pseudonyms.token).to_dict(),
            listed_by=None if snapshot.listed_by == LISTED_BY_AGENTS else snapshot.listed_by,
            unseen=[list(names) for names in unseen] or None,
            absent=sorted(applied.absent) or None,
        )

    def restored(self, pseudonyms: Pseudonyms, desired: Desired) -> tuple[Snapshot, LastUp]:
        """The account and the state, restored as far as a plan of that desired state needs."""
        if self.version == 1:
            pseudonyms = replace(pseudonyms, size=_TOKEN_BYTES_OF_1)
        known = pseudonyms.with_known(_values(desired))
        fingerprint = pseudonyms.hidden(self.fingerprint, self.taken.isoformat())
        unseen = [frozenset(names) for names in self.unseen or ()]
        agents = (_restored_record(one, known, unseen) for one in self.agents)
        snapshot = Snapshot.of(agents, fingerprint, self.listed_by or LISTED_BY_AGENTS)
        if self.lists is not None:
            snapshot = replace(snapshot, lists=tuple(BroadcastListRecord(one.id, one.name) for one in self.lists))
        return snapshot, LastUp(
            agents={key: _restored_agent(key, one, known) for key, one in self.state_agents.items()},
            leads={
                key: LeadState(
                    key,
                    one.list_id,
                    known.reveal_number(one.phone) or "",
                    {name: known.reveal(token) for name, token in one.fields.items()},
                    unknown_write=one.doubt,
                    retained=one.retained is not False,
                    protected=one.protected,
                )
                for key, one in self.state_leads.items()
            },
            lists={key: _restored_list(key, one) for key, one in self.state_lists.items()},
            guard_input=None
            if self.census is None
            else {"census": _run_summary(RunSummary.from_dict(self.census), known.reveal).to_dict()},
            broadcast_lists={key: _restored_named(key, one) for key, one in (self.state_broadcast_lists or {}).items()},
            absent=frozenset(self.absent or ()),
        )


def _values(desired: Desired) -> Iterable[str]:
    """The values in config that a snapshot file replaces by pseudonyms, and the empty one."""
    yield ""
    numbers = {field.name for field in OTHER_FIELDS if field.type is NUMBER}
    for agent in (*desired.agents, *desired.absent):
        yield from (agent.number.digits, agent.number.national, normal_name(agent.name))
        yield from recorded_forms(agent_digest(agent))
        yield from canonical_others(agent.other_fields).values()
        yield from (parse_number(agent.other_fields[name]).national for name in numbers & agent.other_fields.keys())
    for lead in desired.leads:
        yield from (lead.number.digits, *lead.fields.values())
        yield from recorded_forms(lead_digest(lead))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _agent(agent: AgentRecord, pseudonyms: Pseudonyms, unseen: int | None) -> SnapshotAgent:
    fields = SnapshotFields.of(pseudonyms, agent.value)
    return SnapshotAgent(eid=agent.eid, status=agent.custom_status, fields=fields, unseen=unseen)


def _state_agent(agent: AgentState, snapshot: Snapshot, pseudonyms: Pseudonyms) -> StateAgent:
    live = {**agent.live, "follow_me_number": _as_listed(agent.live.get("follow_me_number"), snapshot)}
    wanted, had = (SnapshotFields.of(pseudonyms, side.get) for side in (agent.wanted, live))
    return StateAgent(eid=agent.eid, wanted=wanted, live=had, protected=agent.protected, retained=_retained(agent))


def _retained(resource: AgentState | LeadState) -> bool | None:
    """As it was before there was something to say: a resource is retained where nothing is said."""
    return None if resource.retained else False


def _as_listed(number: object, snapshot: Snapshot) -> object:
    """The state's number in the list's spelling, if the list has the number.

    The pseudonyms of a spelling with country code and of one without would not match.
    """
    try:
        listed = snapshot.with_number(parse_number(str(number)))
    except NumberProblem:
        return number
    return listed[0].follow_me_number if listed else number


def _state_lead(lead: LeadState, pseudonyms: Pseudonyms) -> StateLead:
    fields = {name: pseudonyms.token(str(value)) for name, value in lead.fields.items()}
    phone = pseudonyms.number(lead.phone)
    return StateLead(
        list_id=lead.list_id,
        phone=phone,
        fields=fields,
        doubt=lead.unknown_write,
        protected=lead.protected,
        retained=_retained(lead),
    )


def _state_list(one: ListState) -> StateList:
    return StateList(
        list_id=one.list_id,
        of=one.of,
        shards={
            index: shard.old.to_text(index, one.of) if shard.is_old else shard.known.sketch.to_text()
            for index, shard in one.shards.items()
        },
        begun={index: text for index, shard in one.shards.items() if (text := begun_to_text(shard.known.begun))}
        or None,
        partly=one.unfinished or any(shard.known.cut_off for shard in one.shards.values()),
        protected=one.protected,
    )


def _state_named(one: BroadcastListState) -> StateBroadcastList:
    name, description = (str(one.wanted.get(field) or "") for field in ("name", "description"))
    return StateBroadcastList(
        id=one.id,
        name=name,
        description=description,
        fields=one.fields,
        protected=one.protected,
        retained=one.retained,
    )


def _restored_named(key: str, one: StateBroadcastList) -> BroadcastListState:
    wanted = {"name": one.name, "description": one.description}
    return BroadcastListState(key, one.id, wanted, one.fields, one.protected, retained=one.retained)


def _restored_record(agent: SnapshotAgent, pseudonyms: Pseudonyms, unseen: Sequence[frozenset[str]]) -> AgentRecord:
    fields = agent.fields.revealed(pseudonyms)
    record = AgentRecord(
        eid=agent.eid, custom_status=agent.status, unseen=frozenset() if agent.unseen is None else unseen[agent.unseen]
    )
    return record.with_values({name: value for name, value in fields.items() if value is not None})


def _restored_agent(key: str, agent: StateAgent, pseudonyms: Pseudonyms) -> AgentState:
    return AgentState(
        key,
        agent.eid,
        agent.wanted.revealed(pseudonyms),
        agent.live.revealed(pseudonyms),
        agent.protected,
        retained=agent.retained is not False,
    )


def _restored_list(key: str, one: StateList) -> ListState:
    shards = {index: _restored_shard(one, index, text) for index, text in one.shards.items()}
    return ListState(key, one.list_id, one.of, shards, partly=one.partly, protected=one.protected)


def _restored_shard(one: StateList, index: int, text: str) -> ShardState:
    from digo.lists.digests.sketch import is_sketch  # numpy, which a stack without lists does not need

    if not is_sketch(text):
        return ShardState(index, one.of, no_rows(index, one.of), old=Digests.from_text(text, index, one.of))
    known = known_from_texts(text, (one.begun or {}).get(index, ""), index, one.of, cut_off=one.partly)
    return ShardState(index, one.of, known)


def _run_summary(summary: RunSummary, pseudonym: Callable[[str], str]) -> RunSummary:
    """The summary with pseudonyms for its digests, because they are not keyed."""
    return replace(
        summary,
        leads={key: pseudonym(digest) for key, digest in summary.leads.items()},
        wanted={key: pseudonym(digest) for key, digest in summary.wanted.items()},
    )

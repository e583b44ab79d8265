"""A plan as people read it: one step for each entry, with its verb and its reason. Pure.

The engine decides by the state, the program by the account; together they arrive at these verbs. A test checks that a
preview shows, resource by resource, what these steps say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from digo.api.models import AgentRecord
from digo.api.snapshot import Snapshot
from digo.desired.state import DesiredLead, DesiredList
from digo.lists.digests import Change, Digests
from digo.plan.compare import AgentPlan, Plan
from digo.plan.drift import DriftOrigin, FieldDrift, agent_drift
from digo.plan.fingerprint import agent_digest
from digo.plan.run_summary import ChangeCounts
from digo.settings.profiles import Ability, Profile, Subject
from digo.source.positions import Position
from digo.state.last_up import AgentState, LastUp, LeadState, ListState
from digo.state.run_summary import is_digest
from digo.text.counts import counted


class Verb(str, Enum):
    """What an up does with one entry."""

    CREATE = "create"
    ADOPT = "adopt"
    IN_SYNC = "in sync"
    UPDATE = "update"
    CANNOT_CONVERGE = "cannot converge"
    REPLACE = "replace"
    FORGET = "forget"
    SENT = "sent"

    @property
    def changes(self) -> bool:
        """Whether an up does anything for the entry: a request to the API, or a change of the state."""
        return self not in (Verb.IN_SYNC, Verb.CANNOT_CONVERGE, Verb.SENT)

    @property
    def calls(self) -> int:
        """The requests that write, for one entry."""
        return int(self in (Verb.CREATE, Verb.UPDATE, Verb.REPLACE))


@dataclass(frozen=True)
class PlanStep:
    """One entry of the config, or of the state if config no longer has it.

    `eid` is the account's current agent. `rows` counts the rows to send of a list from files; it is None for other
    entries. `growth` is the number of rows by which such a list grows. `begun` says that the last run was to create the
    agent: then it is adopted because that run was cut off, and the guards do not count it.
    """

    verb: Verb
    subject: Subject
    key: str
    reason: str = ""
    position: Position | None = None
    eid: str | None = None
    drift: tuple[FieldDrift, ...] = field(default_factory=tuple)
    rows: int | None = None
    growth: int = 0
    begun: bool = False

    @property
    def creates(self) -> bool:
        """Whether something new is made. An agent's replacement is a new agent; a lead's is the lead, sent again."""
        return self.verb is Verb.CREATE or (self.verb is Verb.REPLACE and self.subject is Subject.AGENT)

    @property
    def sends_again(self) -> bool:
        """Whether a lead is sent again."""
        return self.subject is Subject.LEAD and self.verb in (Verb.UPDATE, Verb.REPLACE)

    @property
    def calls(self) -> int:
        """The requests that write."""
        return self.verb.calls if self.rows is None else self.rows

    @property
    def cannot_converge(self) -> tuple[FieldDrift, ...]:
        """The fields that no call of the profile can fix."""
        return tuple(one for one in self.drift if one.managed)


@dataclass(frozen=True)
class PlanSteps:
    """The whole plan: `steps` in the config's order, then entries gone from config; `unmanaged` agents are separate."""

    steps: tuple[PlanStep, ...]
    unmanaged: tuple[AgentRecord, ...]

    def count(self, verb: Verb) -> int:
        """How many entries have that verb."""
        return sum(1 for step in self.steps if step.verb is verb)

    @property
    def changed(self) -> bool:
        """Whether an up would do anything."""
        return any(step.verb.changes for step in self.steps)

    @property
    def changes(self) -> ChangeCounts:
        """The changes by the state, as the provider host counts them. What is only forgotten does not reach it."""
        return ChangeCounts(
            creates=sum(step.creates for step in self.steps),
            updates=sum(step.sends_again for step in self.steps),
            adoptions=sum(step.verb is Verb.ADOPT and not step.begun for step in self.steps),
            new_rows=sum(step.growth for step in self.steps),
        )

    @property
    def cannot_converge(self) -> bool:
        """Whether something differs that no up can fix."""
        return any(step.cannot_converge for step in self.steps)

    @property
    def calls(self) -> int:
        """The requests that write."""
        return sum(step.calls for step in self.steps)


def vanished_agents(plan: Plan, snapshot: Snapshot, applied: LastUp) -> int:
    """How many agents an up would create again because the state's agents are not on the account."""
    last = (applied.agents.get(one.wanted.key) for one in plan.agents if one.live is None)
    return sum(1 for one in last if one is not None and snapshot.with_eid(one.eid) is None)


def steps_of(plan: Plan, applied: LastUp, profile: Profile) -> PlanSteps:
    """The plan's steps for a stack whose state is `applied`."""
    there = {one.live.eid for one in (*plan.agents, *plan.still_present) if one.live} | {
        one.eid for one in plan.unmanaged
    }
    steps = [
        *(_agent_step(one, applied, there) for one in plan.agents),
        *(_lead_step(lead, applied.leads.get(lead.key)) for lead in plan.leads),
        *(_list_step(one, applied.lists.get(one.key)) for one in plan.lists),
        *(_still_present_step(one) for one in plan.still_present if one.wanted.key not in applied.agents),
        *_forgotten(plan, applied, profile),
    ]
    return PlanSteps(tuple(steps), plan.unmanaged)


def _agent_step(plan: AgentPlan, applied: LastUp, there: set[str]) -> PlanStep:
    wanted, live, last = plan.wanted, plan.live, applied.agents.get(plan.wanted.key)
    if live is None:
        verb, reason = _missing(plan, last, there)
        return PlanStep(verb, Subject.AGENT, wanted.key, reason, wanted.position)
    drift = agent_drift(wanted, live, last, config_changed=_config_changed(plan, applied))
    if last is None:
        verb, reason = Verb.ADOPT, "the account has it already"
    elif last.eid != live.eid:
        verb, reason = Verb.ADOPT, f"the account has it as another agent than the state (eid {last.eid})"
    else:
        stuck = any(one.managed for one in drift)
        verb, reason = (Verb.CANNOT_CONVERGE if stuck else Verb.IN_SYNC), ""
    begun = applied.summary is not None and wanted.key in applied.summary.begun
    return PlanStep(verb, Subject.AGENT, wanted.key, reason, wanted.position, live.eid, drift, begun=begun)


def _still_present_step(plan: AgentPlan) -> PlanStep:
    """The step of an agent that must be absent and is not. It has no resource, so the engine does nothing."""
    assert plan.live is not None
    wanted = plan.wanted
    drift = FieldDrift("agent", None, None, f"eid {plan.live.eid}", DriftOrigin.STANDING, position=wanted.position)
    reason = "wanted absent, and the account has it"
    return PlanStep(Verb.CANNOT_CONVERGE, Subject.AGENT, wanted.key, reason, wanted.position, plan.live.eid, (drift,))


def _missing(plan: AgentPlan, last: AgentState | None, there: set[str]) -> tuple[Verb, str]:
    if last is None:
        return Verb.CREATE, "the account lacks it"
    if last.wanted.get("follow_me_number") != plan.wanted.number.e164:
        return (
            Verb.REPLACE,
            f"its number changed: a new agent is made, and the account keeps the old one (eid {last.eid})",
        )
    if last.eid in there:
        return Verb.REPLACE, f"the agent eid {last.eid} has another number now: a new one is made, and it is kept"
    return Verb.REPLACE, f"the agent eid {last.eid} is no longer on the account: a new one is made"


def _config_changed(plan: AgentPlan, applied: LastUp) -> bool | None:
    census = applied.summary
    recorded = census.wanted.get(plan.wanted.key) if census else None
    return None if recorded is None else not is_digest(recorded, agent_digest(plan.wanted))


def _lead_step(lead: DesiredLead, last: LeadState | None) -> PlanStep:
    if last is None:
        verb, reason = Verb.CREATE, "not sent yet"
    elif (last.list_id, last.phone) != (lead.list_id, lead.number.e164):
        verb, reason = Verb.REPLACE, "its list or phone changed: it is sent, and the account keeps the old one"
    elif dict(last.fields) != dict(lead.fields):
        verb, reason = Verb.UPDATE, "its columns changed: it is sent again with overwrite"
    elif last.unknown_write:
        verb, reason = Verb.UPDATE, last.unknown_write
    else:
        verb, reason = Verb.SENT, "the API has no read-back of leads"
    return PlanStep(verb, Subject.LEAD, lead.key, reason, lead.position)


def _list_step(wanted: DesiredList, last: ListState | None) -> PlanStep:
    assert wanted.digests is not None
    if last is None:
        reason = f"{counted(wanted.count, 'row')}, not sent yet"
        count = wanted.count
        return PlanStep(Verb.CREATE, Subject.LIST, wanted.key, reason, wanted.position, rows=count, growth=count)
    if last.list_id != wanted.source.list_id:
        left = _list_change(wanted.digests.digests, wanted.shards, last).rows
        rows = counted(wanted.count, "row") if left == wanted.count else _left(left, wanted.count)
        reason = f"it is another list in the panel: {rows}; the old list keeps its own"
        growth = wanted.count
        return PlanStep(Verb.REPLACE, Subject.LIST, wanted.key, reason, wanted.position, rows=left, growth=growth)
    if not last.in_state:
        left = _list_change(wanted.digests.digests, wanted.shards, last).rows
        reason = f"{_left(left, wanted.count)}: a run that was cut off has sent the others"
        growth = wanted.count
        return PlanStep(Verb.CREATE, Subject.LIST, wanted.key, reason, wanted.position, rows=left, growth=growth)
    change = _list_change(wanted.digests.digests, wanted.shards, last)
    verb, reason = Verb.SENT, f"{counted(wanted.count, 'row')}; the API has no read-back of leads"
    if change.differs or last.of != wanted.shards or last.partly:
        verb, reason = Verb.UPDATE, change.sentence(wanted.count)
    if last.of != wanted.shards:
        reason += f"; `shards` was {last.of} and is {wanted.shards}: rows that come into another shard are sent again"
    growth = max(0, wanted.count - last.rows)
    return PlanStep(verb, Subject.LIST, wanted.key, reason, wanted.position, rows=change.rows, growth=growth)


def _left(left: int, of: int) -> str:
    return f"{left:,} of {counted(of, 'row')} {'is' if left == 1 else 'are'} left"


def _list_change(wanted: Digests, shards: int, last: ListState) -> Change:
    """The change of all shards. Each shard is a resource: rows that another shard sent do not count for it."""
    nothing = Digests({}, {})
    parts = []
    for index in range(shards):
        have = last.shards.get(index, nothing).shard(index, shards)
        parts.append(Change.between(have.digests, have.counts, wanted.shard(index, shards)))
    return Change.together(parts)


def _forgotten(plan: Plan, applied: LastUp, profile: Profile) -> Iterable[PlanStep]:
    gone_from_list = f"gone from config. {profile.lacks(Ability.DELETE, Subject.LEAD)}: its list keeps"
    agents, leads = {one.wanted.key for one in plan.agents}, {lead.key for lead in plan.leads}
    lists = {one.key for one in plan.lists}
    for key, agent in applied.agents.items():
        if key not in agents:
            reason = f"gone from config. {profile.lacks(Ability.DELETE, Subject.AGENT)}: the account keeps it"
            yield PlanStep(Verb.FORGET, Subject.AGENT, key, reason + _protection(agent), eid=agent.eid)
    for key, gone in applied.lists.items():
        if key not in lists:
            reason = f"{gone_from_list} its rows ({gone.rows:,})"
            yield PlanStep(Verb.FORGET, Subject.LIST, key, reason + _protection(gone))
    for key, lead in applied.leads.items():
        if key not in leads:
            yield PlanStep(Verb.FORGET, Subject.LEAD, key, f"{gone_from_list} it{_protection(lead)}")


def _protection(gone: AgentState | LeadState | ListState) -> str:
    """The note for a protected resource. The engine refuses to delete it, so preview and up fail."""
    if not gone.protected:
        return ""
    return ". It is protected in the state, so preview and up fail: `state unprotect` its URN first"

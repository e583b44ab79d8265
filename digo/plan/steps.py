"""A plan in the words that people read: one step for each entry, with its verb and its reason. Pure.

The engine decides by the state, the program by the account; together they come to these verbs. A test holds the two
together: what a preview shows, resource by resource, is what stands here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from digo.api.models import AgentRecord
from digo.applied import Applied, AppliedAgent, AppliedLead
from digo.desired.positions import Position
from digo.desired.state import WantedLead
from digo.plan.compare import AgentPlan, Plan
from digo.plan.drift import FieldDrift, agent_drift
from digo.plan.fingerprint import agent_digest
from digo.profiles import Ability, Profile, Subject


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
        """Whether an up does anything for it: a request to the API, or a change of the state."""
        return self not in (Verb.IN_SYNC, Verb.CANNOT_CONVERGE, Verb.SENT)

    @property
    def calls(self) -> int:
        """Requests that write, for one entry."""
        return int(self in (Verb.CREATE, Verb.UPDATE, Verb.REPLACE))


@dataclass(frozen=True)
class Step:
    """One entry of the config, or of the state where it is gone from config. `eid` is the account's agent now."""

    verb: Verb
    subject: Subject
    key: str
    reason: str = ""
    position: Position | None = None
    eid: str | None = None
    drift: tuple[FieldDrift, ...] = field(default_factory=tuple)

    @property
    def stuck(self) -> tuple[FieldDrift, ...]:
        """The fields that no call of the profile can mend."""
        return tuple(one for one in self.drift if one.managed)


@dataclass(frozen=True)
class Steps:
    """The whole plan: `steps` in the config's order, then what is gone from it; agents in no config last."""

    steps: tuple[Step, ...]
    unmanaged: tuple[AgentRecord, ...]

    def count(self, verb: Verb) -> int:
        """How many entries have that verb."""
        return sum(1 for step in self.steps if step.verb is verb)

    @property
    def changed(self) -> bool:
        """Whether an up would do anything."""
        return any(step.verb.changes for step in self.steps)

    @property
    def stuck(self) -> bool:
        """Whether something differs that no up can mend."""
        return any(step.stuck for step in self.steps)

    @property
    def calls(self) -> int:
        """Requests that write."""
        return sum(step.verb.calls for step in self.steps)


def steps_of(plan: Plan, applied: Applied, profile: Profile) -> Steps:
    """The plan's steps for a stack whose state is `applied`."""
    steps = [
        *(_agent_step(one, applied) for one in plan.agents),
        *(_lead_step(lead, applied.leads.get(lead.key)) for lead in plan.leads),
        *_forgotten(plan, applied, profile),
    ]
    return Steps(tuple(steps), plan.unmanaged)


def _agent_step(plan: AgentPlan, applied: Applied) -> Step:
    wanted, live, last = plan.wanted, plan.live, applied.agents.get(plan.wanted.key)
    if live is None:
        verb, reason = _missing(plan, last)
        return Step(verb, Subject.AGENT, wanted.key, reason, wanted.position)
    drift = agent_drift(wanted, live, last, config_changed=_config_changed(plan, applied))
    if last is None:
        verb, reason = Verb.ADOPT, "the account has it already"
    elif last.eid != live.eid:
        verb, reason = Verb.ADOPT, f"the account has it as another agent than the state (eid {last.eid})"
    else:
        stuck = any(one.managed for one in drift)
        verb, reason = (Verb.CANNOT_CONVERGE if stuck else Verb.IN_SYNC), ""
    return Step(verb, Subject.AGENT, wanted.key, reason, wanted.position, live.eid, drift)


def _missing(plan: AgentPlan, last: AppliedAgent | None) -> tuple[Verb, str]:
    if last is None:
        return Verb.CREATE, "the account lacks it"
    if last.wanted.get("follow_me_number") != plan.wanted.number.e164:
        return Verb.REPLACE, f"its number changed: a new agent is made, and the account keeps the old one ({last.eid})"
    return Verb.REPLACE, f"the agent eid {last.eid} is no longer on the account: a new one is made"


def _config_changed(plan: AgentPlan, applied: Applied) -> bool | None:
    census = applied.census
    recorded = census.wanted.get(plan.wanted.key) if census else None
    return None if recorded is None else recorded != agent_digest(plan.wanted)


def _lead_step(lead: WantedLead, last: AppliedLead | None) -> Step:
    if last is None:
        verb, reason = Verb.CREATE, "not sent yet"
    elif (last.list_id, last.phone) != (lead.list_id, lead.number.e164):
        verb, reason = Verb.REPLACE, "its list or phone changed: it is sent, and the account keeps the old one"
    elif dict(last.fields) != dict(lead.fields):
        verb, reason = Verb.UPDATE, "its columns changed: it is sent again with overwrite"
    else:
        verb, reason = Verb.SENT, "the API has no read-back of leads"
    return Step(verb, Subject.LEAD, lead.key, reason, lead.position)


def _forgotten(plan: Plan, applied: Applied, profile: Profile) -> Iterable[Step]:
    agents, leads = {one.wanted.key for one in plan.agents}, {lead.key for lead in plan.leads}
    for key, agent in applied.agents.items():
        if key not in agents:
            reason = f"gone from config. {profile.lacks(Ability.DELETE, Subject.AGENT)}: the account keeps it"
            yield Step(Verb.FORGET, Subject.AGENT, key, reason, eid=agent.eid)
    for key in applied.leads:
        if key not in leads:
            reason = f"gone from config. {profile.lacks(Ability.DELETE, Subject.LEAD)}: its list keeps it"
            yield Step(Verb.FORGET, Subject.LEAD, key, reason)

"""The status of the account's agents against config and state: managed, drifted, blocked or unmanaged. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from digo.api.models import AgentRecord
from digo.api.snapshot import Snapshot
from digo.desired.state import Desired, DesiredAgent
from digo.plan.agent_gaps import is_renumbered
from digo.plan.compare import AgentPlan, Difference, Plan, agent_plan, compare
from digo.settings.profiles import DIGO, Profile
from digo.source.problems import Problem
from digo.state.last_up import LastUp


class AgentStatus(str, Enum):
    """The status of an agent against config, account and state.

    MISSING: config has it, the account does not. ADOPTABLE: config and account have it, the state does not yet.
    FORGOTTEN: the state still has it, config does not.
    """

    MANAGED = "managed"
    ADOPTABLE = "adoptable"
    MISSING = "missing"
    FORGOTTEN = "forgotten"
    UNMANAGED = "unmanaged"


@dataclass(frozen=True)
class AgentEntryStatus:
    """One agent.

    `key` is config's or, if config no longer has the agent, the state's. `differences` are those between account and
    config.
    """

    status: AgentStatus
    key: str | None = None
    wanted: DesiredAgent | None = None
    live: AgentRecord | None = None
    differences: tuple[Difference, ...] = ()

    @property
    def drifted(self) -> bool:
        """Whether the account differs from config."""
        return bool(self.differences)

    @property
    def blocked(self) -> bool:
        """Whether it takes no calls (page: `custom_status` 1)."""
        return self.live is not None and self.live.blocked


@dataclass(frozen=True)
class AgentStatuses:
    """All agents: config's in its order, then the account's others.

    `conflicts` are entries that match no single agent.
    """

    entries: tuple[AgentEntryStatus, ...]
    conflicts: tuple[Problem, ...]

    def of_key(self, key: str) -> AgentEntryStatus | None:
        """The agent with that key; None if neither config nor state has it."""
        return next((member for member in self.entries if member.key == key), None)


def agent_statuses(
    desired: Desired, snapshot: Snapshot, applied: LastUp | None, profile: Profile = DIGO
) -> AgentStatuses:
    """Joins config, account and state.

    Without a state (`applied` None), agents in both config and account count as managed, and none as forgotten.
    """
    plan = compare(desired.agents_alone, snapshot, profile)
    plans = [_renumbered(one, plan, snapshot, applied) for one in plan.agents]
    members = [_of_entry(one, applied) for one in plans]
    known = {one.live.eid for one in plans if one.live}
    others = tuple(agent for agent in plan.unmanaged if agent.eid not in known)
    members += _others(others, {agent.key for agent in desired.agents}, applied)
    return AgentStatuses(tuple(members), plan.conflicts)


def _renumbered(one: AgentPlan, plan: Plan, snapshot: Snapshot, applied: LastUp | None) -> AgentPlan:
    """With the state's agent, if an up gives it the number that the account has nowhere."""
    last = applied.agents.get(one.wanted.key) if applied and one.live is None else None
    old = snapshot.with_eid(last.eid) if last else None
    if old is None or not is_renumbered(plan.profile, old.eid, plan.elsewhere):
        return one
    return agent_plan(one.wanted, old, plan.profile)


def _of_entry(one: AgentPlan, applied: LastUp | None) -> AgentEntryStatus:
    wanted = one.wanted
    if one.live is None:
        return AgentEntryStatus(AgentStatus.MISSING, wanted.key, wanted)
    known = applied is None or wanted.key in applied.agents
    status = AgentStatus.MANAGED if known else AgentStatus.ADOPTABLE
    return AgentEntryStatus(status, wanted.key, wanted, one.live, one.differences)


def _others(live: tuple[AgentRecord, ...], keys: set[str], applied: LastUp | None) -> Iterator[AgentEntryStatus]:
    gone = {one.eid: one.key for one in applied.agents.values() if one.key not in keys} if applied else {}
    for agent in live:
        key = gone.get(agent.eid)
        yield AgentEntryStatus(AgentStatus.FORGOTTEN if key else AgentStatus.UNMANAGED, key, live=agent)

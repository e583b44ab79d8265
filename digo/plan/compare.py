"""Compares the desired state with the account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from digo.api.models import AgentRecord, BroadcastListRecord
from digo.api.snapshot import Snapshot
from digo.desired.broadcast_lists import with_list_ids
from digo.desired.renames import NO_RENAMES, Renames
from digo.desired.state import Desired, DesiredAgent, DesiredLead, DesiredList, Suppression
from digo.fields.agents import AgentField
from digo.fields.types import NUMBER
from digo.plan.agent_gaps import Gap, gaps, is_set, never_set
from digo.plan.broadcast_lists import BroadcastListPlan, broadcast_list_plans, list_ids
from digo.plan.held_logins import held_logins
from digo.plan.match import Ambiguous, has_number, match_agent
from digo.plan.shared_lists import shared_lists
from digo.sanitize.terminal import one_line
from digo.settings.profiles import DIGO, Ability, Profile, Subject
from digo.source.positions import Position
from digo.source.problems import Problem
from digo.text.counts import counted


@dataclass(frozen=True)
class Difference:
    """A field whose live value is not the wanted one.

    Both values are safe to show: numbers are masked. `invisible` says where they differ if that is not visible. With
    `changes`, a call of the profile brings the wanted value. With `hidden`, the account's list does not show the field.
    """

    field: str
    wanted: str
    live: str
    position: Position
    invisible: str = ""
    changes: bool = False
    hidden: bool = False


@dataclass(frozen=True)
class AgentPlan:
    """One wanted agent and its counterpart on the account.

    If `live` is None, the agent must be created, or gets the number that config has. Then its `differences` are the
    fields that no call sets. Otherwise it is adopted (if the state lacks it) or kept. Its `differences` are changed by
    a call, or *cannot converge*. `unproven` names the fields
    that config sets, that a call changes, and that the account's list does not show: only the state knows them.
    """

    wanted: DesiredAgent
    live: AgentRecord | None
    differences: tuple[Difference, ...] = ()
    profile: Profile = DIGO
    unproven: tuple[str, ...] = ()

    @property
    def changes(self) -> tuple[str, ...]:
        """The names of the fields that an up changes."""
        return tuple(one.field for one in self.differences if one.changes)

    @property
    def stuck(self) -> tuple[Difference, ...]:
        """The differences that cannot converge."""
        return tuple(one for one in self.differences if not one.changes)

    @property
    def is_as_wanted(self) -> bool:
        """Whether the account's agent is known to need no call. Only then an engine can import it."""
        return self.live is not None and not self.changes and not self.unproven

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence for each difference that cannot converge: its position, both values, and what to do."""
        return tuple(
            f"{d.position}: agents.{self.wanted.key}.{d.field} cannot converge: wanted {d.wanted}, {self._has(d)}. "
            f"{self.profile.lacks(Ability.UPDATE, Subject.AGENT, d.field)}: {self._remedy}, or change the config to "
            "match."
            for d in self.stuck
        )

    def _has(self, one: Difference) -> str:
        if self.live is None:
            return "and the call that creates the agent does not set it"
        return _has(one)

    @property
    def _remedy(self) -> str:
        where = f"agent eid {self.live.eid}" if self.live else "the agent must be there first"
        return f"change it in the panel ({where})"

    @property
    def still_present(self) -> str:
        """The sentence for an agent that must be absent and is on the account."""
        eid = self.live.eid if self.live else ""
        return (
            f"{self.wanted.position}: agents.{self.wanted.key} cannot converge: wanted absent, and the account has it. "
            f"{self.profile.lacks(Ability.DELETE, Subject.AGENT)}: remove it in the panel (agent eid {eid})."
        )


@dataclass(frozen=True)
class AbsentPlan:
    """An entry that wants an agent to be absent. An up deletes the agents in `live`: those with the entry's number."""

    wanted: DesiredAgent
    live: tuple[AgentRecord, ...]


@dataclass(frozen=True)
class Plan:
    """What an up does.

    `conflicts` are contradictions that only the user can settle; with any, nothing is written. `unmanaged` agents
    are on the account and in no config; they are never touched. `lists` have digests instead of rows.
    `still_present` agents must be absent, are on the account, and cannot be deleted. `absent` has each entry that
    wants an agent to be absent, if the profile can delete it. `profile` is the stack's profile for this account.
    `account_lists` are all broadcast lists of the account, if they were read. `suppressions` has each list with
    suppress files. Leads and rows of a named list have its id; "" if the account has no list of that name.
    """

    agents: tuple[AgentPlan, ...]
    leads: tuple[DesiredLead, ...]
    lists: tuple[DesiredList, ...]
    unmanaged: tuple[AgentRecord, ...]
    conflicts: tuple[Problem, ...]
    still_present: tuple[AgentPlan, ...] = ()
    renames: Renames = NO_RENAMES
    absent: tuple[AbsentPlan, ...] = ()
    profile: Profile = DIGO
    broadcast_lists: tuple[BroadcastListPlan, ...] = ()
    account_lists: tuple[BroadcastListRecord, ...] = ()
    suppressions: tuple[Suppression, ...] = ()

    @property
    def claimed(self) -> frozenset[str]:
        """The EIDs of the account's agents that entries have."""
        return frozenset(one.live.eid for one in self.agents if one.live)

    @property
    def elsewhere(self) -> frozenset[str]:
        """The EIDs of the account's agents that entries have, or want to be absent."""
        return self.claimed.union(agent.eid for one in self.absent for agent in one.live)

    @property
    def creates(self) -> int:
        """The agents to create: the number of calls that do it."""
        return sum(1 for agent in self.agents if agent.live is None)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Everything that cannot converge."""
        apart = tuple(warning for agent in self.agents for warning in agent.warnings)
        return apart + tuple(one.still_present for one in self.still_present)


def compare(desired: Desired, snapshot: Snapshot, profile: Profile = DIGO) -> Plan:
    """The plan for the account in the snapshot, given what the profile's API can do."""
    profile = profile.on(snapshot.listed_by)
    plans: list[AgentPlan] = []
    conflicts: list[Problem] = list(_unsettable(desired, profile))
    for wanted in desired.agents:
        found = match_agent(wanted.number, wanted.intercom, snapshot)
        if isinstance(found, Ambiguous):
            conflicts.append(_ambiguous(wanted, found))
        else:
            plans.append(agent_plan(wanted, found, profile))
    conflicts.extend(_claimed_twice(plans))
    conflicts.extend(held_logins(((one.wanted, one.live) for one in plans), snapshot, profile))
    broadcast_lists, list_conflicts = broadcast_list_plans(desired, snapshot, profile)
    conflicts.extend(list_conflicts)
    desired = with_list_ids(desired, list_ids(desired, snapshot))
    conflicts.extend(shared_lists(desired, profile))
    managed = {plan.live.eid for plan in plans if plan.live}
    lingering = tuple(_still_present(desired, snapshot, managed, profile))
    absent = tuple(_absent(desired, snapshot, managed, profile))
    known = managed | {plan.live.eid for plan in lingering if plan.live}
    known |= {agent.eid for one in absent for agent in one.live}
    unmanaged = tuple(agent for agent in snapshot.agents if agent.eid not in known)
    return Plan(
        agents=tuple(plans),
        leads=desired.leads,
        lists=desired.lists,
        unmanaged=unmanaged,
        conflicts=tuple(sorted(conflicts)),
        still_present=lingering,
        renames=Renames.of(desired),
        absent=absent,
        profile=profile,
        broadcast_lists=broadcast_lists,
        account_lists=snapshot.lists or (),
        suppressions=desired.suppressions,
    )


def _still_present(desired: Desired, snapshot: Snapshot, managed: set[str], profile: Profile) -> Iterable[AgentPlan]:
    """The agents that must be absent, if the profile cannot delete them. If it can, an up deletes them."""
    if profile.can(Ability.DELETE, Subject.AGENT):
        return
    for wanted in desired.absent:
        found = match_agent(wanted.number, wanted.intercom, snapshot)
        fitting = found.agents if isinstance(found, Ambiguous) else (found,) if found else ()
        yield from (AgentPlan(wanted, live, (), profile) for live in fitting if live.eid not in managed)


def _absent(desired: Desired, snapshot: Snapshot, managed: set[str], profile: Profile) -> Iterable[AbsentPlan]:
    """The entries that want an agent to be absent, if the profile can delete agents.

    Only the number says which agent that is. An intercom may have gone to another person meanwhile.
    """
    if not profile.can(Ability.DELETE, Subject.AGENT):
        return
    for wanted in desired.absent:
        found = snapshot.with_number(wanted.number)
        yield AbsentPlan(wanted, tuple(one for one in found if one.eid not in managed))


def _unsettable(desired: Desired, profile: Profile) -> Iterable[Problem]:
    """A problem for each field of config that no call of the profile sets."""
    for wanted in desired.agents:
        names = [*wanted.other_fields, *(["password_secret"] if wanted.password_secret else [])]
        for name in names:
            if not profile.settable(Subject.AGENT, name):
                message = f"the API (profile {profile.name}) has no call that sets it; remove it from the entry"
                position = wanted.positions.get(name, wanted.position)
                yield Problem(position, f"agents.{wanted.key}.{name}", message)


def agent_plan(wanted: DesiredAgent, live: AgentRecord | None, profile: Profile) -> AgentPlan:
    """The plan of an entry whose agent on the account is known. `profile` is the one for the account's list."""
    if live is None:
        return AgentPlan(wanted, None, tuple(_left_out(wanted, profile)), profile)
    found = gaps(wanted, live, profile, None)
    unproven = tuple(gap.field.name for gap in found if gap.hidden and gap.changes)
    differences = tuple(
        _difference(gap, wanted) for gap in found if not gap.hidden or not is_set(profile, gap.field.name)
    )
    return AgentPlan(wanted, live, differences, profile, unproven)


def _left_out(wanted: DesiredAgent, profile: Profile) -> Iterable[Difference]:
    """What a new agent does not get, because no call of this account sets it."""
    for field, want in never_set(wanted, profile):
        position = wanted.positions.get(field.name, wanted.position)
        yield Difference(field.name, _shown(field, want), _shown(field, None), position)


def _difference(gap: Gap, wanted: DesiredAgent) -> Difference:
    field = gap.field
    return Difference(
        field.name,
        _shown(field, gap.wanted),
        "not shown" if gap.hidden else _shown(field, gap.live),
        wanted.positions.get(field.name, wanted.position),
        field.invisible_difference(gap.wanted, gap.live),
        gap.changes,
        gap.hidden,
    )


def _has(one: Difference) -> str:
    if one.hidden:
        return "and the account's list does not show it"
    return f"the account has {one.live}{_in_brackets(one.invisible)}"


def _in_brackets(text: str) -> str:
    return f" ({text})" if text else ""


def _shown(field: AgentField, value: str | None) -> str:
    if field.type.quoted:
        return f"no {field.name}" if value is None else f'"{one_line(field.masked(value))}"'
    return one_line(field.masked(value or ("" if field.type is NUMBER else "none")))


def _ambiguous(wanted: DesiredAgent, found: Ambiguous) -> Problem:
    eids = ", ".join(f"eid {agent.eid}" for agent in found.agents)
    message = (
        f"the account has {counted(len(found.agents), 'agent')} with this {found.by} ({eids}), and nothing says which "
        "is meant; remove the wrong one in the panel, or give the intercom that only one of them has"
    )
    return Problem(wanted.positions.get(found.by, wanted.position), f"agents.{wanted.key}.{found.by}", message)


def _claimed_twice(plans: Iterable[AgentPlan]) -> Iterable[Problem]:
    """A problem if two keys match one agent: the entry with the agent's number keeps it."""
    claims: dict[str, list[AgentPlan]] = defaultdict(list)
    for plan in plans:
        if plan.live is not None:
            claims[plan.live.eid].append(plan)
    for claimants in claims.values():
        if len(claimants) < 2:
            continue
        owners = [plan for plan in claimants if plan.live and has_number(plan.live, plan.wanted.number)]
        owner = owners[0] if owners else claimants[0]
        for plan in claimants:
            if plan is not owner:
                yield _conflict_with(plan, owner)


def _conflict_with(plan: AgentPlan, owner: AgentPlan) -> Problem:
    assert plan.live is not None
    field = "follow_me_number" if has_number(plan.live, plan.wanted.number) else "intercom"
    message = (
        f"the account's agent that has this {field} (eid {plan.live.eid}) is that of `{owner.wanted.key}` "
        f"({owner.wanted.position}); the API cannot change it: free the {field} in the panel, or change the config"
    )
    return Problem(plan.wanted.positions.get(field, plan.wanted.position), f"agents.{plan.wanted.key}.{field}", message)

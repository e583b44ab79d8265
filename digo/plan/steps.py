"""A plan as people read it: one step for each entry, with its verb and its reason. Pure.

The engine decides by the state, the program by the account; together they arrive at these verbs. A test checks that a
preview shows, resource by resource, what these steps say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from digo.api.models import AgentRecord
from digo.api.snapshot import Snapshot
from digo.desired.state import DesiredLead, DesiredList
from digo.plan.agent_steps import Accounted, agent_step
from digo.plan.broadcast_list_steps import broadcast_list_step, forgotten_broadcast_list
from digo.plan.compare import Plan
from digo.plan.lead_steps import GONE, SUPPRESSED, forgotten_lead, forgotten_list, lead_step, list_step
from digo.plan.list_change import list_columns
from digo.plan.live_leads import NOT_READ, LiveLeads
from digo.plan.live_steps import live_lead_step, live_list_step
from digo.plan.plan_step import PlanStep as PlanStep
from digo.plan.plan_step import Verb as Verb
from digo.plan.removed_agents import absent_step, no_longer_absent_step, removed_agent, still_present_step
from digo.plan.run_summary import ChangeCounts
from digo.settings.profiles import Ability, Profile
from digo.state.last_up import LastUp
from digo.text.counts import counted


@dataclass(frozen=True)
class PlanSteps:
    """The whole plan: `steps` in the config's order, then entries gone from config; `unmanaged` agents are separate.

    `suppressed` counts the rows and leads of config that are never sent.
    """

    steps: tuple[PlanStep, ...]
    unmanaged: tuple[AgentRecord, ...]
    suppressed: int = 0

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
            updates=sum(step.sends_again or step.renames or step.changes_agent for step in self.steps),
            deletes=sum(step.deletes is not None or step.deletes_list or step.deletes_lead for step in self.steps),
            adoptions=sum((step.verb is Verb.ADOPT or step.adopted) and not step.begun for step in self.steps),
            new_rows=sum(step.growth for step in self.steps),
            deleted_rows=sum(step.deleted_rows for step in self.steps),
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


def vanished_lists(plan: Plan, applied: LastUp) -> int:
    """How many broadcast lists an up would make anew because the state's are not on the account."""
    there = {one.id for one in plan.account_lists}
    last = (applied.broadcast_lists.get(one.wanted.key) for one in plan.broadcast_lists if one.live is None)
    return sum(1 for one in last if one is not None and one.id not in there)


def steps_of(plan: Plan, applied: LastUp, profile: Profile, live: LiveLeads = NOT_READ) -> PlanSteps:
    """The plan's steps for a stack whose state is `applied`. `live` has what the account shows of leads and lists."""
    there = {one.live.eid: one.live for one in (*plan.agents, *plan.still_present) if one.live}
    there.update((one.eid, one) for one in plan.unmanaged)
    there.update((agent.eid, agent) for one in plan.absent for agent in one.live)
    profile = plan.profile
    claimed = {one.live.eid: one.wanted.key for one in plan.agents if one.live}
    absent = {agent.eid: one.wanted.key for one in plan.absent for agent in one.live}
    account = Accounted(there, claimed, profile, absent)
    lists_there = {one.id: one for one in plan.account_lists}
    steps = [
        *(agent_step(one, applied, account) for one in plan.agents),
        *(
            broadcast_list_step(one, applied.broadcast_lists.get(one.wanted.key), lists_there)
            for one in plan.broadcast_lists
        ),
        *(_lead_step(lead, applied, live, profile) for lead in plan.leads),
        *(file_list_step(one, applied, live, profile) for one in plan.lists),
        *(still_present_step(one) for one in plan.still_present if one.wanted.key not in applied.agents),
        *(absent_step(one, noted=one.wanted.key in applied.absent) for one in plan.absent),
        *_forgotten(plan, applied, account),
    ]
    # An agent that the state has under another number, or that the up deletes, is not left alone.
    touched = {step.eid for step in steps if step.changes_agent}
    touched |= {step.deletes.eid for step in steps if step.deletes}
    unmanaged = tuple(agent for agent in plan.unmanaged if agent.eid not in touched)
    return PlanSteps(tuple(steps), unmanaged, sum(one.suppressed for one in plan.suppressions))


def _lead_step(lead: DesiredLead, applied: LastUp, live: LiveLeads, profile: Profile) -> PlanStep:
    last, rows = applied.leads.get(lead.key), live.leads.get(lead.key)
    return _not_read(lead_step(lead, last), profile) if rows is None else live_lead_step(lead, last, rows)


def file_list_step(wanted: DesiredList, applied: LastUp, live: LiveLeads, profile: Profile) -> PlanStep:
    """The step of one list from files; see `steps_of`."""
    return _with_suppressed(_list_step(wanted, applied, live, profile), wanted)


def _list_step(wanted: DesiredList, applied: LastUp, live: LiveLeads, profile: Profile) -> PlanStep:
    last, there = applied.lists.get(wanted.key), live.lists.get(wanted.key)
    if there is None:
        return _not_read(list_step(wanted, last), profile)
    if not wanted.list_id:  # an up makes the list first
        step = list_step(wanted, last)
        return replace(step, reason=f"{step.reason}; {counted(there.calls, 'call')}", requests=there.calls)
    return live_list_step(wanted, last, there, profile)


def _with_suppressed(step: PlanStep, wanted: DesiredList) -> PlanStep:
    """The step with the number of rows that are never sent."""
    if not wanted.suppressed or step.list is None:
        return step
    change = replace(step.list, suppressed=wanted.suppressed)
    return replace(step, reason=f"{step.reason}; {wanted.suppressed:,} suppressed", list=change)


def _not_read(step: PlanStep, profile: Profile) -> PlanStep:
    """The step of what the account could show, and did not: a snapshot has no leads."""
    if step.verb is not Verb.SENT or not profile.can(Ability.READ_BACK, step.subject):
        return step
    return replace(step, reason="what its list has now was not read")


def _forgotten(plan: Plan, applied: LastUp, account: Accounted) -> Iterable[PlanStep]:
    profile = account.profile
    agents, leads = {one.wanted.key for one in plan.agents}, {lead.key for lead in plan.leads}
    lists = {one.key for one in plan.lists}
    absent = {one.wanted.key: {agent.eid for agent in one.live} for one in plan.absent}
    columns = {lead.list_id: lead.columns for lead in plan.leads}
    columns.update((one.source.list_id, list_columns(one)) for one in plan.lists)
    suppressed = {lead.key: lead for one in plan.suppressions for lead in one.leads}
    columns.update((lead.list_id, lead.columns) for lead in suppressed.values())
    for key, agent in applied.agents.items():
        if key not in agents and agent.eid not in absent.get(key, ()):
            yield removed_agent(agent, account)
    yield from (no_longer_absent_step(key) for key in applied.absent if key not in absent)
    named, lists_there = {one.wanted.key for one in plan.broadcast_lists}, {one.id: one for one in plan.account_lists}
    owners = {one.list_id: one.list_key for one in plan.leads} | {one.list_id: one.key for one in plan.lists}
    owners |= {one.live.id: one.wanted.key for one in plan.broadcast_lists if one.live}
    for key, broadcast_list in applied.broadcast_lists.items():
        if key not in named:
            live, heir = lists_there.get(broadcast_list.id), owners.get(broadcast_list.id, "")
            yield forgotten_broadcast_list(broadcast_list, profile, live, heir)
    for key, gone in applied.lists.items():
        if key not in lists:
            yield forgotten_list(gone, profile)
    claims = {(one.list_id, one.number.e164) for one in plan.leads} | {(one.list_id, "") for one in plan.lists}
    for key, lead in applied.leads.items():
        if key not in leads:
            handed_over = bool(claims & {(lead.list_id, lead.phone), (lead.list_id, "")})
            is_suppressed = key in suppressed and suppressed[key].number.e164 == lead.phone
            names, because = columns.get(lead.list_id, {}), SUPPRESSED if is_suppressed else GONE
            yield forgotten_lead(lead, profile, names, handed_over=handed_over, because=because)

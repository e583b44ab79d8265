"""The steps of agents that config does not want: deleted, forgotten, or still there. Pure."""

from __future__ import annotations

from digo.plan.agent_steps import NOT_RETAINED, PROTECTED, Accounted
from digo.plan.compare import AbsentPlan, AgentPlan
from digo.plan.drift import DriftOrigin, FieldDrift
from digo.plan.field_changes import kept_fields, removed_fields
from digo.plan.plan_step import PlanStep, Verb
from digo.settings.profiles import Subject
from digo.state.last_up import AgentState

RETAINED = (
    "This stack deletes what is gone from config, but the state has it as retained, as it was before: the account "
    "keeps it. To delete it, run an up with its entry in config once, and then remove the entry"
)
"""Why an entry that is gone from config is kept, though the stack deletes."""


def still_present_step(plan: AgentPlan) -> PlanStep:
    """The step of an agent that must be absent and is not. It has no resource, so the engine does nothing."""
    assert plan.live is not None
    wanted = plan.wanted
    drift = FieldDrift("agent", None, None, f"eid {plan.live.eid}", DriftOrigin.NEITHER, position=wanted.position)
    return PlanStep(
        Verb.CANNOT_CONVERGE,
        Subject.AGENT,
        wanted.key,
        "wanted absent, and the account has it",
        wanted.position,
        plan.live.eid,
        (drift,),
        kept=plan.live,
    )


def absent_step(plan: AbsentPlan, *, noted: bool) -> PlanStep:
    """The step of an entry that wants an agent to be absent. `noted`: the state has the entry already."""
    wanted, live = plan.wanted, plan.live
    if not live:
        verb = Verb.IN_SYNC if noted else Verb.DELETE
        reason = "" if noted else "the account does not have it: only the state notes that it must be absent"
        return PlanStep(verb, Subject.AGENT, wanted.key, reason, wanted.position, requests=0)
    eids = ", ".join(f"eid {agent.eid}" for agent in live)
    return PlanStep(
        Verb.DELETE,
        Subject.AGENT,
        wanted.key,
        f"wanted absent, and the account has it ({eids})",
        wanted.position,
        live[0].eid,
        fields=removed_fields(live[0]),
        requests=len(live),
        deletes=live[0],
    )


def no_longer_absent_step(key: str) -> PlanStep:
    """The step of an entry in the state that no longer wants an agent to be absent."""
    return PlanStep(Verb.FORGET, Subject.AGENT, key, "no longer wanted absent: only the state changes")


def removed_agent(gone: AgentState, account: Accounted) -> PlanStep:
    """The step of an agent that config no longer has."""
    fate = account.fate(gone)
    protected = PROTECTED if gone.protected else ""
    if fate.deleted:
        assert fate.live is not None
        reason = f"gone from config: the account loses it (eid {gone.eid}){protected}"
        fields = removed_fields(fate.live)
        return PlanStep(
            Verb.DELETE, Subject.AGENT, gone.key, reason, eid=gone.eid, fields=fields, deletes=fate.live, requests=1
        )
    stays = "the account keeps it" if fate.live else "the account does not have it any more"
    why = f"{account.profile.why_kept(Subject.AGENT)}: {stays}"
    if account.profile.removes(Subject.AGENT):
        why = f"{stays[0].upper()}{stays[1:]}"
    elif not gone.retained and gone.eid not in account.elsewhere:
        protected = NOT_RETAINED + protected
    if fate.heir:
        why = f"`{fate.heir}` has its agent (eid {gone.eid}) from now on"
    elif fate.absent:
        why = f"`{fate.absent}` wants its agent (eid {gone.eid}) absent, and deletes it"
    elif fate.retained:
        why = RETAINED
    fields = () if fate.kept is None else kept_fields(fate.kept)
    return PlanStep(
        Verb.FORGET,
        Subject.AGENT,
        gone.key,
        f"gone from config. {why}{protected}",
        eid=gone.eid,
        fields=fields,
        kept=fate.kept,
    )

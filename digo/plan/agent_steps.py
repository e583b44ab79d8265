"""The steps of agents. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from digo.api.models import AgentRecord
from digo.desired.state import DesiredAgent
from digo.fields.agents import WANTED_FIELDS
from digo.plan.compare import AgentPlan
from digo.plan.drift import DriftOrigin, FieldDrift, agent_drift
from digo.plan.field_changes import FieldChange, Outcome, created_fields, kept_fields, live_fields, replaced_fields
from digo.plan.fingerprint import agent_digest
from digo.plan.plan_step import PlanStep, Verb
from digo.settings.profiles import Ability, Profile, Subject
from digo.state.last_up import AgentState, LastUp
from digo.state.run_summary import is_digest

PROTECTED = ". It is protected in the state, so preview and up fail: `state unprotect` its URN first"
"""The note for a protected resource that config lacks: the engine refuses to delete it."""


def agent_step(plan: AgentPlan, applied: LastUp, there: Mapping[str, AgentRecord]) -> PlanStep:
    """The step of an agent that config wants. `there` has the account's agents by EID."""
    wanted, live, last = plan.wanted, plan.live, applied.agents.get(plan.wanted.key)
    if live is None:
        return _missing_step(wanted, last, there)
    drift = agent_drift(wanted, live, last, config_changed=_config_changed(plan, applied))
    kept = None
    fields = live_fields(wanted, live)
    if last is None:
        verb, reason = Verb.ADOPT, "the account has it already"
    elif last.eid != live.eid:
        verb, reason = Verb.ADOPT, f"the account has it as another agent than the state (eid {last.eid})"
        kept = there.get(last.eid)
    else:
        stuck = any(one.managed for one in drift)
        verb, reason = (Verb.CANNOT_CONVERGE if stuck else Verb.IN_SYNC), ""
        fields = tuple(one for one in fields if one.outcome is Outcome.STUCK)
    return PlanStep(
        verb,
        Subject.AGENT,
        wanted.key,
        reason,
        wanted.position,
        live.eid,
        drift,
        begun=applied.summary is not None and wanted.key in applied.summary.begun,
        fields=fields,
        kept=kept,
        formerly=last.formerly if last else "",
    )


def still_present_step(plan: AgentPlan) -> PlanStep:
    """The step of an agent that must be absent and is not. It has no resource, so the engine does nothing."""
    assert plan.live is not None
    wanted = plan.wanted
    drift = FieldDrift("agent", None, None, f"eid {plan.live.eid}", DriftOrigin.STANDING, position=wanted.position)
    reason = "wanted absent, and the account has it"
    return PlanStep(
        Verb.CANNOT_CONVERGE,
        Subject.AGENT,
        wanted.key,
        reason,
        wanted.position,
        plan.live.eid,
        (drift,),
        kept=plan.live,
    )


def forgotten_agent(gone: AgentState, profile: Profile, live: AgentRecord | None) -> PlanStep:
    """The step of an agent that config no longer has. `live` is it on the account, None if the account has lost it."""
    stays = "the account keeps it" if live else "the account does not have it any more"
    reason = f"gone from config. {profile.lacks(Ability.DELETE, Subject.AGENT)}: {stays}"
    if gone.protected:
        reason += PROTECTED
    fields = () if live is None else kept_fields(live)
    return PlanStep(Verb.FORGET, Subject.AGENT, gone.key, reason, eid=gone.eid, fields=fields, kept=live)


def _missing_step(wanted: DesiredAgent, last: AgentState | None, there: Mapping[str, AgentRecord]) -> PlanStep:
    """The step of an agent that the account lacks."""
    if last is None:
        fields = created_fields(wanted)
        return PlanStep(Verb.CREATE, Subject.AGENT, wanted.key, "the account lacks it", wanted.position, fields=fields)
    old = there.get(last.eid)
    return PlanStep(
        Verb.REPLACE,
        Subject.AGENT,
        wanted.key,
        _why_replaced(wanted, last, there),
        wanted.position,
        fields=_replacing(wanted, last, old),
        kept=old,
        formerly=last.formerly,
    )


def _why_replaced(wanted: DesiredAgent, last: AgentState, there: Mapping[str, AgentRecord]) -> str:
    if last.wanted.get("follow_me_number") != wanted.number.e164:
        return f"its number changed: a new agent is made, and the account keeps the old one (eid {last.eid})"
    if last.eid in there:
        return f"the agent eid {last.eid} has another number now: a new one is made, and it is kept"
    return f"the agent eid {last.eid} is no longer on the account: a new one is made"


def _replacing(wanted: DesiredAgent, last: AgentState, old: AgentRecord | None) -> tuple[FieldChange, ...]:
    """The fields of the new agent beside the old one's, from the state if the account has lost that."""
    values: dict[str, str | None] = {}
    for field in WANTED_FIELDS:
        values[field.name] = _text(last.live.get(field.name)) if old is None else old.value(field.name)
    return replaced_fields(wanted, values)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _config_changed(plan: AgentPlan, applied: LastUp) -> bool | None:
    summary = applied.summary
    recorded = summary.wanted.get(plan.wanted.key) if summary else None
    return None if recorded is None else not is_digest(recorded, agent_digest(plan.wanted))

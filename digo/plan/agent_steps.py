"""The steps of agents that config wants. Pure. `digo.plan.removed_agents` has those of agents that it does not want."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from digo.api.models import AgentRecord
from digo.desired.state import DesiredAgent
from digo.fields.agents import AGENT_FIELDS, WANTED_FIELDS
from digo.plan.agent_gaps import Gap, changes_of, create_calls, gaps, is_renumbered, update_calls
from digo.plan.compare import AgentPlan
from digo.plan.drift import agent_drift, left_out_drift
from digo.plan.field_changes import FieldChange, Outcome, created_fields, live_fields, replaced_fields
from digo.plan.fingerprint import agent_digest
from digo.plan.plan_step import PlanStep, Verb
from digo.settings.profiles import Ability, Profile, Subject
from digo.state.last_up import AgentState, LastUp
from digo.state.run_summary import is_digest

PROTECTED = ". It is protected in the state, so preview and up fail: `state unprotect` its URN first"
"""The note for a protected resource that config lacks: the engine refuses to delete it."""

NOT_RETAINED = (
    ". The state has it as not retained, from a stack that deleted, so an up fails: run one with its entry in config "
    "first, or `state delete` its URN"
)
"""The note for a resource that is only to be forgotten, and that the engine would have deleted."""


@dataclass(frozen=True)
class Accounted:
    """What the steps of agents need of the account.

    Attributes:
        there: the account's agents, by EID.
        claimed: the key of the entry that has an agent of the account, by EID.
        profile: the profile, for the account's list.
        absent: the key of the entry that wants an agent of the account to be absent, by EID.
    """

    there: Mapping[str, AgentRecord]
    claimed: Mapping[str, str]
    profile: Profile
    absent: Mapping[str, str] = field(default_factory=dict)

    @property
    def elsewhere(self) -> frozenset[str]:
        """The EIDs of agents that an entry has, or wants to be absent."""
        return frozenset((*self.claimed, *self.absent))

    def fate(self, old: AgentState) -> Fate:
        """What becomes of the state's agent when its resource is deleted or replaced."""
        live = self.there.get(old.eid)
        if live is None:
            return Fate(None, "")
        if not self.profile.can(Ability.DELETE, Subject.AGENT):
            return Fate(live, "")  # the account keeps it, whoever has it
        if (heir := self.claimed.get(old.eid)) is not None:
            return Fate(live, heir)
        if (absent := self.absent.get(old.eid)) is not None:
            return Fate(live, "", absent=absent)
        deletes = self.profile.removes(Subject.AGENT)
        return Fate(live, "", deleted=deletes and not old.retained, retained=deletes and old.retained)


@dataclass(frozen=True)
class Fate:
    """What becomes of an agent of the account that its resource leaves.

    Attributes:
        live: the agent; None if the account does not have it any more.
        heir: the key of the entry that has it from now on; "" if there is none.
        deleted: whether the up deletes it.
        retained: whether the stack wants it deleted, and the state says that it is retained.
        absent: the key of the entry that wants it to be absent, and so deletes it; "" if there is none.
    """

    live: AgentRecord | None
    heir: str
    deleted: bool = False
    retained: bool = False
    absent: str = ""

    @property
    def kept(self) -> AgentRecord | None:
        """The agent, if the account keeps it."""
        return None if self.deleted or self.absent else self.live

    def of_replaced(self, eid: str) -> str:
        """What becomes of it, as the end of a sentence about its replacement."""
        if self.heir:
            return f"`{self.heir}` has the old one (eid {eid}) from now on"
        if self.absent:
            return f"`{self.absent}`, which wants the old one (eid {eid}) absent, deletes it"
        return f"the old one (eid {eid}) is deleted" if self.deleted else f"the account keeps the old one (eid {eid})"


def agent_step(plan: AgentPlan, applied: LastUp, account: Accounted) -> PlanStep:
    """The step of an agent that config wants."""
    last = applied.agents.get(plan.wanted.key)
    if plan.live is None:
        return _missing_step(plan, applied, last, account)
    if last is not None and last.eid == plan.live.eid:
        return _known_step(plan, plan.live, applied, last, account)
    return _adopted_step(plan, plan.live, applied, last, account)


def _known_step(
    plan: AgentPlan, live: AgentRecord, applied: LastUp, last: AgentState, account: Accounted, reason: str = ""
) -> PlanStep:
    """The step of an agent that state and account have."""
    found = gaps(plan.wanted, live, account.profile, last.live)
    # Most agents need nothing, and a plan has many: for those, no field is looked at again.
    step = _step(plan, live, applied, last, found, live_fields(plan.wanted, live, found) if found else ())
    if not found and not step.drift:
        return step
    if changes_of(found):
        calls = update_calls(changes_of(found), account.profile)
        return replace(step, verb=Verb.UPDATE, reason=reason, fields=_that_matter(step.fields), requests=calls)
    verb = Verb.CANNOT_CONVERGE if step.cannot_converge else Verb.IN_SYNC
    return replace(step, verb=verb, fields=tuple(one for one in step.fields if one.outcome is Outcome.STUCK))


def _adopted_step(
    plan: AgentPlan, live: AgentRecord, applied: LastUp, last: AgentState | None, account: Accounted
) -> PlanStep:
    """The step of an agent that the account has, and the state lacks or has as another one."""
    found = gaps(plan.wanted, live, account.profile, {})
    # An engine imports only what needs no change. The rest is registered as new, and the create adopts it.
    changed = bool(changes_of(found)) or not plan.is_as_wanted
    step = replace(
        _step(plan, live, applied, last, found, live_fields(plan.wanted, live, found)),
        adopted=changed,
    )
    reason = "the account has it already"
    if last is not None:
        reason = f"the account has it as another agent than the state (eid {last.eid})"
        fate = account.fate(last)
        step = replace(step, kept=fate.kept, deletes=fate.live if fate.deleted else None)
        reason += "; the one of the state is deleted" if fate.deleted else ""
        reason += f"; `{fate.heir}` has the one of the state" if fate.heir else ""
        reason += f"; `{fate.absent}` deletes the one of the state" if fate.absent else ""
    if changed:
        calls = update_calls(changes_of(found), account.profile) + int(step.deletes is not None)
        return replace(step, verb=Verb.UPDATE, reason=f"{reason}: it is adopted and changed", requests=calls)
    return replace(step, verb=Verb.ADOPT, reason=reason)


def _step(
    plan: AgentPlan,
    live: AgentRecord,
    applied: LastUp,
    last: AgentState | None,
    found: tuple[Gap, ...],
    fields: tuple[FieldChange, ...],
) -> PlanStep:
    """The parts that all steps of an agent on the account have."""
    wanted = plan.wanted
    return PlanStep(
        Verb.IN_SYNC,
        Subject.AGENT,
        wanted.key,
        "",
        wanted.position,
        live.eid,
        agent_drift(wanted, live, last, config_changed=_config_changed(plan, applied), found=found),
        begun=applied.summary is not None and wanted.key in applied.summary.begun,
        fields=fields,
        formerly=last.formerly if last else "",
    )


def _that_matter(fields: tuple[FieldChange, ...]) -> tuple[FieldChange, ...]:
    """The fields of an agent that is changed, without those that stay; its name stays, for people."""
    return tuple(one for one in fields if one.outcome is not Outcome.KEPT or AGENT_FIELDS[one.field].type.quoted)


def _missing_step(plan: AgentPlan, applied: LastUp, last: AgentState | None, account: Accounted) -> PlanStep:
    """The step of an agent whose number the account does not have."""
    wanted = plan.wanted
    if last is None:
        fields, drift = created_fields(wanted, _left_out(plan)), left_out_drift(wanted, account.profile)
        reason = "the account lacks it"
        return PlanStep(
            Verb.CREATE,
            Subject.AGENT,
            wanted.key,
            reason,
            wanted.position,
            fields=fields,
            drift=drift,
            requests=create_calls(wanted, account.profile),
        )
    old = account.there.get(last.eid)
    if old is not None and is_renumbered(account.profile, last.eid, account.elsewhere):
        in_config = last.wanted.get("follow_me_number") != wanted.number.e164
        reason = "its number changed" if in_config else "the account has another number of it"
        return _known_step(plan, old, applied, last, account, reason)
    fate = account.fate(last)
    return PlanStep(
        Verb.REPLACE,
        Subject.AGENT,
        wanted.key,
        _why_replaced(wanted, last, fate),
        wanted.position,
        drift=left_out_drift(wanted, account.profile),
        fields=_replacing(plan, last, old),
        kept=fate.kept,
        deletes=fate.live if fate.deleted else None,
        formerly=last.formerly,
        requests=create_calls(wanted, account.profile) + int(fate.deleted),
    )


def _why_replaced(wanted: DesiredAgent, last: AgentState, fate: Fate) -> str:
    if last.wanted.get("follow_me_number") != wanted.number.e164:
        return f"its number changed: a new agent is made, and {fate.of_replaced(last.eid)}"
    if fate.live is None:
        return f"the agent eid {last.eid} is no longer on the account: a new one is made"
    end = "it is kept" if fate.kept and not fate.heir else fate.of_replaced(last.eid)
    return f"the agent eid {last.eid} has another number now: a new one is made, and {end}"


def _left_out(plan: AgentPlan) -> frozenset[str]:
    """The fields that a new agent does not get."""
    return frozenset(one.field for one in plan.stuck)


def _replacing(plan: AgentPlan, last: AgentState, old: AgentRecord | None) -> tuple[FieldChange, ...]:
    """The fields of the new agent beside the old one's, from the state if the account has lost that."""
    values: dict[str, str | None] = {}
    for one in WANTED_FIELDS:
        values[one.name] = _text(last.live.get(one.name)) if old is None else old.value(one.name)
    return replaced_fields(plan.wanted, values, _left_out(plan))


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _config_changed(plan: AgentPlan, applied: LastUp) -> bool | None:
    summary = applied.summary
    recorded = summary.wanted.get(plan.wanted.key) if summary else None
    return None if recorded is None else not is_digest(recorded, agent_digest(plan.wanted))

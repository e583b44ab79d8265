"""The steps of broadcast lists that config names. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from digo.api.models import BroadcastListRecord
from digo.desired.state import DesiredBroadcastList
from digo.plan.agent_steps import NOT_RETAINED, PROTECTED
from digo.plan.broadcast_lists import BroadcastListPlan
from digo.plan.drift import DriftOrigin, FieldDrift
from digo.plan.field_changes import FieldChange, Outcome, ValueKind
from digo.plan.plan_step import PlanStep, Verb
from digo.plan.removed_agents import RETAINED
from digo.settings.profiles import Ability, Profile, Subject
from digo.state.last_up import BroadcastListState

COLUMNS = "columns"
DESCRIPTION = "description"


def broadcast_list_step(
    plan: BroadcastListPlan, last: BroadcastListState | None, there: Mapping[str, BroadcastListRecord]
) -> PlanStep:
    """The step of a list that config names. `there` has the account's lists by id."""
    wanted = plan.wanted
    drift = _columns_drift(wanted, last) if last and last.id in there else ()
    verb, reason, fields = _what_happens(plan, last, there)
    if drift and verb is Verb.IN_SYNC:
        verb = Verb.CANNOT_CONVERGE
    fields += tuple(
        FieldChange(one.field, one.live, one.live, Outcome.STUCK, one.wanted, one.position, ValueKind.LIST_FIELD)
        for one in drift
    )
    return PlanStep(
        verb,
        Subject.BROADCAST_LIST,
        wanted.key,
        reason,
        wanted.position,
        drift=drift,
        fields=fields,
        formerly=last.formerly if last else "",
    )


def forgotten_broadcast_list(
    gone: BroadcastListState, profile: Profile, live: BroadcastListRecord | None, heir: str
) -> PlanStep:
    """The step of a list that config no longer names.

    Args:
        gone: the list in the state.
        profile: the profile.
        live: the list on the account; None if the account has lost it, or if the profile reads no lists.
        heir: the key of the entry that has the list now; "" if there is none.
    """
    deletes = profile.removes(Subject.BROADCAST_LIST) and not gone.retained and not heir
    if live is None and profile.can(Ability.READ_BACK, Subject.BROADCAST_LIST):
        reason = "gone from config, and the account does not have it any more"
    elif heir:
        reason = f"gone from config. `{heir}` has its list (id {gone.id}) from now on"
    elif deletes:
        reason = f"gone from config (`digo:deletes`): the account loses it with its rows (id {gone.id})"
    elif profile.removes(Subject.BROADCAST_LIST):
        reason = f"gone from config. {RETAINED} (id {gone.id})"
    else:
        reason = f"gone from config. {profile.why_kept(Subject.BROADCAST_LIST)}: the account keeps it (id {gone.id})"
    if not profile.removes(Subject.BROADCAST_LIST) and not gone.retained and not heir:
        reason += NOT_RETAINED
    reason += PROTECTED if gone.protected else ""
    outcome = Outcome.REMOVED if deletes else Outcome.KEPT
    fields = (_name(live.name, None if deletes else live.name, outcome),) if live and live.name else ()
    return PlanStep(Verb.DELETE if deletes else Verb.FORGET, Subject.BROADCAST_LIST, gone.key, reason, fields=fields)


def _what_happens(
    plan: BroadcastListPlan, last: BroadcastListState | None, there: Mapping[str, BroadcastListRecord]
) -> tuple[Verb, str, tuple[FieldChange, ...]]:
    wanted, live = plan.wanted, plan.live
    if live is not None:
        name = (_name(live.name, live.name, Outcome.KEPT),)
        if last is None:
            return Verb.ADOPT, f"the account has it already (id {live.id})", name
        if last.id != live.id:
            reason = f"the account has it as another list (id {live.id}) than the state (id {last.id})"
            return Verb.ADOPT, f"{reason}; the account keeps the one of the state", name
        changed = _described(wanted, last)
        return (Verb.UPDATE, "its description changed", changed) if changed else (Verb.IN_SYNC, "", ())
    if last is None:
        return Verb.CREATE, "the account has no list of this name", _created(wanted)
    old = there.get(last.id)
    if old is None:
        reason = f"the list id {last.id} is no longer on the account: a new one is made, and its rows are sent to it"
        return Verb.REPLACE, reason, _created(wanted)
    in_config = last.wanted.get("name") != wanted.name
    reason = f"its name changed {'in config' if in_config else 'in the panel'} (id {last.id})"
    return Verb.UPDATE, reason, (_name(old.name, wanted.name, Outcome.CHANGED, wanted), *_described(wanted, last))


def _created(wanted: DesiredBroadcastList) -> tuple[FieldChange, ...]:
    """The fields of a list that is created."""
    described = [_plain(DESCRIPTION, None, wanted.description, wanted)] if wanted.description else []
    columns = _plain(COLUMNS, None, ", ".join(wanted.fields), wanted)
    return (_name(None, wanted.name, Outcome.SET, wanted), *described, columns)


def _described(wanted: DesiredBroadcastList, last: BroadcastListState) -> tuple[FieldChange, ...]:
    """The changed description. Of an adopted list none is known, so none is taken to differ."""
    before = str(last.wanted.get(DESCRIPTION) or "")
    if not before or not wanted.description or before == wanted.description:
        return ()
    return (_plain(DESCRIPTION, before, wanted.description, wanted),)


def _columns_drift(wanted: DesiredBroadcastList, last: BroadcastListState) -> tuple[FieldDrift, ...]:
    """The difference of the columns from those that the list was created with: no call changes them."""
    if last.fields is None or last.fields == wanted.fields:
        return ()
    had = ", ".join(last.fields)
    return (FieldDrift(COLUMNS, ", ".join(wanted.fields), had, had, DriftOrigin.NEITHER, position=wanted.position),)


def _name(
    before: str | None, after: str | None, outcome: Outcome, wanted: DesiredBroadcastList | None = None
) -> FieldChange:
    position = wanted.position if wanted else None
    return FieldChange("name", before, after, outcome, position=position, kind=ValueKind.LIST_FIELD)


def _plain(field: str, before: str | None, after: str, wanted: DesiredBroadcastList) -> FieldChange:
    outcome = Outcome.SET if before is None else Outcome.CHANGED
    return FieldChange(field, before, after, outcome, position=wanted.position, kind=ValueKind.LIST_FIELD)

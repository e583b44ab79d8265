"""The steps of leads and of lists from files. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from digo.desired.state import DesiredLead, DesiredList
from digo.lists.digests.shard_change import TAKEN_OVER, Change
from digo.plan.agent_steps import NOT_RETAINED, PROTECTED
from digo.plan.field_changes import Outcome, forgotten_lead_fields, lead_fields
from digo.plan.list_change import NO_ROWS, ListChange, Span, change_spans, growth, list_change, resharded_spans
from digo.plan.plan_step import PlanStep, Verb
from digo.settings.profiles import Ability, Profile, Subject
from digo.state.last_up import LeadState, ListState
from digo.state.sent_lists import is_by_another_key, is_recorded, known_rows
from digo.text.counts import counted

GONE, SUPPRESSED = "gone from config", "its number is suppressed"
RETAINED = "the state has it as retained, from an up that deleted nothing; an up with its entry in config changes that"


def lead_step(lead: DesiredLead, last: LeadState | None) -> PlanStep:
    """The step of an inline lead."""
    verb, reason = _lead_verb(lead, last)
    fields = lead_fields(lead, last) if verb.changes else ()
    formerly = last.formerly if last else ""
    return PlanStep(verb, Subject.LEAD, lead.key, reason, lead.position, fields=fields, formerly=formerly)


def list_step(wanted: DesiredList, last: ListState | None) -> PlanStep:
    """The step of a list from files."""
    verb, reason, change = _list_verb(wanted, last)
    return PlanStep(
        verb,
        Subject.LIST,
        wanted.key,
        reason,
        wanted.position,
        rows=change.rows,
        growth=growth(wanted, last),
        list=list_change(wanted, change, _spans(wanted, last, change)),
        formerly=last.formerly if last else "",
    )


def forgotten_list(gone: ListState, profile: Profile) -> PlanStep:
    """The step of a list from files that config no longer has. No up empties a whole list."""
    why = "" if profile.can(Ability.DELETE, Subject.LIST) else f". {profile.lacks(Ability.DELETE, Subject.LEAD)}"
    reason = f"gone from config{why}: its list keeps its rows ({gone.rows:,})" + (PROTECTED if gone.protected else "")
    change = ListChange(0, 0, gone=Span.exactly(gone.rows))
    return PlanStep(Verb.FORGET, Subject.LIST, gone.key, reason, list=change)


def forgotten_lead(
    gone: LeadState, profile: Profile, columns: Mapping[str, str], *, handed_over: bool = False, because: str = GONE
) -> PlanStep:
    """The step of a lead that config no longer has, or never sends.

    Args:
        gone: the lead in the state.
        profile: what the API can do, and whether the stack deletes.
        columns: its columns' names by the API's field, if known.
        handed_over: whether another entry wants the same row.
        because: `GONE` or `SUPPRESSED`.
    """
    fields = forgotten_lead_fields(gone, columns)
    if profile.removes(Subject.LEAD) and not gone.retained and not handed_over:
        fields = tuple(replace(one, after=None, outcome=Outcome.REMOVED) for one in fields)
        reason = f"{because}: it is deleted from its list" + (PROTECTED if gone.protected else "")
        return PlanStep(Verb.DELETE, Subject.LEAD, gone.key, reason, fields=fields)
    why = f"{profile.why_kept(Subject.LEAD)}: its list keeps it"
    if handed_over:
        why = "Another entry has it now: its list keeps it"
    elif profile.removes(Subject.LEAD):
        why = f"Its list keeps it: {RETAINED}"
    if not profile.removes(Subject.LEAD) and not gone.retained:
        why += NOT_RETAINED
    reason = f"{because}. {why}" + (PROTECTED if gone.protected else "")
    return PlanStep(Verb.FORGET, Subject.LEAD, gone.key, reason, fields=fields)


def _lead_verb(lead: DesiredLead, last: LeadState | None) -> tuple[Verb, str]:
    if last is None:
        return Verb.CREATE, f"not sent yet{_in_new_list(lead)}"
    if _in_new_list(lead):
        return Verb.REPLACE, f"its list is gone from the account: it is sent again{_in_new_list(lead)}"
    if (last.list_id, last.phone) != (lead.list_id, lead.number.e164):
        return Verb.REPLACE, "its list or phone changed: it is sent, and the account keeps the old one"
    if dict(last.fields) != dict(lead.fields):
        return Verb.UPDATE, "its columns changed: it is sent again with overwrite"
    if last.unknown_write:
        return Verb.UPDATE, last.unknown_write
    return Verb.SENT, "the API has no read-back of leads"


def _list_verb(wanted: DesiredList, last: ListState | None) -> tuple[Verb, str, Change]:
    """The list's verb, its reason, and the rows to send."""
    assert wanted.digests is not None
    change = sent_change(wanted, last)
    if last is None:
        return Verb.CREATE, f"{counted(wanted.count, 'row')}, not sent yet{_in_new_list(wanted)}", change
    if _in_new_list(wanted):
        reason = f"its list is gone from the account: {counted(wanted.count, 'row')} to send again"
        return Verb.REPLACE, reason + _in_new_list(wanted), change
    if last.list_id != wanted.source.list_id:
        rows = counted(wanted.count, "row") if change.rows == wanted.count else _left(change.rows, wanted.count)
        return Verb.REPLACE, f"it is another list in the panel: {rows}; the old list keeps its own", change
    if not last.in_state:
        return Verb.CREATE, f"{_left(change.rows, wanted.count)}: a run that was cut off has sent the others", change
    verb, reason = Verb.SENT, f"{counted(wanted.count, 'row')}; the API has no read-back of leads"
    if change.differs or not is_recorded(wanted, last):
        taken_over = not change.differs and any(shard.is_old for shard in last.shards.values())
        verb, reason = Verb.UPDATE, TAKEN_OVER if taken_over else change.sentence(wanted.count)
    if last.of != wanted.shards:
        reason += f"; `shards` was {last.of} and is {wanted.shards}: rows that come into another shard are sent again"
    return verb, reason, change


def _in_new_list(entry: DesiredLead | DesiredList) -> str:
    """The end of a sentence about rows of a list that the account does not have yet; "" if it has the list."""
    return f", in the new list `{entry.list_name}`" if entry.list_name and not entry.list_id else ""


def _left(left: int, of: int) -> str:
    return f"{left:,} of {counted(of, 'row')} {'is' if left == 1 else 'are'} left"


def sent_change(wanted: DesiredList, last: ListState | None) -> Change:
    """The change of all shards from what was sent. Without a last up, nothing was."""
    assert wanted.digests is not None
    sketches = wanted.digests.sketches
    return Change.together(
        Change.between(sketch, known_rows(wanted, last, index)) for index, sketch in enumerate(sketches)
    )


def _spans(wanted: DesiredList, last: ListState | None, change: Change) -> tuple[Span, Span, Span]:
    """The rows that are new, changed and gone."""
    if last is None:
        return Span.exactly(wanted.count), NO_ROWS, NO_ROWS
    if last.list_id != wanted.source.list_id:
        # Another list in the panel: nothing that the old one has is in it, but a run that was cut off may have begun.
        send = change.rows
        return (Span.exactly(send) if send == wanted.count else Span(0, send)), NO_ROWS, NO_ROWS
    if is_by_another_key(wanted, last):
        return Span(0, change.rows), Span(0, change.rows), Span(0, last.rows)
    if last.of != wanted.shards:
        return resharded_spans(wanted, last)
    return change_spans(wanted, last, change)

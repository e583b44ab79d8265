"""The steps of leads and lists that the account shows. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from digo.desired.state import DesiredLead, DesiredList
from digo.plan.field_changes import lead_fields, sample_row
from digo.plan.list_change import ListChange, Span, growth, list_columns
from digo.plan.live_leads import LiveList
from digo.plan.plan_step import PlanStep, Verb
from digo.settings.profiles import Profile, Subject
from digo.state.last_up import LeadState, ListState
from digo.state.sent_lists import is_recorded
from digo.text.counts import counted
from digo.text.names import same_name

_THERE = "its list has it as it is wanted: nothing is sent"


def live_lead_step(lead: DesiredLead, last: LeadState | None, rows: tuple[Mapping[str, str], ...]) -> PlanStep:
    """The step of an inline lead. `rows` are those of its list that have its number."""
    differs = not rows or any(_differs(lead, row) for row in rows)
    verb, reason = _lead_verb(lead, last, rows, differs=differs)
    there = LeadState(lead.key, lead.list_id, lead.number.e164, rows[0]) if rows else None
    if verb is Verb.REPLACE:
        there = last
    return PlanStep(
        verb,
        Subject.LEAD,
        lead.key,
        reason + _twice(rows),
        lead.position,
        fields=lead_fields(lead, there) if verb.changes else (),
        formerly=last.formerly if last else "",
        requests=int(verb.changes and differs),
    )


def _lead_verb(
    lead: DesiredLead, last: LeadState | None, rows: tuple[Mapping[str, str], ...], *, differs: bool
) -> tuple[Verb, str]:
    apart = "its list has other values: it is sent" if rows else "its list does not have it"
    if last is None:
        return Verb.CREATE, apart if differs else _THERE
    if (last.list_id, last.phone) != (lead.list_id, lead.number.e164):
        return Verb.REPLACE, f"its list or phone changed; {apart if differs else _THERE}"
    edited = dict(last.fields) != dict(lead.fields)
    if differs:
        return Verb.UPDATE, "its columns changed: it is sent again" if edited and rows else f"{apart} again"
    return (Verb.UPDATE, f"its columns changed; {_THERE}") if edited else (Verb.IN_SYNC, "")


def _differs(lead: DesiredLead, row: Mapping[str, str]) -> bool:
    return any(not same_name(row.get(name, "").strip(), text.strip()) for name, text in lead.fields.items())


def _twice(rows: tuple[Mapping[str, str], ...]) -> str:
    return f"; its number is in the list {len(rows):,} times: all are changed" if len(rows) > 1 else ""


def live_list_step(wanted: DesiredList, last: ListState | None, live: LiveList, profile: Profile) -> PlanStep:
    """The step of a list from files. Its rows are counted exactly, since the account shows them."""
    deletes, counts = profile.removes(Subject.LIST), live.counts
    verb, reason = _list_verb(wanted, last, live, deletes=deletes)
    columns = list_columns(wanted)
    return PlanStep(
        verb,
        Subject.LIST,
        wanted.key,
        reason,
        wanted.position,
        rows=counts.send,
        growth=growth(wanted, last),
        list=ListChange(
            wanted.count,
            counts.send,
            Span.exactly(counts.new),
            Span.exactly(counts.changed),
            Span.exactly(counts.gone),
            tuple(columns.values()),
            tuple(sample_row(columns, dict(zip(columns, row, strict=True))) for row in live.sample),
            deletes,
        ),
        formerly=last.formerly if last else "",
        requests=live.calls,
        deleted_rows=counts.gone if deletes else 0,
    )


def _list_verb(wanted: DesiredList, last: ListState | None, live: LiveList, *, deletes: bool) -> tuple[Verb, str]:
    sentence = live.counts.sentence(deletes=deletes)
    if live.calls:
        sentence += f"; {counted(live.calls, 'call')}, and a few that follow them"
    if last is None or not last.in_state:
        return Verb.CREATE, sentence
    if last.list_id != wanted.list_id:
        return Verb.REPLACE, f"it is another list in the panel: {sentence}; the old list keeps its own"
    if last.of != wanted.shards:
        return Verb.UPDATE, f"{sentence}; `shards` was {last.of} and is {wanted.shards}"
    if live.calls:
        return Verb.UPDATE, sentence
    return (Verb.IN_SYNC if is_recorded(wanted, last) else Verb.UPDATE), sentence

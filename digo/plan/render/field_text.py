"""What happens to the fields of an entry, in words that all renderings share.

`quote` makes a value safe for the rendering's target: a terminal, Markdown. Each function cleans what it is given.
"""

from __future__ import annotations

from collections.abc import Callable

from digo.api.models import AgentRecord
from digo.fields.agents import AGENT_FIELDS, WANTED_FIELDS
from digo.plan.drift import FieldDrift
from digo.plan.field_changes import NONE, NOT_SHOWN, FieldChange, Outcome, ValueKind
from digo.plan.list_change import ListChange
from digo.plan.steps import PlanStep, Verb
from digo.sanitize.terminal import one_line
from digo.settings.profiles import Subject
from digo.text.counts import counted
from digo.text.shortened import shortened, shortened_pair

MOST = 120
"""The characters of a value. Longer ones are cut where two values are the same."""

_WITHOUT_LABEL = {"name": "name", "follow_me_number": "number"}

_LONGEST_PLACE = 400  # characters of a position
_MOST_FIELDS = 12  # of a lead in a sentence

DELETED = "deleted"
"""The label of what the account loses because its entry gets another agent."""

STAYS = "stays"
"""The label of what stays on the account though its entry leaves it."""

_AFTERWARDS = {
    (Verb.CREATE, Subject.AGENT): "a new agent",
    (Verb.REPLACE, Subject.AGENT): "a new agent",
    (Verb.ADOPT, Subject.AGENT): "the same agent, now managed",
    (Verb.UPDATE, Subject.AGENT): "the same agent, changed",
    (Verb.DELETE, Subject.AGENT): "no agent",
    (Verb.FORGET, Subject.AGENT): "the same agent, no longer managed",
    (Verb.CANNOT_CONVERGE, Subject.AGENT): "the same agent",
    (Verb.IN_SYNC, Subject.AGENT): "the same agent",
    (Verb.CREATE, Subject.BROADCAST_LIST): "a new list",
    (Verb.REPLACE, Subject.BROADCAST_LIST): "a new list",
    (Verb.ADOPT, Subject.BROADCAST_LIST): "the same list, now managed",
    (Verb.UPDATE, Subject.BROADCAST_LIST): "the same list, changed",
    (Verb.FORGET, Subject.BROADCAST_LIST): "the same list, no longer managed",
    (Verb.DELETE, Subject.BROADCAST_LIST): "no list",
    (Verb.CANNOT_CONVERGE, Subject.BROADCAST_LIST): "the same list",
    (Verb.IN_SYNC, Subject.BROADCAST_LIST): "the same list",
    (Verb.CREATE, Subject.LEAD): "a new row of its list",
    (Verb.REPLACE, Subject.LEAD): "a new row of its list, and the old row where it is",
    (Verb.UPDATE, Subject.LEAD): "its row, overwritten",
    (Verb.DELETE, Subject.LEAD): "no row",
    (Verb.FORGET, Subject.LEAD): "its row, no longer managed",
    (Verb.SENT, Subject.LEAD): "its row, as it was sent",
    (Verb.IN_SYNC, Subject.LEAD): "its row, as it is",
    (Verb.CREATE, Subject.LIST): "the list's rows",
    (Verb.REPLACE, Subject.LIST): "the rows of another list, and those of the old list where they are",
    (Verb.UPDATE, Subject.LIST): "the list's rows, overwritten",
    (Verb.DELETE, Subject.LIST): "a list without these rows",
    (Verb.FORGET, Subject.LIST): "the list's rows, no longer managed",
    (Verb.SENT, Subject.LIST): "the list's rows, as they were sent",
    (Verb.IN_SYNC, Subject.LIST): "the list's rows, as they are",
}

Quote = Callable[[str], str]
Line = tuple[str, str]
"""A label, and what is to say about it."""


def change_text(change: FieldChange, *, numbers: bool = False, quote: Quote = one_line) -> str:
    """The field before and after: `"Sales" → "Sales desk"`, or only the value where it is new or stays."""
    before, after = change.shown(change.before, numbers=numbers), change.shown(change.after, numbers=numbers)
    if change.outcome is Outcome.STUCK:
        return _stuck_text(change, after, numbers=numbers, quote=quote)
    if change.outcome is Outcome.REMOVED:
        return _quoted(shortened(before, MOST), change.before, quote)
    if change.outcome is not Outcome.CHANGED:
        return _quoted(shortened(after, MOST), change.after, quote)
    if change.kind is ValueKind.PERSONAL and change.after is None:
        return f"{_quoted(before, change.before, quote)} → not sent; the list may keep it"
    same = before == after
    before, after = shortened_pair(before, after, MOST)
    text = f"{_quoted(before, change.before, quote)} → {_quoted(after, change.after, quote)}"
    return f"{text} (another {_noun(change)})" if same else text


def step_lines(step: PlanStep, *, numbers: bool = False, quote: Quote = one_line) -> list[Line]:
    """All that a reviewer wants to know of one entry, as labels with texts; its verb and reason are not among them."""
    lines = []
    if step.formerly:
        lines.append(("key", f"{quote(step.formerly)} → {quote(step.key)}: only the state changes"))
    if step.eid and not step.kept and step.verb in (Verb.ADOPT, Verb.CANNOT_CONVERGE):
        lines.append(("eid", quote(step.eid)))
    if step.verb is not Verb.FORGET or step.subject is not Subject.AGENT:
        lines += [_field_line(one, step, numbers=numbers, quote=quote) for one in _shown_fields(step)]
    lines += [_drift_line(one, numbers=numbers, quote=quote) for one in step.drift if not one.managed]
    if step.kept:
        lines.append((STAYS, kept_text(step.kept, numbers=numbers, quote=quote)))
    if step.deletes and step.verb is not Verb.DELETE:
        lines.append((DELETED, kept_text(step.deletes, numbers=numbers, quote=quote)))
    if step.list and step.verb not in (Verb.SENT, Verb.IN_SYNC):
        lines += _list_lines(step.list, numbers=numbers, quote=quote)
    return lines


def afterwards(step: PlanStep, *, numbers: bool = False, quote: Quote = one_line) -> str:
    """What is on the account after an up, for one entry, as a sentence."""
    lines = step_lines(step, numbers=numbers, quote=quote)
    fields = [f"{label} {text}" for label, text in lines if label != STAYS]
    if len(fields) > _MOST_FIELDS:
        fields[_MOST_FIELDS:] = [f"and {counted(len(fields) - _MOST_FIELDS, 'more field')}"]
    said = ", ".join(fields)
    stays = next((text for label, text in lines if label == STAYS), "")
    begin = _AFTERWARDS[step.verb, step.subject]
    if step.subject is Subject.AGENT and step.verb is Verb.FORGET:
        return f"{begin}: {stays}" if stays else "no agent: the account has lost it"
    if step.subject is Subject.AGENT and step.verb is Verb.DELETE:
        return f"{begin}; it was: {said}" if said else begin
    if step.verb is Verb.CANNOT_CONVERGE and stays:
        return f"stays, though config wants it absent: {stays}"
    text = f"{begin}: {said}" if said else begin
    return f"{text}; and the old agent, as it is: {stays}" if stays and step.subject is Subject.AGENT else text


def kept_text(agent: AgentRecord, *, numbers: bool = False, quote: Quote = one_line) -> str:
    """An agent that stays on the account: name, number, intercom, EID."""
    values = []
    for field in WANTED_FIELDS:
        value = agent.value(field.name)
        if not value:
            values += [f"no {_WITHOUT_LABEL[field.name]}"] if field.name in _WITHOUT_LABEL else []
            continue
        text = change_text(FieldChange(field.name, value, value, Outcome.KEPT), numbers=numbers, quote=quote)
        values.append(text if field.name in _WITHOUT_LABEL else f"{field.name} {text}")
    return ", ".join([*values, f"eid {quote(agent.eid)}"])


def list_counts(change: ListChange) -> str:
    """How many rows are sent, new, changed and gone, as far as state or account prove it."""
    gone = "deleted" if change.deletes else "gone"
    spans = (("new", change.new), ("changed", change.changed), (gone, change.gone))
    counts = ", ".join(f"{span} {word}" for word, span in spans if span.most)
    sent = f"{change.send:,} of {counted(change.rows, 'row')} to send"
    return f"{sent}: {counts}" if counts else sent


def _field_line(change: FieldChange, step: PlanStep, *, numbers: bool, quote: Quote) -> Line:
    text = change_text(change, numbers=numbers, quote=quote)
    if change.outcome is not Outcome.STUCK:
        return change.field, text
    drift = next((one for one in step.drift if one.field == change.field), None)
    where = [quote(shortened(str(change.position), _LONGEST_PLACE))] if change.position else []
    why = ", ".join(where + ([drift.origin.text] if drift else []))
    return change.field, f"{text} ({why}); only the panel can mend it" if why else text


def _shown_fields(step: PlanStep) -> list[FieldChange]:
    """The fields that matter. A lead that is sent again shows its phone and what changes."""
    if step.subject is not Subject.LEAD or step.verb is not Verb.UPDATE:
        return list(step.fields)
    changed = [one for one in step.fields if one.outcome is Outcome.CHANGED or one.before is None]
    return (
        [one for one in step.fields if one in changed or one.kind is ValueKind.NUMBER] if changed else list(step.fields)
    )


def _drift_line(drift: FieldDrift, *, numbers: bool, quote: Quote) -> Line:
    was, now = (drift.shown(side, numbers=numbers) for side in (drift.last, drift.live))
    was, now = shortened_pair(was, now, MOST)
    return drift.field, (
        f"{_quoted(was, drift.last, quote)} → {_quoted(now, drift.live, quote)} "
        f"({drift.origin.text}; config does not manage it)"
    )


def _list_lines(change: ListChange, *, numbers: bool, quote: Quote) -> list[Line]:
    if not change.rows and not change.deletes:
        return [("rows", f"{change.gone.most:,} stay in the panel's list")]
    lines = [
        ("rows", list_counts(change)),
        ("columns", ", ".join(quote(shortened(one, MOST)) for one in change.columns)),
    ]
    for row in change.sample:
        cells = (f"{quote(one.field)} {change_text(one, numbers=numbers, quote=quote)}" for one in row)
        lines.append(("sample", ", ".join(cells)))
    return lines


def _stuck_text(change: FieldChange, after: str, *, numbers: bool, quote: Quote) -> str:
    wanted = change.shown(change.wanted, numbers=numbers)
    if change.hidden:
        return f"{NOT_SHOWN}; config wants {_quoted(shortened(wanted, MOST), change.wanted, quote)}"
    same = wanted == after
    after, wanted = shortened_pair(after, wanted, MOST)
    text = f"{_quoted(after, change.after, quote)} stays; config wants {_quoted(wanted, change.wanted, quote)}"
    hint = change.invisible or (f"another {_noun(change)}" if same else "")
    return f"{text} ({hint})" if hint else text


def _quoted(text: str, value: object, quote: Quote) -> str:
    return text if text == NONE and not value else quote(text)


def _noun(change: FieldChange) -> str:
    if change.kind is ValueKind.AGENT_FIELD:
        return "number" if AGENT_FIELDS[change.field].secret else "value"
    return "number" if change.kind is ValueKind.NUMBER else "value"

"""The groups of a plan's page: a table for each, with a column for each field. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

from digo.api.models import AgentRecord
from digo.fields.agents import AGENT_FIELDS, WANTED_FIELDS
from digo.html.cells import MOST_OPEN, GroupView, cell, isolated, lines, prose, sample_of, tagged
from digo.plan.drift import FieldDrift
from digo.plan.field_changes import NOT_SHOWN, FieldChange, Outcome
from digo.plan.list_change import ListChange
from digo.plan.render.groups import SIGNS, groups_of
from digo.plan.render.sentences import drift_line, reason_of
from digo.plan.steps import PlanStep, Verb
from digo.settings.profiles import Subject
from digo.text.counts import counted

UNMANAGED = "unmanaged"
_MEANINGS = {
    (Verb.CANNOT_CONVERGE, Subject.AGENT): "Config wants what no call of the API can change. On the account they stay "
    "as they are; only the panel can change them.",
    (Verb.CREATE, Subject.AGENT): "New agents, made with these values.",
    (Verb.CREATE, Subject.LEAD): "New leads, sent with these values.",
    (Verb.CREATE, Subject.BROADCAST_LIST): "New lists, made with these columns.",
    (Verb.ADOPT, Subject.BROADCAST_LIST): "The account has them already. They come into the state, and stay as they "
    "are.",
    (Verb.ADOPT, Subject.AGENT): "The account has them already. They come into the state, and stay as they are.",
    (Verb.IN_SYNC, Subject.AGENT): "On the account as config wants them.",
    (Verb.SENT, Subject.LEAD): "Sent by an earlier up. The API cannot be asked for them.",
}
_KEEPS = "the account keeps"
_PLAIN = frozenset({"name", "follow_me_number"})
"""The fields that nobody mistakes for another without its name beside it."""


def look_of(verb: Verb) -> str:
    """The class of a verb's colour."""
    return verb.value.split()[0]


def plan_groups(steps: Iterable[PlanStep], *, numbers: bool) -> list[GroupView]:
    """The groups of a plan, what needs eyes first."""
    return [plan_group(group.steps, numbers=numbers) for group in groups_of(steps)]


def plan_group(steps: Sequence[PlanStep], *, numbers: bool) -> GroupView:
    """The view of steps that have the verb and the subject in common."""
    verb, subject = steps[0].verb, steps[0].subject
    meaning = _MEANINGS.get((verb, subject), "")
    reasons = {_reason(step) for step in steps}
    # What is said of each entry is said once, above them; but an EID is one entry's.
    common = reasons.pop() if len(reasons) == 1 and "eid" not in min(reasons) else ""
    table = _Table(steps, why=bool(reasons), numbers=numbers)
    return GroupView(
        verb=verb.value,
        look=look_of(verb),
        sign=SIGNS[verb],
        count=counted(len(steps), subject.value),
        sample=sample_of((step.key for step in steps), len(steps)),
        meaning=_sentences(meaning, common),
        heads=table.heads,
        rows=tuple(table.row(step) for step in steps),
        open=len(steps) <= MOST_OPEN and verb not in (Verb.IN_SYNC, Verb.SENT),
    )


def unmanaged_group(agents: Sequence[AgentRecord], *, numbers: bool) -> GroupView:
    """The view of the agents that are on the account and in no config."""
    fields = [field.name for field in WANTED_FIELDS if any(agent.value(field.name) for agent in agents)]
    return GroupView(
        verb=UNMANAGED,
        look=UNMANAGED,
        sign="",
        count=counted(len(agents), "agent"),
        sample=sample_of((_name(agent, numbers=numbers) for agent in agents), len(agents)),
        meaning=prose("On the account and in no config; never touched."),
        heads=(*fields, "eid"),
        rows=tuple(
            (
                *(cell(field, _agent_value(agent, field, numbers=numbers) or _nothing(field)) for field in fields),
                cell("eid", isolated(agent.eid), "where"),
            )
            for agent in agents
        ),
        open=len(agents) <= MOST_OPEN,
    )


class _Table:
    """The columns that a group's steps need, and each step's row."""

    def __init__(self, steps: Sequence[PlanStep], *, why: bool, numbers: bool) -> None:
        self._numbers = numbers
        self._fields = tuple(dict.fromkeys(one.field for step in steps for one in step.fields))
        self._lists = any(step.list for step in steps)
        self._suppressed = any(step.list and step.list.suppressed for step in steps)
        self._keeps = any(_keeps_another(step) for step in steps)
        self._eids = any(step.eid and not _keeps_another(step) for step in steps)
        self._why = why or any(_notes(step, numbers=numbers) for step in steps)
        self._reasons = why
        self._where = any(step.position for step in steps)

    @property
    def heads(self) -> tuple[str, ...]:
        """The names of the columns."""
        given = (
            ("entry",),
            self._fields,
            _LIST_HEADS if self._lists else (),
            (_SUPPRESSED,) if self._suppressed else (),
            (_KEEPS,) if self._keeps else (),
            ("eid",) if self._eids else (),
            ("why",) if self._why else (),
            ("in config",) if self._where else (),
        )
        return tuple(head for heads in given for head in heads)

    def row(self, step: PlanStep) -> tuple[Markup, ...]:
        """A step's cells, one for each head."""
        by_field = {one.field: one for one in step.fields}
        cells = [cell(step.subject.value, _entry(step), "key")]
        cells += [cell(name, _value(by_field.get(name), numbers=self._numbers)) for name in self._fields]
        if self._lists:
            contents = _list_cells(step.list, numbers=self._numbers)
            cells += [cell(head, content) for head, content in zip(_LIST_HEADS, contents, strict=True)]
        if self._suppressed:
            cells.append(cell(_SUPPRESSED, f"{step.list.suppressed:,}" if step.list else ""))
        if self._keeps:
            cells.append(cell(_KEEPS, _kept(step, numbers=self._numbers)))
        if self._eids:
            cells.append(cell("eid", isolated(step.eid or ""), "where"))
        if self._why:
            reasons = [isolated(_reason(step))] if self._reasons and _reason(step) else []
            cells.append(cell("why", lines((*reasons, *_notes(step, numbers=self._numbers)))))
        if self._where:
            cells.append(cell("in config", isolated(str(step.position)) if step.position else "", "where"))
        return tuple(cells)


def _reason(step: PlanStep) -> str:
    """The reason, unless the group's meaning says as much."""
    said = (step.verb, step.subject) in _MEANINGS and step.verb is not Verb.CANNOT_CONVERGE and "eid" not in step.reason
    return "" if said else reason_of(step)


def _keeps_another(step: PlanStep) -> bool:
    """Whether the account keeps another agent than the one that the other columns are about."""
    return step.kept is not None and step.verb is Verb.REPLACE


def _entry(step: PlanStep) -> Markup:
    key = tagged("b", "entry", isolated(step.key))
    return key + Markup("<br>") + tagged("span", "old", "formerly " + isolated(step.formerly)) if step.formerly else key


def _value(change: FieldChange | None, *, numbers: bool) -> Markup:
    """A field before and after, as far as they differ."""
    if change is None:
        return Markup()
    before, after = (isolated(change.shown(one, numbers=numbers)) for one in (change.before, change.after))
    if change.outcome is Outcome.CHANGED:
        return tagged("span", "old", before) + " → " + tagged("b", "", after)
    if change.outcome is Outcome.REMOVED:
        return tagged("span", "old", before)
    if change.outcome is Outcome.STUCK:
        unseen = f" ({change.invisible})" if change.invisible else ""
        wanted = isolated(change.shown(change.wanted, numbers=numbers)) + unseen
        now = NOT_SHOWN if change.hidden else "stays " + before
        return tagged("span", "now", now) + tagged("span", "cannot", "config wants " + wanted)
    return after


def _notes(step: PlanStep, *, numbers: bool) -> tuple[Markup, ...]:
    """Which side changed a field, and what the account has changed that config does not manage."""
    stuck = {one.field for one in step.fields if one.outcome is Outcome.STUCK}

    def note(one: FieldDrift) -> str:
        if one.field not in stuck:
            return drift_line(one, numbers=numbers)
        return f"{one.field}: {one.origin.text}" + (f" ({one.position})" if one.position else "")

    return tuple(isolated(note(one)) for one in step.drift)


def _kept(step: PlanStep, *, numbers: bool) -> Markup:
    agent = step.kept
    if agent is None or not _keeps_another(step):
        return Markup()
    values = [
        ("" if field.name in _PLAIN else f"{field.name} ") + _agent_value(agent, field.name, numbers=numbers)
        for field in WANTED_FIELDS
        if agent.value(field.name)
    ]
    return Markup(", ").join((*values, "eid " + isolated(agent.eid)))


def _agent_value(agent: AgentRecord, field: str, *, numbers: bool) -> Markup:
    value = agent.value(field)
    change = FieldChange(field, value, value, Outcome.KEPT)
    return isolated(change.shown(value, numbers=numbers)) if value else Markup()


def _nothing(field: str) -> Markup:
    return tagged("span", "quiet", "none") if field in _PLAIN else Markup()


def _name(agent: AgentRecord, *, numbers: bool) -> str:
    name = agent.name or ""
    return (name if numbers else AGENT_FIELDS["name"].masked(name)) or f"eid {agent.eid}"


_SUPPRESSED = "suppressed"
_LIST_HEADS = ("rows", "sent", "new", "changed", "gone", "columns", "sample")


def _list_cells(change: ListChange | None, *, numbers: bool) -> tuple[Markup, ...]:
    if change is None:
        return (Markup(),) * len(_LIST_HEADS)
    counts = (f"{change.rows:,}", f"{change.send:,}", str(change.new), str(change.changed), str(change.gone))
    rows = (
        Markup(", ").join(isolated(one.field) + " " + isolated(one.shown(one.after, numbers=numbers)) for one in row)
        for row in change.sample
    )
    columns = Markup(", ").join(isolated(name) for name in change.columns)
    return (*(escape(count) for count in counts), columns, lines(rows))


def _sentences(*parts: str) -> Markup:
    """The parts that are not empty, as sentences."""
    return prose(" ".join(part[0].upper() + part[1:].removesuffix(".") + "." for part in parts if part))

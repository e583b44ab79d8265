"""Drift as a table: for each field that differs, its value in config, at the last up and on the account. Pure.

All renderers show these rows. Values are masked, but foreign text in them is as it is: each renderer cleans it for its
own output.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from digo.api.models import AgentRecord
from digo.fields.agents import FIRST_FIELDS, OTHER_FIELDS
from digo.plan.drift import DriftOrigin, FieldDrift
from digo.plan.field_changes import NOT_SHOWN, FieldChange, Outcome, ValueKind
from digo.plan.review import Review
from digo.plan.steps import PlanStep, Verb
from digo.settings.profiles import Subject
from digo.source.positions import Position
from digo.state.last_up import AgentState, BroadcastListState, LeadState, ListState
from digo.text.counts import counted

NONE = "none"
NOT_READABLE = "not readable"
"""The account's side of leads and lists: the API has no read-back of them."""
UNMANAGED = "unmanaged"
NOT_SET = "not set by config"

_MENDS = {
    Verb.CANNOT_CONVERGE: "no up can mend it: change it in the panel, or change config to match",
    Verb.REPLACE: "the next up makes a new one, and the account keeps the old one",
    Verb.DELETE: "the next up deletes it from the account",
    Verb.FORGET: "the next up drops it from the state; what the account has stays there",
    Verb.CREATE: "the next up makes it",
    Verb.UPDATE: "the next up sends it again",
    Verb.ADOPT: "the next up takes it into the state, and sends nothing",
}
_AGENT_CHANGES = "the next up changes it"
_PROTECTED = "protected, so preview and up fail: `state unprotect` its URN first"
_IN_NO_CONFIG = "no up touches it: `digo export` writes it into config, or the panel removes it"
_OTHERS = frozenset(field.name for field in OTHER_FIELDS)
_NO_DRIFT = "config cannot set it, so it is not drift"


@dataclass(frozen=True)
class DriftRow:
    """One field that differs, or a whole entry, whose field is then its kind: `agent`, `lead` or `list`.

    Attributes:
        entry: the kind and key of the entry; the EID of an agent that is in no config.
        field: the field's name.
        config: what config wants.
        last: what the last up left.
        account: what the account has now.
        position: where config says it; None if config does not.
    """

    entry: str
    field: str
    config: str
    last: str
    account: str
    position: Position | None = None


@dataclass(frozen=True)
class DriftGroup:
    """The rows of one verb in which one side changed.

    Attributes:
        verb: the verb of the plan, `unmanaged`, or `not set by config`.
        origin: which side changed; None if the verb says it.
        remedy: what can be done.
        rows: the rows.
    """

    verb: str
    origin: DriftOrigin | None
    remedy: str
    rows: tuple[DriftRow, ...]

    @property
    def title(self) -> str:
        """The verb, the side that changed, and the count: `cannot converge, changed on the account: 2 fields`."""
        whole = len({row.entry for row in self.rows}) == len(self.rows)
        thing = "entry" if whole and self.origin is None else "field"
        if self.verb == UNMANAGED:
            thing = "agent"
        what = self.verb if self.origin is None else f"{self.verb}, {self.origin.text}"
        return f"{what}: {counted(len(self.rows), thing)}"


def drift_groups(review: Review, *, numbers: bool = False) -> tuple[DriftGroup, ...]:
    """The drift of a review: first what no up can mend, then what an up mends, then what config does not manage.

    `numbers` shows phone numbers in full.
    """
    table = _Rows(review, numbers=numbers)
    stuck = [(step, one) for step in review.steps.steps for one in step.cannot_converge]
    unmanaged_fields = [(step, one) for step in review.steps.steps for one in step.drift if not one.managed]
    groups = [
        DriftGroup(
            Verb.CANNOT_CONVERGE.value,
            origin,
            _MENDS[Verb.CANNOT_CONVERGE],
            tuple(table.difference(step, one) for step, one in stuck if one.origin is origin),
        )
        for origin in DriftOrigin
    ]
    for verb, remedy in _MENDS.items():
        if verb.changes:
            rows = (row for step in _with(verb, review, agents=False) for row in table.changes(step))
            groups.append(DriftGroup(verb.value, None, remedy, tuple(rows)))
            rows = (row for step in _with(verb, review, agents=True) for row in table.changes(step))
            groups.append(DriftGroup(verb.value, None, _AGENT_CHANGES, tuple(rows)))
    unmanaged = tuple(table.unmanaged(agent) for agent in review.steps.unmanaged)
    groups.append(DriftGroup(UNMANAGED, None, _IN_NO_CONFIG, unmanaged))
    rest = tuple(table.difference(step, one) for step, one in unmanaged_fields)
    groups.append(DriftGroup(NOT_SET, DriftOrigin.ACCOUNT, _NO_DRIFT, rest))
    return tuple(group for group in groups if group.rows)


def _with(verb: Verb, review: Review, *, agents: bool) -> Iterator[PlanStep]:
    """The steps of that verb. `agents`: those of agents that are changed, or all others."""
    for step in review.steps.steps:
        changed = step.verb is Verb.UPDATE and step.subject is Subject.AGENT
        # That an agent is gone, and only the state must note it, is not drift.
        noted = step.verb is Verb.DELETE and step.calls == 0
        if step.verb is verb and changed is agents and not noted:
            yield step


def drift_totals(review: Review) -> str:
    """The counts: how many entries drifted, are in sync, or cannot be asked for, and the unmanaged agents."""
    steps = review.steps
    apart = sum(bool(step.verb.changes or step.drift) for step in steps.steps)
    head = f"{apart:,} of {counted(len(steps.steps), 'entry')} drifted" if apart else "no drift"
    parts = [head, f"{steps.count(Verb.IN_SYNC):,} in sync"]
    if sent := [step.subject for step in steps.steps if step.verb is Verb.SENT]:
        were, them = ("was", "it") if len(sent) == 1 else ("were", "them")
        kinds = " and ".join(counted(sent.count(one), one.value) for one in Subject if one in sent)
        parts.append(f"{kinds} {were} sent, and the API cannot be asked for {them}")
    if count := len(steps.unmanaged):
        counts = ", which is drift (digo:unmanaged)" if review.unmanaged_drifts else ", which is not drift"
        parts.append(f"{count:,} unmanaged, on the account and in no config{counts}")
    return "; ".join(parts)


class _Rows:
    """Makes rows. `numbers` shows phone numbers in full."""

    def __init__(self, review: Review, *, numbers: bool) -> None:
        self._applied = review.applied
        self._numbers = numbers

    def difference(self, step: PlanStep, drift: FieldDrift) -> DriftRow:
        """A field of an agent that the account has."""

        def shown(value: Any) -> str:
            return drift.shown(value, numbers=self._numbers)

        account = shown(drift.live) + (f" ({drift.invisible})" if drift.invisible else "")
        account = NOT_SHOWN if drift.hidden else account
        config = shown(drift.wanted)
        if drift.field == Subject.AGENT.value:
            config = "absent"
        elif not drift.managed:
            config = NOT_SET
        last = "not recorded" if drift.origin is DriftOrigin.UNRECORDED else shown(drift.last)
        return DriftRow(_entry(step), drift.field, config, last, account, drift.position)

    def unmanaged(self, agent: AgentRecord) -> DriftRow:
        """An agent that is in no config."""
        return DriftRow(f"eid {agent.eid}", Subject.AGENT.value, NONE, NONE, self._values_of(agent))

    def changes(self, step: PlanStep) -> Iterator[DriftRow]:
        """What an up does with an entry: its changed fields, or else the entry as a whole."""
        lost = step.subject is Subject.AGENT and step.kept is None and step.verb is not Verb.UPDATE
        changed = [] if lost else [one for one in step.fields if one.outcome is Outcome.CHANGED]
        for one in changed:
            after = one.shown(one.after, numbers=self._numbers) if one.after else "not set"
            last, account = self._sides(step, one)
            yield DriftRow(_entry(step), one.field, after, last, account, one.position)
        if not changed:
            config, last, account = self._whole(step)
            yield DriftRow(_entry(step), step.subject.value, config, last, account, step.position)

    def _sides(self, step: PlanStep, change: FieldChange) -> tuple[str, str]:
        """A changed field at the last up, and on the account now."""
        before = change.shown(change.before, numbers=self._numbers)
        if step.subject is Subject.BROADCAST_LIST:
            named = self._applied.broadcast_lists.get(step.key)
            last = change.shown(_text(named.wanted, change.field), numbers=self._numbers) if named else NONE
            return last, before
        if step.subject is not Subject.AGENT:
            return before, before if step.requests is not None else NOT_READABLE
        had = self._applied.agents.get(step.key)
        last = change.shown(_text(had.live, change.field), numbers=self._numbers) if had else NONE
        return last, before

    def _whole(self, step: PlanStep) -> tuple[str, str, str]:
        """An entry in config, at the last up and on the account."""
        if step.subject is Subject.LIST:
            config = NONE if step.list is None else f"{counted(step.list.rows, 'row')}, {step.list.send:,} to send"
            return config, self._last(step), _live_rows(step)
        config = NONE if step.verb in (Verb.FORGET, Verb.DELETE) else self._values(step.fields)
        if step.subject is Subject.LEAD and step.requests is not None:
            return config, self._last(step), _live_lead(step)
        if step.subject is Subject.BROADCAST_LIST:
            live = next((one for one in step.fields if one.field == "name" and one.before), None)
            return config, self._last(step), live.shown(live.before, numbers=self._numbers) if live else NONE
        return config, self._last(step), self._live_agent(step) if step.subject is Subject.AGENT else NOT_READABLE

    def _last(self, step: PlanStep) -> str:
        """An entry as the last up left it. A protected one stops an up that would forget it."""
        agent, lead, list_, named = (
            entries.get(step.key) if step.subject is subject else None
            for subject, entries in (
                (Subject.AGENT, self._applied.agents),
                (Subject.LEAD, self._applied.leads),
                (Subject.LIST, self._applied.lists),
                (Subject.BROADCAST_LIST, self._applied.broadcast_lists),
            )
        )
        protected = f"; {_PROTECTED}" if step.verb in (Verb.FORGET, Verb.DELETE) else ""
        if isinstance(agent, AgentState):
            return f"{self._values_at(agent)} (eid {agent.eid}){protected if agent.protected else ''}"
        if isinstance(lead, LeadState):
            return f"sent{protected if lead.protected else ''}"
        if isinstance(list_, ListState):
            return f"{counted(list_.rows, 'row')}{protected if list_.protected else ''}"
        if isinstance(named, BroadcastListState):
            return f"{named.wanted.get('name')} (id {named.id}){protected if named.protected else ''}"
        return NONE

    def _live_agent(self, step: PlanStep) -> str:
        if step.verb is Verb.ADOPT:
            return f"eid {step.eid}"
        agent = step.kept or step.deletes
        return NONE if agent is None else self._values_of(agent)

    def _values(self, fields: Iterable[FieldChange]) -> str:
        values = ((one, one.wanted or one.after) for one in fields if not _needs_its_name(one))
        return ", ".join(one.shown(value, numbers=self._numbers) for one, value in values if value)

    def _values_of(self, agent: AgentRecord) -> str:
        return self._agent_values({field.name: agent.value(field.name) for field in FIRST_FIELDS})

    def _values_at(self, last: AgentState) -> str:
        return self._agent_values({field.name: _text(last.live, field.name) for field in FIRST_FIELDS})

    def _agent_values(self, values: Mapping[str, str | None]) -> str:
        fields = [FieldChange(name, value, value, Outcome.KEPT) for name, value in values.items() if value]
        return self._values(fields) or "an agent without a name and a number"


def _needs_its_name(change: FieldChange) -> bool:
    """Whether a value says nothing without its field: `3` or `false`. Name, number and intercom tell agents apart."""
    return change.kind is ValueKind.AGENT_FIELD and change.field in _OTHERS


def _live_rows(step: PlanStep) -> str:
    """The account's side of a list that was read."""
    if step.requests is None or step.list is None:
        return NOT_READABLE
    rows = step.list
    return f"{counted(rows.rows - rows.new.most, 'row')} of these, {rows.changed} other, {rows.gone} more"


def _live_lead(step: PlanStep) -> str:
    """The account's side of a lead that was read."""
    return NONE if all(one.before is None for one in step.fields) else "its row"


def _entry(step: PlanStep) -> str:
    return f"{step.subject.value} {step.key}"


def _text(values: Mapping[str, Any], field: str) -> str | None:
    value = values.get(field)
    return None if value is None or value == "" else str(value)

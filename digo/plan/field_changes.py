"""What an up does with each field of an entry. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from enum import Enum

from digo.api.models import AgentRecord
from digo.desired.state import DesiredAgent, DesiredLead
from digo.fields.agents import AGENT_FIELDS, FIRST_FIELDS, OTHER_FIELDS, WANTED_FIELDS, AgentField
from digo.fields.masked import masked_number
from digo.lists.files.source import PHONE_FIELD
from digo.plan.agent_gaps import Gap, wanted_values
from digo.source.positions import Position
from digo.state.last_up import LeadState
from digo.text.redact import MASK, mask_numbers

LIST_ID = "id"
"""The field of a lead that is its list's id in the panel."""

NONE = "none"
NOT_SHOWN = "the account's list does not show it"


class Outcome(str, Enum):
    """What an up does with one field."""

    SET = "set"
    """An agent is created with it, or a lead is sent with it."""
    CHANGED = "changed"
    """It has another value than before: a replacement's new number, a lead's column."""
    REMOVED = "removed"
    """It goes with its entry, which is deleted from the account."""
    KEPT = "kept"
    """It stays as it is: of an entry that is adopted or forgotten."""
    STUCK = "cannot converge"
    """Config wants another value, and no call of the API brings it."""


class ValueKind(Enum):
    """What a value is, which decides how it is masked."""

    AGENT_FIELD = "a field of an agent, as the table of fields says"
    NUMBER = "a lead's phone number"
    PERSONAL = "another column of a lead: a person's name, a one-time password"
    ID = "an id of the API, which is not a secret"
    LIST_FIELD = "a field of a broadcast list: its name, description or columns"


@dataclass(frozen=True)
class FieldChange:
    """One field of an entry, before and after an up. Values are in clear text; `shown` masks them.

    Attributes:
        field: the field's name. A lead's column has its name in config.
        before: the value on the account now; of a lead, as it was sent last. None if there is none.
        after: the value after the up. None if there is none.
        outcome: what the up does with it.
        wanted: with STUCK, what config wants; None otherwise.
        position: where config says it; None if config does not.
        kind: what the value is.
        hidden: with STUCK, whether the account's list does not show the field.
    """

    field: str
    before: str | None
    after: str | None
    outcome: Outcome
    wanted: str | None = None
    position: Position | None = None
    kind: ValueKind = ValueKind.AGENT_FIELD
    hidden: bool = False

    @property
    def invisible(self) -> str:
        """Where the wanted name and the account's differ, if that is not visible; "" otherwise."""
        field = AGENT_FIELDS.get(self.field) if self.kind is ValueKind.AGENT_FIELD else None
        if field is None or self.wanted is None:
            return ""
        return field.invisible_difference(self.wanted, self.after)

    def masked(self, value: str | None, *, numbers: bool = False) -> str | None:
        """A value of this field for a machine: a number keeps its country code and last digits; None stays None.

        A column of a lead is hidden completely, because it is a person's. With `numbers` the value is whole.
        """
        if not value or numbers or self.kind is ValueKind.ID:
            return value
        if self.kind is ValueKind.PERSONAL:
            return MASK
        if self.kind is ValueKind.NUMBER:
            return masked_number(value)
        if self.kind is ValueKind.LIST_FIELD:
            return mask_numbers(value)
        field = AGENT_FIELDS.get(self.field)
        return value if field is None or field.is_id else field.masked(value)

    def shown(self, value: str | None, *, numbers: bool = False) -> str:
        """A value of this field for people: as `masked`, and a text in quotes; `none` without a value.

        It is not yet safe for a terminal, Markdown or HTML: the renderer cleans it.
        """
        if not value:
            return NONE
        text = self.masked(value, numbers=numbers) or NONE
        field = AGENT_FIELDS.get(self.field) if self.kind is ValueKind.AGENT_FIELD else None
        quoted = field.type.quoted if field is not None else self.kind is ValueKind.LIST_FIELD
        return f'"{text}"' if quoted else text


def created_fields(wanted: DesiredAgent, left_out: Set[str] = frozenset()) -> tuple[FieldChange, ...]:
    """The fields of an agent that is created. `left_out` names those that no call sets."""
    return tuple(_created(wanted, field, value, stuck=field.name in left_out) for field, value in wanted_values(wanted))


def _created(wanted: DesiredAgent, field: AgentField, value: str, *, stuck: bool) -> FieldChange:
    position = _position(wanted, field)
    if stuck:
        return FieldChange(field.name, None, None, Outcome.STUCK, value, position)
    return FieldChange(field.name, None, value, Outcome.SET, position=position)


def live_fields(wanted: DesiredAgent, live: AgentRecord, differing: Iterable[Gap]) -> tuple[FieldChange, ...]:
    """The fields of an agent that the account has: what changes, what stays, and what cannot converge.

    `differing` has the fields whose live value is not the wanted one, or not known to be.
    """
    found, apart = [], {gap.field.name: gap for gap in differing}
    for field in _set_fields(wanted.other_fields, live.other_fields):
        want, have = wanted.value(field.name), live.value(field.name)
        gap = apart.get(field.name)
        if want is None:
            if have:
                found.append(FieldChange(field.name, have, have, Outcome.KEPT))
        elif gap is None:
            have = want if field.name in live.unseen else have
            found.append(FieldChange(field.name, have, have, Outcome.KEPT, position=_position(wanted, field)))
        elif gap.changes:
            outcome = Outcome.SET if have is None else Outcome.CHANGED
            found.append(FieldChange(field.name, have, want, outcome, position=_position(wanted, field)))
        else:
            found.append(
                FieldChange(field.name, have, have, Outcome.STUCK, want, _position(wanted, field), hidden=gap.hidden)
            )
    return tuple(found)


def replaced_fields(
    wanted: DesiredAgent, old: Mapping[str, str | None], left_out: Set[str] = frozenset()
) -> tuple[FieldChange, ...]:
    """The fields of a new agent, beside those of the old one (`old`, by field) that it replaces.

    `left_out` names those that no call sets.
    """
    found = []
    for field in WANTED_FIELDS:
        before, after = old.get(field.name) or None, wanted.value(field.name)
        if before is None and after is None:
            continue
        if after is not None and field.name in left_out:
            found.append(_created(wanted, field, after, stuck=True))
            continue
        same = before is not None and after is not None and field.type.same(before, after)
        outcome = Outcome.SET if same or before is None else Outcome.CHANGED
        found.append(FieldChange(field.name, before, after, outcome, position=_position(wanted, field)))
    return tuple(found)


def kept_fields(agent: AgentRecord) -> tuple[FieldChange, ...]:
    """The fields of an agent that is forgotten, and stays on the account."""
    values = ((field.name, agent.value(field.name)) for field in _set_fields(agent.other_fields))
    return tuple(FieldChange(name, value, value, Outcome.KEPT) for name, value in values if value)


def _set_fields(*others: Mapping[str, str]) -> Iterable[AgentField]:
    """FIRST_FIELDS, and those of OTHER_FIELDS that one of these has: most accounts show none of them."""
    if not any(others):
        return FIRST_FIELDS
    return (*FIRST_FIELDS, *(field for field in OTHER_FIELDS if any(field.name in one for one in others)))


def removed_fields(agent: AgentRecord) -> tuple[FieldChange, ...]:
    """The fields of an agent that is deleted."""
    values = ((field.name, agent.value(field.name)) for field in _set_fields(agent.other_fields))
    return tuple(FieldChange(name, value, None, Outcome.REMOVED) for name, value in values if value)


def lead_fields(lead: DesiredLead, last: LeadState | None) -> tuple[FieldChange, ...]:
    """What is sent of a lead. Where the last up sent it too, only what changes has the outcome CHANGED."""
    before = {} if last is None else {LIST_ID: last.list_id, PHONE_FIELD: last.phone, **last.fields}
    after = {LIST_ID: lead.list_id or "new", PHONE_FIELD: lead.number.e164, **lead.fields}
    if before.get(LIST_ID, after[LIST_ID]) == after[LIST_ID]:
        before.pop(LIST_ID, None)
        del after[LIST_ID]
    return tuple(_column(name, before, after, lead) for name in _in_order({**after, **before}))


def forgotten_lead_fields(last: LeadState, columns: Mapping[str, str]) -> tuple[FieldChange, ...]:
    """What a forgotten lead's list keeps, as sent last. `columns` has the names in config by the API's field."""
    values = {PHONE_FIELD: last.phone, **last.fields}
    return tuple(
        FieldChange(columns.get(name, name), values[name], values[name], Outcome.KEPT, kind=_kind(name))
        for name in _in_order(values)
    )


def sample_row(columns: Mapping[str, str], values: Mapping[str, str]) -> tuple[FieldChange, ...]:
    """A row of a list that is sent. Both mappings are by the API's field: the name in config, the value."""
    return tuple(
        FieldChange(columns.get(name, name), None, value, Outcome.SET, kind=_kind(name))
        for name, value in values.items()
    )


def _column(name: str, before: Mapping[str, str], after: Mapping[str, str], lead: DesiredLead) -> FieldChange:
    was, becomes = before.get(name), after.get(name)
    outcome = Outcome.SET if was is None or was == becomes else Outcome.CHANGED
    shown = lead.columns.get(name, name)
    return FieldChange(shown, was, becomes, outcome, position=lead.position, kind=_kind(name))


def _kind(api_field: str) -> ValueKind:
    if api_field == LIST_ID:
        return ValueKind.ID
    return ValueKind.NUMBER if api_field == PHONE_FIELD else ValueKind.PERSONAL


def _in_order(names: Iterable[str]) -> list[str]:
    """The list's id, then the API's fields by number."""
    return sorted(names, key=lambda name: int(name.removeprefix("field_")) if name != LIST_ID else -1)


def _position(wanted: DesiredAgent, field: AgentField) -> Position:
    return wanted.positions.get(field.name, wanted.position)

"""Three-way comparison of an agent's fields: config, the last up, and the account now. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from digo.api.models import AgentRecord
from digo.desired.state import DesiredAgent
from digo.fields.agents import AGENT_FIELDS, CONFIGURATION_FIELDS, AgentField, FieldKind
from digo.plan.agent_gaps import Gap, gaps, never_set
from digo.settings.profiles import DIGO, Profile
from digo.source.positions import Position
from digo.state.last_up import AgentState
from digo.text.redact import mask_numbers, mask_value


class DriftOrigin(str, Enum):
    """Which side changed since the last up. UNRECORDED: the state does not tell."""

    CONFIG = "config"
    ACCOUNT = "account"
    BOTH = "both"
    NEITHER = "neither"
    UNRECORDED = "not recorded"

    @property
    def text(self) -> str:
        """The same in words: `changed in config`."""
        return _ORIGIN_TEXTS[self]


_ORIGIN_TEXTS = {
    DriftOrigin.CONFIG: "changed in config",
    DriftOrigin.ACCOUNT: "changed on the account",
    DriftOrigin.BOTH: "changed in config and on the account",
    DriftOrigin.NEITHER: "as it was at the last up",
    DriftOrigin.UNRECORDED: "not in the state yet",
}


@dataclass(frozen=True)
class FieldDrift:
    """One field that differs from config or from the last up. Values are in clear text; `shown` masks them.

    `managed` is False for a field that config cannot set: its change is shown and does not count as drift. If `mended`,
    the next up brings the wanted value to the account. If `hidden`, the account's list does not show the field.
    """

    field: str
    wanted: Any
    last: Any
    live: Any
    origin: DriftOrigin
    managed: bool = True
    position: Position | None = None
    mended: bool = False
    hidden: bool = False

    @property
    def invisible(self) -> str:
        """Where the wanted name and the account's differ, if that is not visible; "" otherwise."""
        field = AGENT_FIELDS.get(self.field)
        if field is None or self.wanted is None:
            return ""
        return field.invisible_difference(str(self.wanted), str(self.live or ""))

    def shown(self, value: Any, *, numbers: bool = False) -> str:
        """A value of this field as text, phone numbers masked unless `numbers`."""
        if value is None or value == "":
            return "none"
        field = AGENT_FIELDS.get(self.field)
        if field is None:
            return str(value) if numbers else mask_numbers(str(value))
        if field.secret and field.kind is not FieldKind.WANTED and not numbers:
            value = mask_value(value)
        text = f'"{value}"' if field.type.quoted else str(value)
        return text if numbers else field.masked(text)


def agent_drift(
    wanted: DesiredAgent,
    live: AgentRecord,
    last: AgentState | None,
    *,
    config_changed: bool | None,
    found: Iterable[Gap] | None = None,
) -> tuple[FieldDrift, ...]:
    """The fields of an agent in which the three sides differ.

    Args:
        wanted: the config's entry.
        live: the account's agent.
        last: the state's agent; None if the state has none.
        config_changed: whether the entry changed since the last up; None if that is not recorded.
        found: the fields that differ; None for an API that changes none of them.
    """
    differing = gaps(wanted, live, DIGO, {}) if found is None else found
    managed = (_managed(gap, wanted, last, config_changed=config_changed) for gap in differing)
    return (*managed, *_unmanaged(live, last))


def left_out_drift(wanted: DesiredAgent, profile: Profile) -> tuple[FieldDrift, ...]:
    """The fields that a new agent does not get, because no call of this account sets them."""
    return tuple(
        FieldDrift(
            field.name,
            want,
            None,
            None,
            DriftOrigin.UNRECORDED,
            position=wanted.positions.get(field.name, wanted.position),
        )
        for field, want in never_set(wanted, profile)
    )


def _managed(gap: Gap, wanted: DesiredAgent, last: AgentState | None, *, config_changed: bool | None) -> FieldDrift:
    field, name = gap.field, gap.field.name
    position = wanted.positions.get(name, wanted.position)
    if last is None:
        had, origin = None, DriftOrigin.UNRECORDED
    else:
        had = last.live.get(name)
        in_config = config_changed is not False and not _same(field, gap.wanted, last.wanted.get(name))
        # What the list does not show cannot be seen to have changed there.
        on_account = not gap.hidden and not _same(field, gap.live, had)
        origin = _origin(in_config=in_config, on_account=on_account)
    return FieldDrift(name, gap.wanted, had, gap.live, origin, position=position, mended=gap.changes, hidden=gap.hidden)


def _unmanaged(live: AgentRecord, last: AgentState | None) -> Iterable[FieldDrift]:
    # The list of users shows none of these fields: what a stack has of them is from the agents' own list.
    if last is None or live.user_id is not None or not _was_listed(last.live):
        return
    for field in CONFIGURATION_FIELDS:
        before, now = last.live.get(field), live.configuration.get(field)
        if _canonical(before) != _canonical(now):
            yield FieldDrift(field, None, before, now, DriftOrigin.ACCOUNT, managed=False)


def _was_listed(outputs: Mapping[str, Any]) -> bool:
    """Whether the state has the agent's configuration.

    An agent that was created after a run's last list read has none until a refresh.
    """
    return any(outputs.get(field) is not None for field in CONFIGURATION_FIELDS)


def _origin(*, in_config: bool, on_account: bool) -> DriftOrigin:
    if in_config:
        return DriftOrigin.BOTH if on_account else DriftOrigin.CONFIG
    return DriftOrigin.ACCOUNT if on_account else DriftOrigin.NEITHER


def _same(field: AgentField, one: Any, other: Any) -> bool:
    if one is None or other is None:
        return (one or "") == (other or "")
    return field.type.same(str(one), str(other))


def _canonical(value: Any) -> Any:
    """The value as JSON compares it: 1 equals 1.0, and an absent value equals None."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    if isinstance(value, dict):
        return {name: _canonical(item) for name, item in value.items() if item is not None}
    return value

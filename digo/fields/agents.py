"""The one table of an agent's fields: what each means, and how its values are treated.

Names are those of the API, of config and of the resource's properties; they are the same in all three. Config, request,
plan, digests, drift, resource, state, snapshot file, comparison and export follow the table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from digo.fields.masked import masked_number
from digo.fields.types import (
    EXACT,
    FLAG,
    INTERCOM,
    MAPPING,
    NUMBER,
    NUMBERS,
    TEXT,
    TEXTS,
    WHOLE,
    WHOLES,
    FieldType,
    as_json,
    items_of,
)
from digo.text.names import invisible_difference
from digo.text.redact import mask_numbers


class FieldKind(Enum):
    """What a field of an agent means to this project."""

    KEY = "identifies the agent"
    WANTED = "wanted by config"
    CONFIGURATION = "configured in the panel"
    VOLATILE = "changes by itself"


@dataclass(frozen=True)
class AgentField:
    """A field of an agent.

    Attributes:
        name: the field's name.
        kind: what it means.
        type: the type of its values. It counts for fields of kind WANTED only.
        required: whether every agent in config has it.
        secret: whether it can have phone numbers. State keeps it encrypted, and displays show "[secret]".
        column: its heading in the table of `digo agents`; "" for a field that only the JSON shows.
        users_only: whether only the calls about users have it (`digo/api/user_fields.py`). `GET /v1/agents` documents
            no such field, so nothing by its name is read from there.
    """

    name: str
    kind: FieldKind
    type: FieldType = EXACT
    required: bool = False
    secret: bool = False
    column: str = ""
    users_only: bool = False

    @property
    def is_id(self) -> bool:
        """Whether its values are ids of the API, which are not secrets: long digits that look like phone numbers."""
        return self.kind is FieldKind.KEY or self.name.endswith("_id")

    def masked(self, value: str) -> str:
        """The value without a phone number in it: of a number, country code and last digits stay. An id is whole."""
        if self.is_id:
            return value
        if self.type is NUMBER:
            return masked_number(value)
        items = items_of(value) if self.type is NUMBERS else None
        return mask_numbers(value) if items is None else as_json([masked_number(item) for item in items])

    def invisible_difference(self, wanted: str, live: str | None) -> str:
        """Where two texts for people differ, if that is not visible; "" otherwise."""
        return invisible_difference(wanted, live or "") if self.type is TEXT else ""


_TABLE = (
    AgentField("id", FieldKind.KEY),
    AgentField("eid", FieldKind.KEY),
    AgentField("name", FieldKind.WANTED, TEXT, required=True, column="name"),
    AgentField("follow_me_number", FieldKind.WANTED, NUMBER, required=True, secret=True, column="number"),
    AgentField("intercom", FieldKind.WANTED, INTERCOM, column="intercom"),
    AgentField("email", FieldKind.WANTED, users_only=True),
    AgentField("login_id", FieldKind.WANTED, users_only=True),
    AgentField("user_role", FieldKind.WANTED, WHOLE, users_only=True),
    AgentField("caller_ids", FieldKind.WANTED, NUMBERS, secret=True, users_only=True),
    AgentField("agent_group", FieldKind.WANTED, TEXTS, users_only=True),
    AgentField("department", FieldKind.WANTED, WHOLES, users_only=True),
    AgentField("time_group", FieldKind.WANTED, users_only=True),
    AgentField("failover_destinations", FieldKind.WANTED, TEXTS, secret=True, users_only=True),
    AgentField("route_call_through", FieldKind.WANTED, WHOLE, users_only=True),
    AgentField("assign_extension", FieldKind.WANTED, FLAG, users_only=True),
    AgentField("block_web_login", FieldKind.WANTED, FLAG, users_only=True),
    AgentField("login_based_calling", FieldKind.WANTED, FLAG, users_only=True),
    AgentField("international_outbound", FieldKind.WANTED, FLAG, users_only=True),
    AgentField("designation", FieldKind.WANTED, TEXT, users_only=True),
    AgentField("user_for_cdr", FieldKind.WANTED, MAPPING, users_only=True),
    AgentField("blocked", FieldKind.WANTED, FLAG, users_only=True),
    AgentField("disabled", FieldKind.WANTED, FLAG, users_only=True),
    AgentField("custom_status", FieldKind.CONFIGURATION),
    AgentField("timegroup_name", FieldKind.CONFIGURATION),
    AgentField("timegroup_id", FieldKind.CONFIGURATION),
    AgentField("failover_destination", FieldKind.CONFIGURATION, secret=True),
    AgentField("failover_destination_name", FieldKind.CONFIGURATION),
    AgentField("is_verified", FieldKind.CONFIGURATION),
    AgentField("departments", FieldKind.CONFIGURATION),
    AgentField("allowed_caller_ids", FieldKind.CONFIGURATION, secret=True),
    AgentField("agent_cdr", FieldKind.CONFIGURATION),
    AgentField("associated_agent", FieldKind.CONFIGURATION),
    AgentField("agent_groups", FieldKind.CONFIGURATION),
    AgentField("sticky_settings", FieldKind.CONFIGURATION, secret=True),
    AgentField("product_clicktocall", FieldKind.CONFIGURATION),
    AgentField("team_id", FieldKind.CONFIGURATION),
    AgentField("team_name", FieldKind.CONFIGURATION),
    AgentField("calls_answered", FieldKind.VOLATILE),
    AgentField("calls_missed", FieldKind.VOLATILE),
)

AGENT_FIELDS: Mapping[str, AgentField] = {field.name: field for field in _TABLE}

WANTED_FIELDS = tuple(field for field in _TABLE if field.kind is FieldKind.WANTED)

USER_FIELDS = frozenset(field.name for field in WANTED_FIELDS if field.users_only)
"""The wanted fields that only the calls about users have."""

OTHER_FIELDS = tuple(field for field in WANTED_FIELDS if field.name not in ("name", "follow_me_number", "intercom"))
"""The wanted fields without an attribute of their own: no plan depends on them but by their values."""

CONFIGURATION_FIELDS = tuple(field.name for field in _TABLE if field.kind is FieldKind.CONFIGURATION)

FIRST_FIELDS = tuple(field for field in WANTED_FIELDS if field not in OTHER_FIELDS)
"""The wanted fields that each product has."""

NUMBER_FIELDS = frozenset(field.name for field in _TABLE if field.secret)


def canonical_others(values: Mapping[str, str]) -> dict[str, str]:
    """The values of OTHER_FIELDS for a digest: those that are set, in their canonical spelling."""
    if not values:
        return {}
    return {field.name: field.type.canonical(values[field.name]) for field in OTHER_FIELDS if field.name in values}


def shown_values(value: Callable[[str], str | None]) -> dict[str, str | None]:
    """The wanted fields for a document: FIRST_FIELDS always, the others where they have a value.

    `value` returns the value of a field by its name.
    """
    values = {field.name: value(field.name) for field in WANTED_FIELDS}
    first = {field.name for field in FIRST_FIELDS}
    return {name: one for name, one in values.items() if one is not None or name in first}

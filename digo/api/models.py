"""The API's bodies and replies, as the vendor's page shows them.

`AGENT_FIELDS` says what each field of an agent means here. State, drift and documentation follow it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


class FieldKind(Enum):
    """What a field of an agent means to this project."""

    KEY = "identifies the agent"
    WANTED = "wanted by config"
    CONFIGURATION = "configured in the panel"
    VOLATILE = "changes by itself"


AGENT_FIELDS: dict[str, FieldKind] = {
    "id": FieldKind.KEY,
    "eid": FieldKind.KEY,
    "name": FieldKind.WANTED,
    "follow_me_number": FieldKind.WANTED,
    "intercom": FieldKind.WANTED,
    "custom_status": FieldKind.CONFIGURATION,
    "timegroup_name": FieldKind.CONFIGURATION,
    "timegroup_id": FieldKind.CONFIGURATION,
    "failover_destination": FieldKind.CONFIGURATION,
    "failover_destination_name": FieldKind.CONFIGURATION,
    "is_verified": FieldKind.CONFIGURATION,
    "departments": FieldKind.CONFIGURATION,
    "allowed_caller_ids": FieldKind.CONFIGURATION,
    "agent_cdr": FieldKind.CONFIGURATION,
    "associated_agent": FieldKind.CONFIGURATION,
    "agent_groups": FieldKind.CONFIGURATION,
    "sticky_settings": FieldKind.CONFIGURATION,
    "product_clicktocall": FieldKind.CONFIGURATION,
    "team_id": FieldKind.CONFIGURATION,
    "team_name": FieldKind.CONFIGURATION,
    "calls_answered": FieldKind.VOLATILE,
    "calls_missed": FieldKind.VOLATILE,
}

# These can hold phone numbers. State keeps them encrypted, and displays show "[secret]".
NUMBER_FIELDS = frozenset({"follow_me_number", "failover_destination", "allowed_caller_ids", "sticky_settings"})

CONFIGURATION_FIELDS = tuple(name for name, kind in AGENT_FIELDS.items() if kind is FieldKind.CONFIGURATION)

BLOCKED = 1

# The page shows 15 digits. What is longer than any id would fill screens and files.
LONGEST_ID = 200


def _text(value: object) -> object:
    """Turns identifiers into text: the page types them as Integer in some places and as String in others."""
    if isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, int) else value


Text = Annotated[str, BeforeValidator(_text)]


def _counts(eid: str) -> str:
    """Refuses what a program writes where it has no number, and JSON has no word for it."""
    if eid in ("NaN", "Infinity", "-Infinity"):
        raise ValueError("it is no id")
    return eid


class AgentRecord(BaseModel):
    """One agent as `GET /v1/agents` shows it. Only `eid` is required.

    `configuration` has the item's fields of kind CONFIGURATION. Volatile and unknown fields are dropped.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    eid: Annotated[Text, Field(min_length=1, max_length=LONGEST_ID), AfterValidator(_counts)]
    id: Text | None = None
    name: Text | None = None
    follow_me_number: Text | None = None
    intercom: Text | None = None
    custom_status: int | None = None
    configuration: dict[str, Any] = Field(default_factory=dict)

    @classmethod
    def from_dict(cls, item: dict[str, Any]) -> AgentRecord:
        """The record of a list item.

        Raises:
            pydantic.ValidationError: the item has no usable `eid`, or a field has a wrong type.
        """
        configuration = {name: item[name] for name in CONFIGURATION_FIELDS if item.get(name) is not None}
        return cls.model_validate({**item, "configuration": configuration})

    @property
    def blocked(self) -> bool:
        """Whether the agent takes no calls: `custom_status` is 1 (the vendor's page)."""
        return self.custom_status == BLOCKED


@dataclass(frozen=True)
class NewAgent:
    """The body of `POST /v1/agent`. `follow_me_number` is E.164 with `+`; `intercom` four digits or None."""

    name: str
    follow_me_number: str
    intercom: str | None = None


@dataclass(frozen=True)
class NewLead:
    """The body of `POST /v1/broadcast/lead/{LIST_ID}`. `phone` is E.164; `fields` maps `field_1`… to text."""

    list_id: str
    phone: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Receipt:
    """A write that the API confirmed. `agent_id` is the reply's field; the page does not say that it is the EID."""

    message: str
    agent_id: str | None = None


@dataclass(frozen=True)
class Act:
    """An act on a call that the API confirmed. `call_id` is there if it was asked for and the API knew it."""

    message: str
    call_id: str | None = None


@dataclass(frozen=True)
class CallRecord:
    """One call as `GET /v1/call/records` shows it.

    `fields` has all fields, known or not, in the reply's order.
    """

    fields: dict[str, Any]

    @property
    def call_id(self) -> str | None:
        """The call's id, such as `1627373566.350603`. The page types it Integer, but it is text."""
        return self._text("call_id")

    @property
    def key(self) -> str:
        """Identifies the record: its id, or the call's two ids if it has none."""
        return self._text("id") or f"{self._text('call_id')}/{self._text('uuid')}"

    def _text(self, name: str) -> str | None:
        value = self.fields.get(name)
        return None if value is None else str(value)


class RecordPage(BaseModel):
    """A page of call records.

    Its numbers are None if the reply did not have them. The page does not document what `count` counts, so nothing
    relies on it alone. `more` is True if the reply announces another page.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    results: tuple[CallRecord, ...]
    count: int | None = None
    page: int | None = None
    limit: int | None = None
    size: int | None = None
    more: bool = False

    @property
    def contradiction(self) -> str | None:
        """How its numbers contradict its records, as a text; None if they agree. Records were lost on the way."""
        shown = len(self.results)
        if self.size is not None and self.size not in (shown, self.limit):
            return f"its size is {self.size}, and it shows {shown}"
        if self.count is not None and self.count < shown:
            return f"it counts {self.count}, and shows {shown}"
        if self.limit is not None and 0 < self.limit < shown:
            return f"its limit is {self.limit}, and it shows {shown}"
        if self.count is not None and self.limit is not None and self.page is not None:
            due = min(self.limit, self.count - (self.page - 1) * self.limit)
            if shown < due:
                return f"of {self.count} records, {due} are due on page {self.page}, and it shows {shown}"
        if self.more and not shown:
            return "it shows none, and announces more"
        return None

"""The API's bodies and replies, as the vendor's page shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from digo.fields.agents import CONFIGURATION_FIELDS, OTHER_FIELDS, USER_FIELDS, WANTED_FIELDS
from digo.text.counts import counted

BLOCKED = 1
DISABLED = 2

# The page shows 15 digits. What is longer than any id would fill screens and files.
LONGEST_ID = 200

_OTHERS_IN_LIST = tuple(field.name for field in OTHER_FIELDS if field.name not in USER_FIELDS)


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
        raise ValueError("it is not an id")
    return eid


class AgentRecord(BaseModel):
    """One agent as the account's list shows it. Only `eid` is required.

    `other_fields` has the item's fields in OTHER_FIELDS, `configuration` those of kind CONFIGURATION. Volatile and
    unknown fields are dropped.

    `user_id` is the id of the user that carries the agent; None if agents were listed and not users. `custom_status`
    is 0 (takes calls), 1 (blocked) or 2 (disabled; only users have it). `unseen` names the wanted fields that this list
    does not show: nothing follows from their absence.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    eid: Annotated[Text, Field(min_length=1, max_length=LONGEST_ID), AfterValidator(_counts)]
    id: Text | None = None
    name: Text | None = None
    follow_me_number: Text | None = None
    intercom: Text | None = None
    custom_status: int | None = None
    other_fields: dict[str, Text] = Field(default_factory=dict)
    configuration: dict[str, Any] = Field(default_factory=dict)
    user_id: Text | None = None
    unseen: frozenset[str] = frozenset()

    @classmethod
    def from_dict(cls, item: dict[str, Any]) -> AgentRecord:
        """The record of an item of `GET /v1/agents`.

        Raises:
            pydantic.ValidationError: the item has no usable `eid`, or a field has a wrong type.
        """
        configuration = {name: item[name] for name in CONFIGURATION_FIELDS if item.get(name) is not None}
        others = {name: item[name] for name in _OTHERS_IN_LIST if item.get(name) is not None}
        return cls.model_validate({**item, "other_fields": others, "configuration": configuration})

    def value(self, field: str) -> str | None:
        """The value of a wanted field, as the account writes it."""
        if field == "name":
            return self.name
        if field == "follow_me_number":
            return self.follow_me_number
        return self.intercom if field == "intercom" else self.other_fields.get(field)

    def with_values(self, values: Mapping[str, str]) -> AgentRecord:
        """The record with these values of wanted fields. Fields that the list does not show stay unseen."""
        named = {name: values[name] for name in ("name", "follow_me_number", "intercom") if name in values}
        others = {name: value for name, value in values.items() if name not in named}
        return self.model_copy(update={**named, "other_fields": {**self.other_fields, **others}})

    def with_unseen(self, values: Mapping[str, str]) -> AgentRecord:
        """The record with those of these values that the list does not show."""
        return self.with_values({name: value for name, value in values.items() if name in self.unseen})

    @property
    def blocked(self) -> bool:
        """Whether the agent takes no calls: `custom_status` is 1 (the vendor's page)."""
        return self.custom_status == BLOCKED


@dataclass(frozen=True)
class NewAgent:
    """The body of the call that creates an agent, `POST /v1/agent` or `POST /v1/user`.

    `follow_me_number` is E.164 with `+`; `intercom` four digits or None. `other_fields` has values of OTHER_FIELDS.
    """

    name: str
    follow_me_number: str
    intercom: str | None = None
    other_fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> dict[str, str]:
        """The values of all wanted fields that are set, in the table's order."""
        named = {"name": self.name, "follow_me_number": self.follow_me_number, "intercom": self.intercom}
        values = {**named, **self.other_fields}
        return {one.name: value for one in WANTED_FIELDS if (value := values.get(one.name)) is not None}


@dataclass(frozen=True)
class NewBroadcastList:
    """A broadcast list to create. `fields` are its columns, `field_0`, `field_1` …, in the order of their numbers."""

    name: str
    description: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class BroadcastListRecord:
    """A broadcast list as `GET /v1/broadcast/lists` shows it. `id` is what the paths of its leads have.

    The reply shows no columns. Names are probably not unique.
    """

    id: str
    name: str
    description: str | None = None


@dataclass(frozen=True)
class NewLead:
    """The body of `POST /v1/broadcast/lead/{LIST_ID}`. `phone` is E.164; `fields` maps `field_1`… to text."""

    list_id: str
    phone: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Receipt:
    """A write that the API confirmed.

    `agent_id` is the reply's field; the page does not say that it is the EID. `ids` has all ids of the reply by their
    names, also that one.
    """

    message: str
    agent_id: str | None = None
    ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CallReceipt:
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
            return f"its size is {self.size:,}, and it shows {shown:,}"
        if self.count is not None and self.count < shown:
            return f"it counts {self.count:,}, and shows {shown:,}"
        if self.limit is not None and 0 < self.limit < shown:
            return f"its limit is {self.limit:,}, and it shows {shown:,}"
        if self.count is not None and self.limit is not None and self.page is not None:
            due = min(self.limit, self.count - (self.page - 1) * self.limit)
            if shown < due:
                of = f"of {counted(self.count, 'record')}, {counted(due, 'is', 'are')} due on page {self.page:,}"
                return f"{of}, and it shows {shown:,}"
        if self.more and not shown:
            return "it shows none, and announces more"
        return None

"""The provisioning calls as data: method, path, body, and how to read the reply.

`digo.api.voice` has the other calls. Only these two modules know the API's paths; the clients just send. Source: the
vendor's page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from digo.api.models import AgentRecord, NewAgent, NewLead, Receipt
from digo.api.reply_body import BodySink
from digo.api.responses import Reply, read_agents, read_lead_receipt, read_receipt
from digo.fields.agents import AGENT_FIELDS
from digo.fields.types import NUMBER, FieldType
from digo.text.redact import Redactor

T_co = TypeVar("T_co", covariant=True)

LEAD_CALL = "POST /v1/broadcast/lead"
"""The name of `put_lead` in journals, for every list."""


class RetryPolicy(Enum):
    """What sending a call twice does. This decides whether a call with a lost reply may be sent again."""

    HARMLESS = "a read"
    IDEMPOTENT = "a write that says the same thing twice"
    NEVER = "a write that would do the thing twice"
    LOGIN = "a login: it changes nothing, but each refused one counts, so a lost one is not sent again"
    ONCE = "an act on a person's call: sent once, whatever comes of it"

    @property
    def changes_nothing(self) -> bool:
        """Whether the call leaves the account as it is."""
        return self in (RetryPolicy.HARMLESS, RetryPolicy.LOGIN)


@dataclass(frozen=True)
class Call(Generic[T_co]):
    """One request of the API.

    Attributes:
        method: the HTTP method.
        path: the path relative to the endpoint, without a query.
        retry_policy: what sending it twice does.
        read: turns the reply into a value or raises `ApiError`; it never blocks.
        body: the JSON body, or None.
        query: the query parameters, in order.
        stream: makes what takes the body of a good reply piece by piece, for a body of any length. None: the body is
            collected, up to the limit of replies.
        form: a form in place of the JSON body, or None.
        name: how journals and messages name the call; "" for method and path. It has no id in it.
        unknown_step: the next step if the reply is lost; "" for that of the retry policy.
    """

    method: str
    path: str
    retry_policy: RetryPolicy
    read: Callable[[Reply, Redactor], T_co]
    body: dict[str, Any] | None = field(default=None, repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    stream: Callable[[], BodySink] | None = field(default=None, repr=False)
    form: dict[str, str] | None = field(default=None, repr=False)
    name: str = ""
    unknown_step: str = ""

    @property
    def journal_name(self) -> str:
        """How journals name the call."""
        return self.name or f"{self.method} /{self.path}"


class NumberForm(str, Enum):
    """How numbers are written to the API.

    The page shows numbers with `+` and without, and types them as Integer in one place and String in another. It does
    not document which form an account takes.
    """

    PLUS = "plus"
    DIGITS = "digits"
    INTEGER = "integer"

    def write(self, e164: str) -> str | int:
        """The number in the form that the body has. `e164` is `+` and digits."""
        if self is NumberForm.PLUS:
            return e164
        return e164[1:] if self is NumberForm.DIGITS else int(e164[1:])


@dataclass(frozen=True)
class WriteOptions:
    """What the body of a write needs besides the entry.

    Attributes:
        number_form: how numbers are written.
        listed_by: the call that lists the account's agents; it decides which call creates one. "" for the only one.
        caller_ids: the ids of the account's own numbers, by digits; see `digo.api.my_numbers`.
        password: the password of a new user. It is sent, and nothing keeps it.
    """

    number_form: NumberForm = NumberForm.PLUS
    listed_by: str = ""
    caller_ids: Mapping[str, str] = field(default_factory=dict, repr=False)
    password: str = field(default="", repr=False)


def list_agents() -> Call[tuple[AgentRecord, ...]]:
    """`GET /v1/agents`: lists all agents with one request. The page documents no paging."""
    return Call("GET", "v1/agents", RetryPolicy.HARMLESS, read_agents)


def add_agent(agent: NewAgent, form: NumberForm = NumberForm.PLUS) -> Call[Receipt]:
    """`POST /v1/agent`: creates an agent.

    It is not idempotent. The page does not document what a duplicate number or intercom does.
    """
    body = {name: _in_body(AGENT_FIELDS[name].type, value, form) for name, value in agent.fields.items()}
    return Call("POST", "v1/agent", RetryPolicy.NEVER, read_receipt, body)


def _in_body(kind: FieldType, value: str, form: NumberForm) -> object:
    return form.write(value) if kind is NUMBER else kind.body(value)


def put_lead(lead: NewLead, form: NumberForm = NumberForm.PLUS) -> Call[Receipt]:
    """`POST /v1/broadcast/lead/{LIST_ID}`: writes a lead, an upsert by phone within the list.

    The body always has `duplicate_option: overwrite`: `clone` would add a second lead, and the page does not document
    the default.
    """
    phone = form.write(lead.phone)
    body = {"field_0": str(phone), **lead.fields, "duplicate_option": "overwrite"}
    return Call(
        "POST", f"v1/broadcast/lead/{quote(lead.list_id, safe='')}", RetryPolicy.IDEMPOTENT, read_lead_receipt, body
    )

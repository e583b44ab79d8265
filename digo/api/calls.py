"""Every call of provisioning as data: method, path, body, and how its reply is read. `digo.api.voice` has the others.

One file knows the API's paths; the clients only send. Source: the vendor's page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from digo.api.models import AgentRecord, NewAgent, NewLead, Receipt
from digo.api.reading import Reply, read_agents, read_lead_receipt, read_receipt
from digo.redact import Redactor

T_co = TypeVar("T_co", covariant=True)

LEAD_CALL = "POST /v1/broadcast/lead"
"""How journals name `put_lead`, whatever the list."""


class Repeat(Enum):
    """What sending a call twice does, and so whether a lost reply may be answered by sending again."""

    HARMLESS = "a read"
    IDEMPOTENT = "a write that says the same thing twice"
    NEVER = "a write that would do the thing twice"
    ONCE = "an act on a person's call: sent once, whatever comes of it"


@dataclass(frozen=True)
class Call(Generic[T_co]):
    """One request. `path` begins at the endpoint and has no query; `query` are its parameters, in order; `body` is
    JSON or None; `read` never blocks."""

    method: str
    path: str
    repeat: Repeat
    read: Callable[[Reply, Redactor], T_co]
    body: dict[str, Any] | None = field(default=None, repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)


class NumberForm(str, Enum):
    """How numbers are written to the API. The page shows them with `+` and without, and types them as Integer
    in one place and String in another; which of them an account takes is not documented."""

    PLUS = "plus"
    DIGITS = "digits"
    INTEGER = "integer"

    def write(self, e164: str) -> str | int:
        """The number as the body carries it. `e164` is `+` and digits."""
        if self is NumberForm.PLUS:
            return e164
        return e164[1:] if self is NumberForm.DIGITS else int(e164[1:])


def list_agents() -> Call[tuple[AgentRecord, ...]]:
    """`GET /v1/agents`: all agents; the page documents no paging. Costs one request."""
    return Call("GET", "v1/agents", Repeat.HARMLESS, read_agents)


def add_agent(agent: NewAgent, form: NumberForm = NumberForm.PLUS) -> Call[Receipt]:
    """`POST /v1/agent`: not idempotent; what a duplicate number or intercom does is not documented."""
    body: dict[str, Any] = {"name": agent.name, "follow_me_number": form.write(agent.follow_me_number)}
    if agent.intercom is not None:
        # The page's example writes the intercom as a number; a leading zero survives only as text.
        body["intercom"] = agent.intercom if agent.intercom.startswith("0") else int(agent.intercom)
    return Call("POST", "v1/agent", Repeat.NEVER, read_receipt, body)


def put_lead(lead: NewLead, form: NumberForm = NumberForm.PLUS) -> Call[Receipt]:
    """`POST /v1/broadcast/lead/{LIST_ID}` with `duplicate_option: overwrite`: an upsert by phone in the list.

    The default for a left-out `duplicate_option` is not documented, and `clone` adds a second lead: so it is
    always sent, and always `overwrite`.
    """
    phone = form.write(lead.phone)
    body = {"field_0": str(phone), **lead.fields, "duplicate_option": "overwrite"}
    return Call("POST", f"v1/broadcast/lead/{quote(lead.list_id, safe='')}", Repeat.IDEMPOTENT, read_lead_receipt, body)

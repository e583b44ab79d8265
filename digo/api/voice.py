"""The calls that act on people's phones, and the call records, as data like `digo.api.calls`.

Each act is sent only once (`RetryPolicy.ONCE`), even if it fails. Source: the vendor's page.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from digo.api.calls import Call, NumberForm, RetryPolicy
from digo.api.models import CallReceipt, RecordPage
from digo.api.responses import Reply, read_call_receipt, read_records
from digo.text.redact import Redactor

TRANSFER = 4
STAMP = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True)
class ClickToCall:
    """The body of `POST /v1/click_to_call`.

    Attributes:
        agent_number: an agent's EID, intercom, extension username or number.
        destination_number: the customer's number, E.164 with `+`.
        caller_id: the number that the customer sees, E.164 with `+`.
        asynchronous: False waits until the agent picks up. None uses the API's default, which the page does not say.
        call_timeout: in seconds.
        get_call_id: asks for the call's id, which comes only if the agent has answered.
        custom_identifier: comes back in webhooks.
    """

    agent_number: str
    destination_number: str
    caller_id: str | None = None
    asynchronous: bool | None = None
    call_timeout: int | None = None
    get_call_id: bool = False
    custom_identifier: str | None = None


def click_to_call(wanted: ClickToCall, form: NumberForm = NumberForm.PLUS) -> Call[CallReceipt]:
    """`POST /v1/click_to_call`: rings the agent, then the customer."""
    body: dict[str, Any] = {
        "agent_number": wanted.agent_number,
        "destination_number": str(form.write(wanted.destination_number)),
    }
    if wanted.caller_id is not None:
        body["caller_id"] = form.write(wanted.caller_id)
    if wanted.asynchronous is not None:
        body["async"] = int(wanted.asynchronous)
    if wanted.call_timeout is not None:
        body["call_timeout"] = wanted.call_timeout
    if wanted.get_call_id:
        body["get_call_id"] = 1
    if wanted.custom_identifier is not None:
        body["custom_identifier"] = wanted.custom_identifier
    return Call("POST", "v1/click_to_call", RetryPolicy.ONCE, read_call_receipt, body)


def call_customer(customer_number: str, api_key: str, form: NumberForm = NumberForm.PLUS) -> Call[CallReceipt]:
    """`POST /v1/c2c_api`: calls a customer (E.164).

    The API key selects the announcement or the agent. An announcement is two calls in order: `put_lead`, then this
    one. Errors hide the key.
    """

    def read(reply: Reply, redact: Redactor) -> CallReceipt:
        return read_call_receipt(reply, redact.also([api_key]))

    body = {"customer_number": str(form.write(customer_number)), "api_key": api_key}
    return Call("POST", "v1/c2c_api", RetryPolicy.ONCE, read, body)


def hang_up(call_id: str) -> Call[CallReceipt]:
    """`POST /v1/call/hangup`: ends a live call."""
    return Call("POST", "v1/call/hangup", RetryPolicy.ONCE, read_call_receipt, {"call_id": call_id})


def transfer(call_id: str, eid: str, intercom: str) -> Call[CallReceipt]:
    """`POST /v1/call/options` of type 4: transfers a live call to an agent. The page requires the intercom."""
    body = {"type": TRANSFER, "call_id": call_id, "agent_id": eid, "intercom": intercom}
    return Call("POST", "v1/call/options", RetryPolicy.ONCE, read_call_receipt, body)


class CallType(str, Enum):
    """`call_type` of a record filter."""

    ANSWERED = "c"
    MISSED = "m"


class Direction(str, Enum):
    """`direction` of a record filter, in the page's spelling."""

    INBOUND = "Inbound"
    OUTBOUND = "Outbound"


OPERATORS = (">", "<", ">=", "<=", "!=")


@dataclass(frozen=True)
class RecordQuery:
    """Filters of `GET /v1/call/records`. A record must match all of them.

    `from_date` and `to_date` are moments with a zone. The API's dates have no zone; they are sent in `zone`, which is
    the account's. `duration` (seconds) needs one of `OPERATORS`. `limit` is the page size; the page does not document
    whether the API caps it.

    Raises:
        ValueError: an operator without a duration or the other way round, a moment without a zone, an empty time range,
            or a comma in a service.
    """

    zone: ZoneInfo
    from_date: datetime | None = None
    to_date: datetime | None = None
    call_id: str | None = None
    agents: str | None = None
    department: tuple[str, ...] = ()
    ivr: tuple[str, ...] = ()
    call_type: CallType | None = None
    callerid: str | None = None
    destination: str | None = None
    direction: Direction | None = None
    duration: int | None = None
    operator: str | None = None
    services: tuple[str, ...] = ()
    limit: int = 100

    def __post_init__(self) -> None:
        if (self.duration is None) != (self.operator is None):
            raise ValueError("duration and operator come together")
        if self.operator is not None and self.operator not in OPERATORS:
            raise ValueError(f"operator is one of {' '.join(OPERATORS)}")
        for moment in (self.from_date, self.to_date):
            if moment is not None and moment.tzinfo is None:
                raise ValueError("a moment needs its zone")
        if self.from_date is not None and self.to_date is not None and self.from_date > self.to_date:
            raise ValueError("from_date is after to_date")
        if any("," in service for service in self.services):
            raise ValueError("the API separates services by commas: one cannot have a comma in it")

    def parameters(self) -> tuple[tuple[str, str], ...]:
        """The query parameters, without the page number."""
        single = {
            "from_date": self._stamp(self.from_date),
            "to_date": self._stamp(self.to_date),
            "limit": str(self.limit),
            "call_id": self.call_id,
            "agents": self.agents,
            "call_type": self.call_type.value if self.call_type else None,
            "callerid": self.callerid,
            "destination": self.destination,
            "direction": self.direction.value if self.direction else None,
            "duration": None if self.duration is None else str(self.duration),
            "operator": self.operator,
            "services": ",".join(self.services) or None,
        }
        given = [(name, value) for name, value in single.items() if value is not None]
        # The page types these two as Array and does not say how to write one. `name[]` is how the frameworks read it
        # whose error texts the sibling API shows.
        arrays = [(f"{name}[]", value) for name in ("department", "ivr") for value in getattr(self, name)]
        return (*given, *arrays)

    def _stamp(self, moment: datetime | None) -> str | None:
        return None if moment is None else moment.astimezone(self.zone).strftime(STAMP)

    def until(self, moment: datetime) -> RecordQuery:
        """The query with an end: `moment` if it had none. Then later calls do not shift its pages."""
        return self if self.to_date is not None else replace(self, to_date=moment)


def call_records(query: RecordQuery, page: int = 1) -> Call[RecordPage]:
    """`GET /v1/call/records`: reads one page. `digo.api.paging` reads all of them."""
    return Call(
        "GET",
        "v1/call/records",
        RetryPolicy.HARMLESS,
        read_records,
        query=(("page", str(page)), *query.parameters()),
    )

"""The part of `/_sandbox` about calls: list them, make records of past calls, simulate an inbound call."""

from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.admin_body import Reached, object_of
from sandbox.call_operations import CLICK_TO_CALL
from sandbox.calls import INBOUND, OUTBOUND, NewCall, now_ms
from sandbox.masking import ANONYMOUS
from sandbox.numbers import digits_of

_SERVICES = (CLICK_TO_CALL, "Broadcast", "Inbound")
_DEPARTMENTS = ("sales", "support", None)


class PastCalls(BaseModel):
    """Calls of the past to make up.

    There are `count` of them, `apart_seconds` between two, and the last one ended `seconds_ago`. Agents take turns.
    Every `missed_every`th call is missed. Each lasts from 5 to 124 seconds. The same values make the same calls,
    except for their ids.
    """

    model_config = ConfigDict(extra="forbid")

    count: int = Field(default=1, ge=1, le=2_000_000)
    seconds_ago: int = Field(default=60, ge=0)
    apart_seconds: int = Field(default=60, ge=0)
    missed_every: int = Field(default=4, ge=0)
    direction: Literal["Inbound", "Outbound", "both"] = "both"
    details: dict[str, Any] = Field(default_factory=dict)


class InboundCall(BaseModel):
    """An inbound call: who calls, and which masking number was dialled."""

    model_config = ConfigDict(extra="forbid")

    caller: str
    dialled: str


class CallsAdmin:
    """The endpoints about calls."""

    def __init__(self, reached: Reached) -> None:
        self._service = reached.service

    async def calls(self, _request: Request) -> Response:
        """All calls with the state that they are in now."""
        now = now_ms()
        return JSONResponse([call.as_dict(now) for call in self._service.account.calls.all()])

    async def add_records(self, request: Request) -> Response:
        """Make up calls of the past."""
        wanted = PastCalls.model_validate(await object_of(request))
        account = self._service.account
        eids: list[str | None] = [*sorted(account.agents.names())] or [None]
        first = now_ms() - (wanted.seconds_ago + (wanted.count - 1) * wanted.apart_seconds + 125) * 1000
        account.calls.add((_past(wanted, n, eids) for n in range(wanted.count)), first, wanted.apart_seconds * 1000)
        zone = ZoneInfo(account.settings.zone)
        moments = (first, first + (wanted.count - 1) * wanted.apart_seconds * 1000)
        shown = [datetime.fromtimestamp(at // 1000, zone).isoformat() for at in moments]
        return JSONResponse({"count": wanted.count, "first": shown[0], "last": shown[1]}, 201)

    async def inbound(self, request: Request) -> Response:
        """Simulate an inbound call on a masking number, and return its outcome."""
        wanted = InboundCall.model_validate(await object_of(request))
        caller = ANONYMOUS if wanted.caller == ANONYMOUS else digits_of(wanted.caller)
        dialled = digits_of(wanted.dialled)
        if caller is None or dialled is None:
            problem = f"caller and dialled must be numbers of 10 to 15 digits; the caller may be {ANONYMOUS}"
            return JSONResponse({"error": problem}, 422)
        return JSONResponse(await self._service.masking.inbound(self._service.account, caller, dialled))


def _past(wanted: PastCalls, number: int, eids: list[str | None]) -> NewCall:
    outbound = number % 3 == 0 if wanted.direction == "both" else wanted.direction == OUTBOUND
    missed = wanted.missed_every > 0 and (number + 1) % wanted.missed_every == 0
    seconds = 5 + number * 7 % 120
    return NewCall(
        direction=OUTBOUND if outbound else INBOUND,
        service=_SERVICES[0] if outbound else _SERVICES[1 + number % 2],
        client=f"1{202 + number // 100 % 600}55501{number % 100:02d}",
        did="12025550199",
        agent=eids[number % len(eids)],
        ring_after=1000,
        answer_after=None if missed else 4000,
        end_after=seconds * 1000,
        cause="No answer" if missed else "Normal Clearing",
        details={"department": _DEPARTMENTS[number % 3], **wanted.details},
    )

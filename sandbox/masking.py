"""The service's side of number masking: an inbound call on a masking number asks the user's API which number to ring.

The request is the one on the vendor's page. The page does not say what happens without a usable answer. The sandbox
then calls the failover if one is set, and ends the call otherwise.
"""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from sandbox.calls import INBOUND, Call, NewCall
from sandbox.numbers import digits_of, written
from sandbox.operations import Account
from sandbox.records import STAMP
from sandbox.settings import Settings

NUMBER_MASKING = "Number Masking"
ANONYMOUS = "anonymous"  # a withheld number, here and in the request

_NEVER_ANSWERED = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class RoutingAnswer:
    """What the user's API answered: the digits to ring, or why its answer cannot be used. `reply` is its body."""

    digits: str | None
    problem: str | None
    status: int | None
    reply: str
    ms: float


class MaskingSide:
    """Asks the user's API. Its connections stay open between calls."""

    def __init__(self) -> None:
        self._http: httpx.AsyncClient | None = None

    async def inbound(self, account: Account, caller: str, dialled: str) -> dict[str, Any]:
        """What comes of an inbound call of `caller` on the masking number `dialled` (digits).

        The caller may be ANONYMOUS. How the service reports a withheld number is not documented.
        """
        settings = account.settings
        waiting = NewCall(INBOUND, NUMBER_MASKING, caller, dialled, None, 0, None, _NEVER_ANSWERED, "In progress")
        call = account.calls.place(waiting)
        answer = await self._ask(settings, call)
        failover = digits_of(settings.masking_failover) if answer.digits is None else None
        destination = answer.digits or failover
        outcome = "transferred" if answer.digits else "failover" if failover else "dropped"
        self._act(account, call, destination)
        return {
            "call_id": call.call_id,
            "outcome": outcome,
            "destination": written(destination, "plus"),
            "problem": answer.problem,
            "status": answer.status,
            "reply": answer.reply,
            "ms": round(answer.ms, 3),
        }

    def _act(self, account: Account, call: Call, destination: str | None) -> None:
        if destination is None:
            account.calls.hang_up(call, "No destination")
            return
        settings = account.settings
        picked_up = settings.call_queue_ms + settings.call_ring_ms
        account.calls.ring(
            call, written(destination, "plus"), settings.call_queue_ms, picked_up, picked_up + settings.call_talk_ms
        )

    async def _ask(self, settings: Settings, call: Call) -> RoutingAnswer:
        begun = time.perf_counter()

        def answer(digits: str | None, problem: str | None, response: httpx.Response | None = None) -> RoutingAnswer:
            spent = (time.perf_counter() - begun) * 1000
            status = None if response is None else response.status_code
            return RoutingAnswer(digits, problem, status, "" if response is None else response.text, spent)

        if settings.masking_url is None:
            return answer(None, "no masking_url is set")
        if self._http is None:
            self._http = httpx.AsyncClient(trust_env=False)
        try:
            response = await self._http.post(
                settings.masking_url,
                json=_asked(settings, call),
                headers=dict([settings.masking_header.split(": ", 1)]) if settings.masking_header else {},
                timeout=settings.masking_timeout_ms / 1000,
            )
        except httpx.HTTPError as problem:
            return answer(None, f"no reply: {type(problem).__name__}")
        if response.status_code != 200:
            return answer(None, f"status {response.status_code}", response)
        digits = _destination(response)
        return answer(digits, None if digits else "the reply names no number to transfer to", response)


def _asked(settings: Settings, call: Call) -> dict[str, str]:
    """The page's request body."""
    start = datetime.fromtimestamp(call.placed / 1000, ZoneInfo(settings.zone))
    return {
        "uuid": call.uuid,
        "call_id": call.call_id,
        "call_to_number": written(call.did, settings.number_form) or "",
        "caller_id_number": written(call.client, settings.number_form) or "",
        "start_stamp": start.strftime(STAMP),
    }


def _destination(response: httpx.Response) -> str | None:
    """The digits in the page's reply, `[{"transfer": {"type": "number", "data": ["<B number>"]}}]`."""
    try:
        transfer = response.json()[0]["transfer"]
        return digits_of(transfer["data"][0]) if transfer["type"] == "number" else None
    except (ValueError, LookupError, TypeError):
        return None

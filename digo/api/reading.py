"""How much of a reply to believe. Pure: status, body in; a typed value or a typed error out.

A write succeeded only if the status is 2xx *and* the body is an object whose `success` is true (a bool, or the
text "true"). A list was read only if the body is an array of agents. Anything else is *unknown*, never *empty*
(api.md, Errors; the sibling product's documented shapes).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from digo.api.errors import (
    ApiError,
    OutcomeUnknown,
    RateLimited,
    ReadUnknown,
    Refused,
    TokenRefused,
)
from digo.api.models import Act, AgentRecord, CallRecord, Receipt, RecordPage
from digo.redact import Redactor

MAX_QUOTED = 200

UNKNOWN_WRITE = "run again: the account is listed first, and what was applied is taken over"
UNKNOWN_LEAD = "run again: it is sent once more, with overwrite, which is harmless"
UNKNOWN_ACT = (
    "look whether it was done (`digo records`, or the phone itself) before you say it again; it was sent once, and is "
    "not sent again by itself"
)

# A gateway speaks for a service that it cannot reach or wait for: the service may still be at work.
_GATEWAY_STATUSES = frozenset({502, 503, 504})


@dataclass(frozen=True)
class Reply:
    """A whole reply. `retry_after` is the header's value in seconds, where there is one that can be read."""

    method: str
    path: str
    status: int
    content_type: str
    body: bytes
    retry_after: float | None = None

    @property
    def where(self) -> dict[str, Any]:
        """The call, as `ApiError` takes it."""
        return {"method": self.method, "path": self.path, "status": self.status}


def read_agents(reply: Reply, redact: Redactor) -> tuple[AgentRecord, ...]:
    """The account's agents, in the API's order.

    Raises:
        TokenRefused, RateLimited: as they say.
        ReadUnknown: anything but a 2xx array of agents, each with an `eid` of its own.
    """
    _raise_for_token_and_rate(reply, redact)
    if not 200 <= reply.status < 300:
        raise _unreadable(reply, f"the API answered {reply.status}{_told(reply, redact)}")
    content = _decode(reply)
    if not isinstance(content, list):
        raise _unreadable(
            reply,
            f"the API answered {_shape(reply, content)} where a list of agents is due{_told(reply, redact)}",
        )
    agents = tuple(_read_agent(reply, number, item) for number, item in enumerate(content, start=1))
    if len({agent.eid for agent in agents}) < len(agents):
        raise _unreadable(reply, "the list has one EID twice")
    return agents


def read_receipt(reply: Reply, redact: Redactor, unknown_step: str = UNKNOWN_WRITE) -> Receipt:
    """The confirmation of a write; `unknown_step` is what to do where the reply is none.

    Raises:
        TokenRefused, RateLimited, Refused: the API says that nothing was done.
        OutcomeUnknown: the reply neither confirms nor refuses (an HTML page, a 5xx, `success` missing on 2xx).
    """
    content = _confirmed(
        reply, redact, "correct the entry as the API's reason says; nothing was written by this call", unknown_step
    )
    return Receipt(message=redact(str(content.get("message", ""))), agent_id=_optional(content.get("agent_id")))


def read_lead_receipt(reply: Reply, redact: Redactor) -> Receipt:
    """The confirmation of a lead; raises as `read_receipt`."""
    return read_receipt(reply, redact, UNKNOWN_LEAD)


def read_act(reply: Reply, redact: Redactor) -> Act:
    """The confirmation of an act on a call; raises as `read_receipt`."""
    content = _confirmed(reply, redact, "nothing was done; correct what the API's reason says", UNKNOWN_ACT)
    return Act(message=redact(str(content.get("message", ""))), call_id=_optional(content.get("call_id")))


def read_records(reply: Reply, redact: Redactor) -> RecordPage:
    """One page of call records.

    The envelope's numbers come as numbers or as text, and may be absent; an array without one is a page as well. A
    number with a point stays the text that came: as a float, the call id `1627373566.350600` loses its end.

    Raises:
        TokenRefused, RateLimited: as they say.
        Refused: 400 or 422; a filter was wrong.
        ReadUnknown: anything else but a 2xx object with an array of objects in `results`.
    """
    _raise_for_token_and_rate(reply, redact)
    content = _decode(reply, parse_float=str)
    if reply.status in (400, 422) and isinstance(content, dict):
        reasons = _reasons(content, redact)
        raise Refused(
            f"the API refused the filters: {_join(reasons) or reply.status}",
            reasons=reasons,
            next_step="correct the filter that it names",
            **reply.where,
        )
    if not 200 <= reply.status < 300:
        raise _unreadable(reply, f"the API answered {reply.status}{_told(reply, redact)}")
    envelope = content if isinstance(content, dict) else {"results": content}
    results = envelope.get("results")
    if not isinstance(results, list) or not all(isinstance(item, dict) for item in results):
        raise _unreadable(
            reply, f"the API answered {_shape(reply, content)} where call records are due{_told(reply, redact)}"
        )
    try:
        return RecordPage.model_validate({**envelope, "results": [CallRecord(item) for item in results]})
    except ValidationError as problem:
        fields = sorted({str(error["loc"][0]) for error in problem.errors() if error["loc"]})
        raise _unreadable(reply, f"the call records are of no known shape ({', '.join(fields)})") from None


def _optional(value: object) -> str | None:
    return None if value is None else str(value)


def _confirmed(reply: Reply, redact: Redactor, refused_step: str, unknown_step: str) -> dict[str, Any]:
    """The body of a reply that says `success`; the error that it is otherwise."""
    _raise_for_token_and_rate(reply, redact)
    content = _decode(reply)
    if isinstance(content, dict):
        success = _truth(content.get("success"))
        if 200 <= reply.status < 300 and success is True:
            return content
        if 400 <= reply.status < 500 or (reply.status < 300 and success is False):
            reasons = _reasons(content, redact)
            raise Refused(
                f"the API refused {reply.method} {reply.path}: {_join(reasons) or reply.status}",
                reasons=reasons,
                next_step=refused_step,
                **reply.where,
            )
    raise OutcomeUnknown(
        f"the API's reply to {reply.method} {reply.path} ({reply.status}, {_shape(reply, content)}) "
        "neither confirms nor refuses it",
        answered=isinstance(content, dict) and reply.status not in _GATEWAY_STATUSES,
        next_step=unknown_step,
        **reply.where,
    )


_NO_JSON = object()


def _decode(reply: Reply, parse_float: Callable[[str], Any] | None = None) -> object:
    try:
        return json.loads(reply.body, parse_float=parse_float)
    except (ValueError, RecursionError):
        return _NO_JSON


def _read_agent(reply: Reply, number: int, item: object) -> AgentRecord:
    if not isinstance(item, dict):
        raise _unreadable(reply, f"item {number} of the list is no agent")
    try:
        return AgentRecord.read(item)
    except ValidationError as problem:
        fields = sorted({str(error["loc"][0]) for error in problem.errors() if error["loc"]})
        raise _unreadable(reply, f"item {number} of the list is no agent ({', '.join(fields)})") from None


def _raise_for_token_and_rate(reply: Reply, redact: Redactor) -> None:
    if reply.status in (401, 403):
        raise TokenRefused(
            f"the API refused the token ({reply.status}){_told(reply, redact)}",
            next_step="check DIGO_AUTHORIZATION (or the file or stack secret it comes from), whether the token "
            "has expired, and whether digo:scheme should be `bearer`; nothing was read or written",
            **reply.where,
        )
    if reply.status == 429:
        raise RateLimited(
            f"the account's calls per second are used up (429 on {reply.method} {reply.path})",
            retry_after=reply.retry_after,
            next_step="lower digo:cps to the account's own limit, or wait for other users of the account",
            **reply.where,
        )


def _unreadable(reply: Reply, what: str) -> ApiError:
    return ReadUnknown(
        f"the account could not be read: {what}",
        next_step="check digo:endpoint and the service, then run again; nothing was changed, and nothing is "
        "taken to be absent",
        **reply.where,
    )


def _shape(reply: Reply, content: object) -> str:
    if content is _NO_JSON:
        return "an HTML page" if _is_html(reply) else "no JSON"
    if isinstance(content, dict):
        return "an object"
    return "an array" if isinstance(content, list) else "a bare value"


def _is_html(reply: Reply) -> bool:
    return "html" in reply.content_type.lower() or reply.body.lstrip()[:1] == b"<"


def _told(reply: Reply, redact: Redactor) -> str:
    """The API's own words, for the end of a sentence; HTML is nobody's words."""
    content = _decode(reply)
    words = _join(_reasons(content, redact)) if isinstance(content, dict) else ""
    return f": {words}" if words else ""


def _reasons(content: dict[str, Any], redact: Redactor) -> tuple[tuple[str, str], ...]:
    """`message`, or the texts by field: `{"intercom": ["…"]}` and `{"intercom": "…"}` both occur."""
    message = content.get("message")
    if isinstance(message, str) and message:
        return (("", redact(message)[:MAX_QUOTED]),)
    found = []
    for name, texts in content.items():
        for text in texts if isinstance(texts, list) else [texts]:
            if isinstance(text, str) and text and name not in ("success", "message"):
                found.append((redact(str(name)), redact(text)[:MAX_QUOTED]))
    return tuple(found)


def _join(reasons: tuple[tuple[str, str], ...]) -> str:
    return "; ".join(f"{name}: {text}" if name else text for name, text in reasons)


def _truth(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return None

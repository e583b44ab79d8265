"""Turns a reply into a typed value, or raises a typed error. It does no I/O.

A write succeeded only if the status is 2xx *and* the body is an object whose `success` is true (a bool, or the
text "true"). A list was read only if the body is an array of agents. Anything else is *unknown*, never *empty*
(api.md, Errors; the sibling product's documented shapes).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from digo.api.completeness import announced_total, describe_envelope, has_more, has_next_link, shortfall
from digo.api.decoding import NO_JSON, body_text, decode_body, is_broken
from digo.api.errors import (
    ApiError,
    OutcomeUnknown,
    RateLimited,
    ReadUnknown,
    Refused,
    TokenRefused,
)
from digo.api.models import AgentRecord, CallReceipt, CallRecord, Receipt, RecordPage
from digo.api.reasons import Reason, join_reasons, quoted, reasons_in_text, reasons_of
from digo.api.redirects import describe_redirect, redirect_next_step
from digo.api.reply_body import BodySink
from digo.text.redact import Redactor

UNKNOWN_WRITE = "run again: the account is listed first, and what was applied is adopted"
UNKNOWN_LEAD = "run again: it is sent once more, with overwrite, which is harmless"
UNKNOWN_ACT = (
    "look whether it was done (`digo records`, or the phone itself) before you say it again; it was sent once, and is "
    "not sent again by itself"
)

NO_OTHER_NAMES: Mapping[str, str] = MappingProxyType({})
CAPITALS: Mapping[str, str] = MappingProxyType({"Success": "success", "Message": "message", "Error": "error"})
"""How the sibling product's pages about users print these names. Its clients accept both cases."""

# A gateway sends these if it cannot reach the service or wait for it. The service may still be at work.
_GATEWAY_STATUSES = frozenset({502, 503, 504})


@dataclass(frozen=True)
class Reply:
    """A complete reply.

    Attributes:
        method: the call's HTTP method.
        path: the call's path.
        status: the HTTP status.
        content_type: the `Content-Type` header, "" if there is none.
        body: the bytes.
        retry_after: how many seconds the reply asks to wait; None if it does not ask.
        headers: the headers by lower-case name; values of the same name are joined by `, `.
        address: the URL of the request, "" if it is not known.
        streamed: what has taken the body, if the call streams it; then `body` is only what that keeps.
    """

    method: str
    path: str
    status: int
    content_type: str
    body: bytes
    retry_after: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    address: str = ""
    streamed: BodySink | None = field(default=None, repr=False)

    @property
    def where(self) -> dict[str, Any]:
        """The keyword arguments of `ApiError` that name the call."""
        return {
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "retry_after": self.retry_after,
        }


def read_agents(reply: Reply, redact: Redactor) -> tuple[AgentRecord, ...]:
    """The account's agents, in the API's order.

    Raises:
        TokenRefused: 401 or 403.
        RateLimited: 429.
        ReadUnknown: the reply is anything but a complete 2xx array of agents, each with an `eid` of its own.
    """
    content = read_items(reply, redact, "agents")
    agents = tuple(_read_agent(reply, number, item) for number, item in enumerate(content, start=1))
    if len({agent.eid for agent in agents}) < len(agents):
        raise unreadable(reply, "the list has one EID twice")
    return agents


def read_items(reply: Reply, redact: Redactor, due: str) -> list[Any]:
    """The items of a list whose root is an array. `due` names them, in the plural.

    Raises:
        TokenRefused: 401 or 403.
        RateLimited: 429.
        ReadUnknown: the reply is anything but a complete 2xx array.
    """
    raise_for_token_and_rate(reply, redact)
    raise_for_status(reply, redact)
    content = decode_body(reply.body, reply.content_type)
    if not isinstance(content, list):
        raise unreadable(
            reply,
            f"the API answered {shape_of(reply, content)} where a list of {due} is due"
            f"{reasons_text(reply, content, redact)}",
        )
    if more := shortfall(reply.status, reply.headers, len(content)):
        raise unreadable(reply, f"the list is not whole: {redact(more)}")
    return content


def read_receipt(
    reply: Reply, redact: Redactor, unknown_step: str = UNKNOWN_WRITE, names: Mapping[str, str] = NO_OTHER_NAMES
) -> Receipt:
    """The confirmation of a write.

    `unknown_step` is the next step if the outcome is unknown; `names` are other names that its fields may have.

    Raises:
        TokenRefused: 401 or 403; nothing was done.
        RateLimited: 429; nothing was done.
        Refused: the API says that it did nothing.
        OutcomeUnknown: the reply neither confirms nor refuses (an HTML page, a 5xx, `success` missing on 2xx).
    """
    content = _confirmed(
        reply,
        redact,
        "correct the entry as the API's reason says; nothing was written by this call",
        unknown_step,
        names,
    )
    return Receipt(_message(content, redact), _optional(content.get("agent_id")), ids_in(content))


def read_gone_receipt(
    reply: Reply, redact: Redactor, unknown_step: str = UNKNOWN_WRITE, names: Mapping[str, str] = NO_OTHER_NAMES
) -> Receipt:
    """The confirmation of a delete. 404 confirms it too: the thing was gone already (client code).

    A page of a gateway confirms nothing, whatever its status. Otherwise it raises as `read_receipt`.
    """
    if reply.status == 404 and not _is_html(reply):
        return Receipt("it was gone already")
    return read_receipt(reply, redact, unknown_step, names)


def read_lead_receipt(reply: Reply, redact: Redactor) -> Receipt:
    """The confirmation of a lead. It raises as `read_receipt`."""
    return read_receipt(reply, redact, UNKNOWN_LEAD)


def read_call_receipt(reply: Reply, redact: Redactor) -> CallReceipt:
    """The confirmation of an act on a call. It raises as `read_receipt`."""
    content = _confirmed(reply, redact, "nothing was done; correct what the API's reason says", UNKNOWN_ACT)
    return CallReceipt(message=_message(content, redact), call_id=_optional(content.get("call_id")))


def read_records(reply: Reply, redact: Redactor) -> RecordPage:
    """One page of call records.

    The envelope's numbers may be numbers, text or absent. An array without an envelope is a page as well. A number
    with a point stays text: as a float, the call id `1627373566.350600` would lose its end.

    Raises:
        TokenRefused: 401 or 403.
        RateLimited: 429.
        Refused: 400 or 422; a filter was wrong.
        ReadUnknown: any other reply without an array of objects in `results`, or a page whose numbers contradict its
            records.
    """
    raise_for_token_and_rate(reply, redact)
    content = decode_body(reply.body, reply.content_type, exact=True)
    if reply.status in (400, 422) and isinstance(content, dict):
        reasons = reasons_of(content, redact)
        raise Refused(
            f"the API refused the filters: {join_reasons(reasons) or reply.status}",
            reasons=reasons,
            next_step="correct the filter that it names",
            **reply.where,
        )
    raise_for_status(reply, redact)
    envelope = content if isinstance(content, dict) else {"results": content}
    results = envelope.get("results")
    if not isinstance(results, list) or not all(isinstance(item, dict) for item in results):
        why = reasons_text(reply, content, redact)
        raise unreadable(reply, f"the API answered {shape_of(reply, content)} where call records are due{why}")
    total = announced_total(reply.headers)
    facts = {
        **({} if total is None else {"count": total}),
        **envelope,
        "results": [CallRecord(item) for item in results],
        "more": has_next_link(reply.headers) or has_more(envelope),
    }
    try:
        page = RecordPage.model_validate(facts)
    except ValidationError as problem:
        fields = sorted({str(error["loc"][0]) for error in problem.errors() if error["loc"]})
        raise unreadable(reply, f"the call records are of no known shape ({', '.join(fields)})") from None
    if contradiction := page.contradiction:
        raise unreadable(reply, f"the page of call records contradicts itself: {contradiction}")
    return page


def ids_in(content: Mapping[str, Any]) -> dict[str, str]:
    """The ids in a confirmation, by their names: at its root, and in `data` (client code of the sibling product).

    Names are `id` and what ends with `_id` or `Id`. Which of them is which is documented nowhere.
    """
    inner = content.get("data")
    places = (inner if isinstance(inner, dict) else {}, content)
    return {
        name: str(value)
        for place in places
        for name, value in place.items()
        if (name == "id" or name.endswith(("_id", "Id")))
        and isinstance(value, (str, int))
        and not isinstance(value, bool)
    }


def _message(content: Mapping[str, Any], redact: Redactor) -> str:
    message = content.get("message")
    return quoted(message, redact) if isinstance(message, str) else ""


def _optional(value: object) -> str | None:
    return None if value is None else str(value)


def _confirmed(
    reply: Reply,
    redact: Redactor,
    refused_step: str,
    unknown_step: str,
    names: Mapping[str, str] = NO_OTHER_NAMES,
) -> dict[str, Any]:
    """The body of a reply that confirms a write. It raises as `read_receipt`."""
    raise_for_token_and_rate(reply, redact)
    content = decode_body(reply.body, reply.content_type, exact=True)
    if isinstance(content, dict):
        content = {names.get(name, name): value for name, value in content.items()}
        success = as_bool(content.get("success"))
        if 200 <= reply.status < 300 and success is True:
            return content
        if 400 <= reply.status < 500 or (reply.status < 300 and success is False):
            reasons = reasons_of(content, redact)
            raise Refused(
                f"the API refused {reply.method} {reply.path}: {join_reasons(reasons) or reply.status}",
                reasons=reasons,
                next_step=refused_step,
                **reply.where,
            )
    raise OutcomeUnknown(
        f"the API's reply to {reply.method} {reply.path} ({reply.status}, {shape_of(reply, content)}) "
        f"neither confirms nor refuses it{_sent_elsewhere(reply, redact)}{reasons_text(reply, content, redact)}",
        answered=isinstance(content, dict) and reply.status not in _GATEWAY_STATUSES,
        next_step=f"{step}; then {unknown_step}" if (step := _redirected_step(reply, redact)) else unknown_step,
        **reply.where,
    )


def _read_agent(reply: Reply, number: int, item: object) -> AgentRecord:
    if not isinstance(item, dict):
        raise unreadable(reply, f"item {number} of the list is not an agent")
    try:
        agent = AgentRecord.from_dict(item)
    except ValidationError as problem:
        fields = sorted({str(error["loc"][0]) for error in problem.errors() if error["loc"]})
        raise unreadable(reply, f"item {number} of the list is not an agent ({', '.join(fields)})") from None
    for name, value in (("eid", agent.eid), ("follow_me_number", agent.follow_me_number)):
        # The damaged value cannot be recovered, and an agent that is not recognised would be created a second time.
        if value is not None and is_broken(value):
            raise unreadable(reply, f"item {number} of the list has half a character in its {name}")
    return agent


def raise_for_token_and_rate(reply: Reply, redact: Redactor) -> None:
    """Raises `TokenRefused` for 401 and 403, and `RateLimited` for 429."""
    if reply.status in (401, 403):
        raise TokenRefused(
            f"the API refused the token ({reply.status})"
            f"{reasons_text(reply, decode_body(reply.body, reply.content_type), redact)}",
            next_step="check DIGO_AUTHORIZATION (or the file or stack secret it comes from), whether the token "
            "has expired, and whether digo:scheme should be `bearer`; nothing was read or written",
            **reply.where,
        )
    if reply.status == 429:
        raise RateLimited(
            f"the account's calls per second are used up (429 on {reply.method} {reply.path})",
            next_step="lower digo:cps to the account's own limit, or wait for other users of the account",
            **reply.where,
        )


def raise_for_status(reply: Reply, redact: Redactor) -> None:
    """Raises `ReadUnknown` for a status that is not 2xx."""
    if not 200 <= reply.status < 300:
        why = reasons_text(reply, decode_body(reply.body, reply.content_type), redact)
        raise unreadable(
            reply,
            f"the API answered {reply.status}{_sent_elsewhere(reply, redact)}{why}",
            _redirected_step(reply, redact),
        )


def unreadable(reply: Reply, what: str, step: str = "") -> ApiError:
    """The error of a reply to a read that cannot be believed. `what` and `step` say why and what to do first."""
    step = step or "check digo:endpoint and the service"
    return ReadUnknown(
        f"the account could not be read: {what}",
        next_step=f"{step}, then run again; nothing was changed, and nothing is taken to be absent",
        **reply.where,
    )


def _sent_elsewhere(reply: Reply, redact: Redactor) -> str:
    location = reply.headers.get("location", "") if 300 <= reply.status < 400 else ""
    return f" and {describe_redirect(location, reply.address, redact)}" if location else ""


def _redirected_step(reply: Reply, redact: Redactor) -> str:
    location = reply.headers.get("location", "") if 300 <= reply.status < 400 else ""
    return redirect_next_step(location, reply.address, reply.path, redact) if location else ""


def shape_of(reply: Reply, content: object) -> str:
    """What the body is, in words: "an HTML page", "an object"."""
    if content is NO_JSON:
        return "an HTML page" if _is_html(reply) else "no JSON"
    if isinstance(content, dict):
        envelope = describe_envelope(content) if reply.method == "GET" else None
        return f"an object ({envelope})" if envelope else "an object"
    return "an array" if isinstance(content, list) else "a bare value"


def _is_html(reply: Reply) -> bool:
    return "html" in reply.content_type.lower() or reply.body.lstrip()[:1] == b"<"


def reasons_text(reply: Reply, content: object, redact: Redactor) -> str:
    """The API's own reasons as the end of a sentence. HTML gives none."""
    reasons: tuple[Reason, ...] = ()
    good = 200 <= reply.status < 300
    if content is NO_JSON:
        reasons = () if _is_html(reply) else reasons_in_text(body_text(reply.body, reply.content_type), redact)
    elif not good or (isinstance(content, dict) and describe_envelope(content) is None):
        reasons = reasons_of(content, redact)
    return f": {words}" if (words := join_reasons(reasons)) else ""


def as_bool(value: object) -> bool | None:
    """A yes or no that came as a bool or as text; None for anything else."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return None

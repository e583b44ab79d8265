"""The account's own numbers. Config has numbers as caller ids; the API wants the ids of `GET /v1/my_number`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from digo.api.calls import Call, RetryPolicy
from digo.api.decoding import decode_body
from digo.api.errors import NotSent, Refused
from digo.api.models import LONGEST_ID
from digo.api.responses import (
    Reply,
    as_bool,
    raise_for_status,
    raise_for_token_and_rate,
    reasons_text,
    shape_of,
    unreadable,
)
from digo.fields.masked import masked_number
from digo.phone.number import bare_digits
from digo.text.counts import counted
from digo.text.redact import Redactor

_FORBIDDEN = (403, 404, 405)
_SHOWN = 5


def list_my_numbers() -> Call[dict[str, str]]:
    """`GET /v1/my_number`: the ids of the account's own numbers, by the digits of each number.

    Items have `id` (digits as text), `did` (`+91…`) and `alias` (`91…`) (client code of the sibling product).
    """
    return Call("GET", "v1/my_number", RetryPolicy.HARMLESS, read_my_numbers)


def read_my_numbers(reply: Reply, redact: Redactor) -> dict[str, str]:
    """The ids of the account's own numbers, by digits. A number with two spellings is there twice.

    Raises:
        TokenRefused: 401.
        RateLimited: 429.
        Refused: the account does not let this token read its numbers (403, 404, 405, or `success` is false).
        ReadUnknown: any other reply but an array of numbers, each with an id.
    """
    content = decode_body(reply.body, reply.content_type)
    refused = isinstance(content, dict) and as_bool(content.get("success")) is False and reply.status < 429
    if reply.status in _FORBIDDEN or (refused and reply.status != 401):
        raise Refused(
            f"the account does not let this token read its own numbers ({reply.status})"
            f"{reasons_text(reply, content, redact)}",
            next_step="caller ids need them: give the token the right to them, or leave caller_ids out of config; "
            "nothing was written by this call",
            **reply.where,
        )
    raise_for_token_and_rate(reply, redact)
    raise_for_status(reply, redact)
    items = content.get("data") if isinstance(content, dict) else content
    if not isinstance(items, list):
        raise unreadable(
            reply,
            f"the API answered {shape_of(reply, content)} where a list of numbers is due"
            f"{reasons_text(reply, content, redact)}",
        )
    ids: dict[str, str] = {}
    for place, item in enumerate(items, start=1):
        id_ = item.get("id") if isinstance(item, dict) else None
        if isinstance(id_, bool) or not isinstance(id_, (str, int)) or not 0 < len(str(id_)) <= LONGEST_ID:
            raise unreadable(reply, f"item {place} of the list is not a number (id)")
        for name in ("did", "alias"):
            if digits := bare_digits(str(item.get(name) or "")):
                ids[digits] = str(id_)
    return ids


def lacking(numbers: Iterable[str], caller_ids: Mapping[str, str]) -> str:
    """What the account lacks of the numbers (E.164), as a sentence without its end; "" if it has them all."""
    missing = [number for number in numbers if bare_digits(number) not in caller_ids]
    if not missing:
        return ""
    shown = ", ".join(masked_number(number) for number in missing[:_SHOWN]) + (" …" if missing[_SHOWN:] else "")
    has = counted(len(set(caller_ids.values())), "number")
    return f"the account does not have {shown}; it has {has} of its own (GET /v1/my_number)"


def ids_of(numbers: Iterable[str], caller_ids: Mapping[str, str], method: str, path: str) -> tuple[str, ...]:
    """The ids of caller ids, in their order. `method` and `path` are the call that is to have them.

    Raises:
        NotSent: the account does not have one of them.
    """
    numbers = tuple(numbers)
    if lack := lacking(numbers, caller_ids):
        raise NotSent(
            f"caller_ids: {lack}",
            next_step="correct caller_ids in the entry, or add the number to the account in the panel; nothing was "
            "written by this call",
            method=method,
            path=path,
        )
    return tuple(caller_ids[bare_digits(number)] for number in numbers)

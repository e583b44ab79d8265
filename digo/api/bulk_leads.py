"""The calls that read the leads of a list, and that write or delete many of them at once.

Source: the sibling product's pages v1broadcastleadsid and v1broadcastleadsid-1, and the index of its pages. The reply
of a batch's status is shown by no page: client code looks for a word in `status`, `batch_status` and `message`. So a
batch is over where that word says so, and what it did is proven by reading the list, never by its status.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from digo.api.calls import Call, NumberForm, RetryPolicy
from digo.api.completeness import shortfall
from digo.api.decoding import decode_body
from digo.api.errors import ReadUnknown
from digo.api.lead_stream import PHONE, Leads, LeadStream
from digo.api.reasons import join_reasons, quoted, reasons_of
from digo.api.responses import (
    UNKNOWN_LEAD,
    Reply,
    as_bool,
    raise_for_status,
    raise_for_token_and_rate,
    read_receipt,
    reasons_text,
    shape_of,
    unreadable,
)
from digo.system.extras import need
from digo.text.redact import Redactor

BULK_CALL = "POST /v1/broadcast/leads"
"""The name of `write_leads` in journals, for every list."""

DELETE_CALL = "DELETE /v1/broadcast/leads"
"""The name of `delete_leads` in journals, for every list."""

_OVER = frozenset(
    (
        *("aborted", "canceled", "cancelled", "complete", "completed", "done", "ended", "error", "failed", "failure"),
        *("finished", "partial", "partially", "processed", "succeeded", "success", "successful", "successfully"),
    )
)
_AT_WORK = frozenset(
    ("accepted", "being", "incomplete", "not", "pending", "processing", "progress", "queued", "running", "waiting")
)
# `status` may be about the call itself, and `message` about anything.
_STATUS_NAMES = ("batch_status", "status", "message")
_REFUSED_NAMES = ("errors", "failed", "failed_leads", "failed_rows", "refused", "rejected", "invalid")
_NUMBER_NAMES = (PHONE, "number", "phone")


class ListNotShown(ReadUnknown):
    """The API answered an object where the leads of a list are due.

    Client code takes that for an empty list or for an error (api.md), and nothing tells which. So it proves nothing.
    Rows of a list of which nothing is known may be written anyway: `overwrite` makes that harmless.
    """


@dataclass(frozen=True)
class Batch:
    """What the API took to work on. `id` is "" if it named none: then nothing can be asked about it."""

    id: str
    message: str = ""


@dataclass(frozen=True)
class BatchStatus:
    """How far a batch is.

    Attributes:
        over: whether the API no longer works on it, by its own word.
        word: that word, redacted.
        refused: the reasons by the digits of each refused number, where the reply names them.
    """

    over: bool
    word: str
    refused: Mapping[str, str]


def read_leads(list_id: str, fields: Iterable[str]) -> Call[Leads]:
    """`GET /v1/broadcast/leads/{list}`: all leads of a list, in one reply without paging, which is streamed.

    Args:
        list_id: the list's id in the panel.
        fields: the columns to keep beside the phone.

    Raises:
        ExtraMissing: the library that reads the columns is not installed.
    """
    need("lists", "reading a list back", "pyarrow")
    names = tuple(fields)
    return Call("GET", _path(list_id), RetryPolicy.HARMLESS, _read_leads, stream=lambda: LeadStream(names))


def write_leads(
    list_id: str,
    fields: Sequence[str],
    rows: Iterable[tuple[str, Sequence[str]]],
    form: NumberForm = NumberForm.PLUS,
) -> Call[Batch]:
    """`POST /v1/broadcast/leads/{list}`: writes many leads, an upsert by phone within the list as `put_lead` is one.

    Args:
        list_id: the list's id in the panel.
        fields: the columns beside the phone.
        rows: each lead's number in E.164, and its values in the order of `fields`.
        form: how numbers are written.
    """
    data = [{PHONE: str(form.write(phone)), **dict(zip(fields, values, strict=True))} for phone, values in rows]
    body = {"data": data, "duplicate_option": "overwrite"}
    return Call("POST", _path(list_id), RetryPolicy.IDEMPOTENT, _read_batch, body)


def delete_leads(list_id: str, numbers: Sequence[str]) -> Call[Batch]:
    """`DELETE /v1/broadcast/leads/{list}` with a body: deletes the leads that have one of these numbers.

    `numbers` are spelled as the list shows them, because nothing says how the service compares them.
    """
    body = {"field": PHONE, "data": list(numbers)}
    return Call("DELETE", _path(list_id), RetryPolicy.IDEMPOTENT, _read_batch, body)


def batch_status(batch_id: str) -> Call[BatchStatus]:
    """`GET /v1/broadcast/batch_status/{id}`: how far a batch is."""
    return Call("GET", f"v1/broadcast/batch_status/{quote(batch_id, safe='')}", RetryPolicy.HARMLESS, _read_status)


def _path(list_id: str) -> str:
    return f"v1/broadcast/leads/{quote(list_id, safe='')}"


def _read_leads(reply: Reply, redact: Redactor) -> Leads:
    """The leads of a list.

    Raises:
        TokenRefused: 401 or 403.
        RateLimited: 429.
        ListNotShown: an object came.
        ReadUnknown: the reply is anything else but a complete 2xx array of leads.
    """
    raise_for_token_and_rate(reply, redact)
    raise_for_status(reply, redact)
    stream = reply.streamed
    assert isinstance(stream, LeadStream)
    if not stream.is_array:
        content = decode_body(reply.body, reply.content_type)
        found = f"the API answered {shape_of(reply, content)} where the leads of a list are due"
        problem = unreadable(reply, found + reasons_text(reply, content, redact))
        if isinstance(content, dict):
            raise ListNotShown(problem.what, next_step=problem.next_step, **reply.where)
        raise problem
    if stream.problem:
        raise unreadable(reply, stream.problem)
    leads = stream.leads()
    if more := shortfall(reply.status, reply.headers, len(leads)):
        raise unreadable(reply, f"the list is not whole: {redact(more)}")
    return leads


def _read_batch(reply: Reply, redact: Redactor) -> Batch:
    """The confirmation that the API took a batch. It raises as `read_receipt`."""
    receipt = read_receipt(reply, redact, UNKNOWN_LEAD)
    return Batch(receipt.ids.get("batch_id", ""), receipt.message)


def _read_status(reply: Reply, redact: Redactor) -> BatchStatus:
    """A batch's status.

    Raises:
        TokenRefused: 401 or 403.
        RateLimited: 429.
        ReadUnknown: the reply is not an object with a word for the status.
    """
    raise_for_token_and_rate(reply, redact)
    raise_for_status(reply, redact)
    content = decode_body(reply.body, reply.content_type)
    if isinstance(content, dict) and as_bool(content.get("success")) is not False:
        inner = content.get("data")
        places = [inner, content] if isinstance(inner, dict) else [content]
        words = (place[name] for name in _STATUS_NAMES for place in places if isinstance(place.get(name), str))
        if (word := next(words, None)) is not None:
            return BatchStatus(_says_over(word), quoted(word, redact), _refused(places, redact))
    raise unreadable(
        reply,
        f"the API answered {shape_of(reply, content)} where the status of a batch is due"
        f"{reasons_text(reply, content, redact)}",
    )


def _says_over(text: str) -> bool:
    """Whether a status is one of a batch that is over: a word of it says so, and none says otherwise."""
    words = set(re.findall("[a-z]+", text.lower()))
    return bool(words & _OVER) and not words & _AT_WORK


def _refused(places: Iterable[Mapping[str, Any]], redact: Redactor) -> dict[str, str]:
    """The reasons by number. No page shows where they are, or whether the reply has them at all."""
    lists = [place[name] for place in places for name in _REFUSED_NAMES if isinstance(place.get(name), list)]
    found: dict[str, str] = {}
    for row in (row for rows in lists for row in rows if isinstance(row, dict)):
        if number := next((row[name] for name in _NUMBER_NAMES if row.get(name)), None):
            told = {name: value for name, value in row.items() if name not in _NUMBER_NAMES}
            found[_digits(str(number))] = join_reasons(reasons_of(told, redact))
    return found


def _digits(number: str) -> str:
    return "".join(sign for sign in number if sign.isdecimal())

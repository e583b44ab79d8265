"""Writes of agents that no page of the vendor documents. A stack turns each one on by its name (`digo:undocumented`).

Sources: client code of the sibling product (PUT and DELETE), and the page agent-block-unblock of a white-label one.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from digo.api.calls import Call, NumberForm, RetryPolicy
from digo.api.errors import NotSent
from digo.api.models import AgentRecord, Receipt
from digo.api.responses import CAPITALS, Reply, read_gone_receipt, read_receipt
from digo.text.redact import Redactor

UNKNOWN_CHANGE = "run again: the account is listed first, and what was applied is seen there"


def put_agent(record: AgentRecord, changes: Mapping[str, str], form: NumberForm) -> Call[Receipt]:
    """`PUT /v1/agent/{id}`: changes name and number. The path has the numeric id.

    The body is a form with both fields, as in the one client that has the call: what a missing field does is unknown.

    Raises:
        NotSent: the list did not show the numeric id, or a field of the two is known neither from it nor from config.
    """
    name = changes.get("name", record.name)
    number = changes.get("follow_me_number")
    written = record.follow_me_number if number is None else str(form.write(number))
    if name is None or written is None:
        raise _not_sent("the list does not show its name and number, which the call wants both", "PUT", record)
    return Call(
        "PUT",
        f"v1/agent/{_numeric_id(record, 'PUT')}",
        RetryPolicy.IDEMPOTENT,
        read_change_receipt,
        form={"name": name, "follow_me_number": written},
        name="PUT /v1/agent",
        unknown_step=UNKNOWN_CHANGE,
    )


def delete_agent(record: AgentRecord) -> Call[Receipt]:
    """`DELETE /v1/agent/{id}`. The path has the numeric id. 404 means that the agent was gone already.

    Raises:
        NotSent: the list did not show the numeric id.
    """
    path = f"v1/agent/{_numeric_id(record, 'DELETE')}"
    return Call(
        "DELETE",
        path,
        RetryPolicy.IDEMPOTENT,
        read_delete_receipt,
        name="DELETE /v1/agent",
        unknown_step=UNKNOWN_CHANGE,
    )


def block_agent(record: AgentRecord, *, block: bool) -> Call[Receipt]:
    """`POST /v1/agent/{eid}/block` or `/unblock`. The path has the EID. A blocked agent gets no calls."""
    verb = "block" if block else "unblock"
    return Call(
        "POST",
        f"v1/agent/{quote(record.eid, safe='')}/{verb}",
        RetryPolicy.IDEMPOTENT,
        read_change_receipt,
        name=f"POST /v1/agent/{verb}",
        unknown_step=UNKNOWN_CHANGE,
    )


def read_change_receipt(reply: Reply, redact: Redactor) -> Receipt:
    """The confirmation of a change. It raises as `read_receipt`."""
    return read_receipt(reply, redact, UNKNOWN_CHANGE, CAPITALS)


def read_delete_receipt(reply: Reply, redact: Redactor) -> Receipt:
    """The confirmation of a delete. It raises as `read_gone_receipt`."""
    return read_gone_receipt(reply, redact, UNKNOWN_CHANGE, CAPITALS)


def _numeric_id(record: AgentRecord, method: str) -> str:
    if record.id is None:
        raise _not_sent(
            "the account's list does not show its numeric id (`id`), which the call's path has", method, record
        )
    return quote(record.id, safe="")


def _not_sent(why: str, method: str, record: AgentRecord) -> NotSent:
    return NotSent(
        f"agent eid {record.eid}: {why}",
        next_step="run again after `pulumi refresh`, or change it in the panel; nothing was written by this call",
        method=method,
        path="/v1/agent/{id}",
    )

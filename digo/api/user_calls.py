"""The calls about users: `GET /v1/users`, and `POST`, `GET`, `PATCH` and `DELETE` of one user.

`digo.api.user_fields` says how each of them names and types the fields. Sources: the sibling product's pages
create-user and patch-a-user.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from digo.api.calls import Call, RetryPolicy, WriteOptions
from digo.api.errors import NotSent
from digo.api.legacy_agents import UNKNOWN_CHANGE, read_change_receipt, read_delete_receipt
from digo.api.models import AgentRecord, NewAgent, Receipt
from digo.api.my_numbers import ids_of
from digo.api.responses import CAPITALS, Reply, read_receipt
from digo.api.user_fields import DEMANDED_USER_FIELDS, IN_PATCH, IN_POST, Encode, as_texts
from digo.api.users import NotServed, User, UserPage, read_user, read_user_page
from digo.fields.agents import AGENT_FIELDS
from digo.fields.types import NUMBER
from digo.text.redact import Redactor

PAGE_SIZE = 1000  # no page has a maximum; clients of the sibling product ask for 100 and 1,000


def list_users(last_seen_id: str = "", limit: int = PAGE_SIZE) -> Call[UserPage | NotServed]:
    """`GET /v1/users`: the page of users after that id, or the first one."""
    cursor = (("last_seen_id", last_seen_id),) if last_seen_id else ()
    return Call("GET", "v1/users", RetryPolicy.HARMLESS, read_user_page, query=(("limit", str(limit)), *cursor))


def get_user(user_id: str) -> Call[User]:
    """`GET /v1/user/{id}`: one user. It shows some fields that the list does not."""
    return Call("GET", f"v1/user/{quote(user_id, safe='')}", RetryPolicy.HARMLESS, read_user)


def new_user(agent: NewAgent, options: WriteOptions) -> Call[Receipt]:
    """`POST /v1/user`: creates a user with an agent. It is not idempotent.

    `status` is always true: a user that is to be blocked or disabled is changed afterwards.

    Raises:
        NotSent: the entry lacks a field that the call needs, or names a caller id that the account does not have.
    """
    values = agent.fields
    if missing := [name for name in DEMANDED_USER_FIELDS if name not in values]:
        raise NotSent(
            f"an agent of this account is created as a user, and POST /v1/user needs {', '.join(missing)} too",
            next_step="add it to the entry; nothing was written by this call",
            method="POST",
            path="/v1/user",
        )
    body = {
        "create_agent": True,
        "status": True,
        "password": options.password,
        **_body(values, IN_POST, options, "POST", "/v1/user"),
    }

    def read(reply: Reply, redact: Redactor) -> Receipt:
        # A reply may repeat what was sent.
        return read_receipt(reply, redact.also({options.password}), names=CAPITALS)

    return Call("POST", "v1/user", RetryPolicy.NEVER, read, body)


def patch_user(record: AgentRecord, changes: Mapping[str, str], options: WriteOptions) -> Call[Receipt]:
    """`PATCH /v1/user/{id}`: changes these fields of the user that carries the agent. It may be sent twice.

    Raises:
        NotSent: a caller id is not one of the account's numbers.
    """
    user_id = quote(record.user_id or "", safe="")
    return Call(
        "PATCH",
        f"v1/user/{user_id}",
        RetryPolicy.IDEMPOTENT,
        read_change_receipt,
        _body(changes, IN_PATCH, options, "PATCH", f"/v1/user/{user_id}"),
        name="PATCH /v1/user",
        unknown_step=UNKNOWN_CHANGE,
    )


def delete_user(record: AgentRecord) -> Call[Receipt]:
    """`DELETE /v1/user/{id}`: deletes the user and its agent. 404 means that it was gone already."""
    return Call(
        "DELETE",
        f"v1/user/{quote(record.user_id or '', safe='')}",
        RetryPolicy.IDEMPOTENT,
        read_delete_receipt,
        name="DELETE /v1/user",
        unknown_step=UNKNOWN_CHANGE,
    )


def _body(
    values: Mapping[str, str],
    table: Mapping[str, tuple[str, Encode]],
    options: WriteOptions,
    method: str,
    path: str,
) -> dict[str, Any]:
    """The fields as the body has them. Fields that the table lacks are left out: the call cannot set them."""
    body: dict[str, Any] = {}
    for name, (key, encode) in table.items():
        if name in values:
            field = AGENT_FIELDS[name]
            text = values[name]
            value: Any = options.number_form.write(text) if field.type is NUMBER else field.type.body(text)
            if name == "caller_ids":
                value = ids_of(as_texts(value), options.caller_ids, method, path)
            body[key] = encode(value)
    return body

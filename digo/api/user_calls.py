"""The calls about users: `GET /v1/users`, and `POST`, `GET`, `PATCH` and `DELETE` of one user.

A body names and types its fields otherwise than the list does, and PATCH otherwise than POST. The two tables below say
how. Sources: the sibling product's pages create-user and patch-a-user.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from digo.api.calls import Call, RetryPolicy, WriteOptions
from digo.api.errors import NotSent
from digo.api.legacy_agents import UNKNOWN_CHANGE, read_change_receipt, read_delete_receipt
from digo.api.models import AgentRecord, NewAgent, Receipt
from digo.api.my_numbers import ids_of
from digo.api.responses import CAPITALS, Reply, read_receipt
from digo.api.users import NotServed, User, UserPage, read_user, read_user_page
from digo.fields.agents import AGENT_FIELDS
from digo.fields.types import NUMBER
from digo.text.redact import Redactor

PAGE_SIZE = 1000  # no page has a maximum; clients of the sibling product ask for 100 and 1,000

_Encode = Callable[[Any], Any]


def _flag(value: Any) -> bool:
    return value is True or value == "true"


def _same(value: Any) -> Any:
    return value


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, (list, tuple)) else [str(value)]


def _whole_numbers(value: Any) -> list[int | str]:
    """Whole numbers; what is none stays text, because a white-label sibling types these as text."""
    return [int(one) if one.isascii() and one.isdecimal() else one for one in _texts(value)]


# By the name in config: the name in the body, and what makes the value.
_IN_POST: Mapping[str, tuple[str, _Encode]] = {
    "name": ("name", _same),
    "follow_me_number": ("number", _same),
    "email": ("email", _same),
    "login_id": ("login_id", _same),
    "user_role": ("user_role", int),
    "caller_ids": ("caller_id", _whole_numbers),
    "block_web_login": ("block_web_login", _flag),
    "login_based_calling": ("login_based_calling", _flag),
    "assign_extension": ("assign_extension", _flag),
    "route_call_through": ("route_call_through", int),
    "agent_group": ("agent_group", _texts),
    "department": ("department", _whole_numbers),
    "time_group": ("time_group", str),
    "failover_destinations": ("failover_destination", _texts),
    "user_for_cdr": ("user_for_cdr", _same),
}
_IN_PATCH: Mapping[str, tuple[str, _Encode]] = {
    "name": ("name", _same),
    "follow_me_number": ("number", _same),
    "email": ("email", _same),
    "login_id": ("login_id", _same),
    "user_role": ("user_role", str),
    "caller_ids": ("caller_id", _texts),
    "block_web_login": ("block_web_login", _flag),
    "login_based_calling": ("login_based_calling", _flag),
    "agent_group": ("agent_group", _texts),
    "user_for_cdr": ("user_for_cdr", _same),
    "blocked": ("block_agent", _flag),
    "disabled": ("disable_agent", _flag),
    "international_outbound": ("international_outbound", _flag),
    "designation": ("designation", _same),
}
NEW_USER_FIELDS = frozenset(_IN_POST)
CHANGED_USER_FIELDS = frozenset(_IN_PATCH)
DEMANDED_USER_FIELDS = ("email", "login_id", "user_role", "caller_ids")
"""What `POST /v1/user` needs besides name and number (page create-user: mandatory)."""


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
        **_body(values, _IN_POST, options, "POST", "/v1/user"),
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
        _body(changes, _IN_PATCH, options, "PATCH", f"/v1/user/{user_id}"),
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
    table: Mapping[str, tuple[str, _Encode]],
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
                value = ids_of(_texts(value), options.caller_ids, method, path)
            body[key] = encode(value)
    return body

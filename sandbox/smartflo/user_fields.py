"""The fields that the calls about users take, and the type of each: a create and a change differ.

Sources: the pages on creating and patching a user. `caller_id` and `user_role` are numbers in one, text in the other.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.numbers import digits_of

Check = Callable[[Any], str | None]
Fields = Mapping[str, Check]


def _text(value: Any) -> str | None:
    return None if isinstance(value, str) else "must be a string."


def _filled(value: Any) -> str | None:
    return None if isinstance(value, str) and value.strip() else "field is required."


def _number(value: Any) -> str | None:
    return None if digits_of(value) else "must be between 10 and 15 digits."


def _flag(value: Any) -> str | None:
    return None if value in (0, 1) and isinstance(value, int) else "field must be true or false."


def _whole(value: Any) -> str | None:
    return None if isinstance(value, int) and not isinstance(value, bool) else "must be an integer."


def _text_of_whole(value: Any) -> str | None:
    return None if isinstance(value, str) and value.isdecimal() else "must be a string."


def _whole_or_its_text(value: Any) -> str | None:
    return None if _whole(value) is None or _text_of_whole(value) is None else "must be an integer."


def _route(value: Any) -> str | None:
    # The page types it as a boolean and gives it the values 0, 1 and 2.
    return None if value in (0, 1, 2) and isinstance(value, int) else "is invalid."


def _object(value: Any) -> str | None:
    return None if isinstance(value, dict) else "must be an object."


def _each(check: Check) -> Check:
    def checked(value: Any) -> str | None:
        return None if isinstance(value, list) and not any(map(check, value)) else "must be an array."

    return checked


def _maybe(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


CREATED: Fields = {
    "create_agent": _flag,
    "status": _flag,
    "name": _filled,
    "number": _number,
    "email": _filled,
    "login_id": _filled,
    "password": _filled,
    "user_role": _whole,
    "caller_id": _each(_whole),
    "block_web_login": _flag,
    "login_based_calling": _flag,
    "assign_extension": _flag,
    "create_web_login": _flag,
    "route_call_through": _route,
    "agent_group": _each(_text),
    "department": _each(_whole),
    "time_group": _maybe(_whole_or_its_text),
    "failover_destination": _each(_text),
    "user_for_cdr": _maybe(_object),
}
"""What `POST /v1/user` takes."""

_MANDATORY = (
    "create_agent",
    "status",
    "name",
    "number",
    "email",
    "login_id",
    "password",
    "user_role",
    "caller_id",
)

PATCHED: Fields = {
    "name": _filled,
    "number": _number,
    "email": _filled,
    "caller_id": _each(_text_of_whole),
    "agent_group": _each(_text),
    "block_agent": _flag,
    "disable_agent": _flag,
    "international_outbound": _flag,
    "designation": _maybe(_text),
    "destination": _maybe(_text),
    "login_id": _filled,
    "user_role": _text_of_whole,
    "password": _filled,
    "block_web_login": _flag,
    "user_for_cdr": _maybe(_object),
    "login_based_calling": _flag,
}
"""What `PATCH /v1/user/{id}` takes. The page's table prints `destination` for `designation`: both are taken."""


def missing(body: Mapping[str, Any]) -> dict[str, str]:
    """The mandatory fields of a create that the body lacks, each with the reason."""
    return {name: f"The {_spoken(name)} field is required." for name in _MANDATORY if body.get(name) in (None, "", [])}


def fault_of(name: str, value: Any, check: Check) -> str | None:
    """Why a field's value is refused; None if it is right."""
    reason = check(value)
    return None if reason is None else f"The {_spoken(name)} {reason}"


def _spoken(name: str) -> str:
    return name.replace("_", " ")

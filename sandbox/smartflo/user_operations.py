"""The calls about users: list, show, create, change and delete. Sources: the pages of these calls, and the index."""

import re
from collections.abc import Mapping
from typing import Any

from sandbox.operations import Operation, operation
from sandbox.reply import Reply, failure, json_reply
from sandbox.smartflo.account import Handler, SmartfloAccount
from sandbox.smartflo.numbers import own_digits_of
from sandbox.smartflo.user_fields import CREATED, PATCHED, Fields, fault_of, missing
from sandbox.smartflo.user_shapes import User, alone, listed, own_numbers

_DEFAULT_LIMIT = 20
_WHOLE = re.compile(r"\d{1,18}")
_COLUMNS = ("name", "email", "login_id")
# The names that a change has for what is stored under another name.
_RENAMED = {"block_agent": "blocked", "disable_agent": "disabled", "destination": "designation"}
_NOT_KEPT = frozenset({"name", "number", "email", "login_id", "password", "create_agent", "create_web_login"})
_NOTHING_THERE = "User not found."


def list_users(account: SmartfloAccount, _path: Mapping[str, str], query: Any) -> Reply:
    """`GET /v1/users`: a page of users, by a cursor."""
    errors = {}
    for name in ("last_seen_id", "limit"):
        if name in query and not _WHOLE.fullmatch(query[name][0]):
            errors[name] = f"The {name.replace('_', ' ')} must be an integer."
    if errors:
        return refused(account, errors)
    after = int(query["last_seen_id"][0]) if "last_seen_id" in query else 0
    asked = int(query["limit"][0]) if "limit" in query else _DEFAULT_LIMIT
    limit = max(1, min(asked, account.settings.smartflo_page_limit))
    users = account.users.page(after, limit + 1)
    shown, more = users[:limit], len(users) > limit
    return json_reply(
        {
            "has_more": more,
            "count": len(shown),
            "last_seen_id": shown[-1].id if shown else None,
            "data": [listed(user, account.settings) for user in shown],
        }
    )


def show_user(account: SmartfloAccount, path: Mapping[str, str], _query: Any) -> Reply:
    """`GET /v1/user/{id}`."""
    user = _found(account, path)
    return failure(_NOTHING_THERE, 404) if user is None else json_reply(alone(user, account.settings))


def create_user(account: SmartfloAccount, _path: Mapping[str, str], body: Any) -> Reply:
    """`POST /v1/user`: not idempotent, unless duplicates are refused."""
    errors = {**missing(body), **_wrong(body, CREATED)}
    errors = errors or _taken(account, body, None)
    if errors:
        return refused(account, errors)
    if not _may_call_as(account, body):
        return _wrong_caller()
    user_id = account.users.create(
        body["name"],
        own_digits_of(body["number"], account.settings),
        agent=bool(body["create_agent"]),
        email=body["email"],
        login_id=body["login_id"],
    )
    details = _details(body, CREATED, {})
    if not details.pop("status", True):
        details["blocked"] = True
    account.users.change(user_id, {}, details)
    user = account.users.get(user_id)
    return json_reply(
        {"success": True, "message": "User created successfully", **_created_id(account, user)}, committed=True
    )


def change_user(account: SmartfloAccount, path: Mapping[str, str], body: Any) -> Reply:
    """`PATCH /v1/user/{id}`: changes what the body has. Fields that only a create takes are passed over in silence."""
    user = _found(account, path)
    if user is None:
        return failure(_NOTHING_THERE, 404)
    errors = _wrong(body, PATCHED) or _taken(account, body, user.id)
    if errors:
        return refused(account, errors)
    if not _may_call_as(account, body):
        return _wrong_caller()
    columns: dict[str, str | None] = {name: body[name] for name in _COLUMNS if name in body}
    if "name" in body:
        columns["agent_name"] = body["name"]
    if "number" in body:
        columns["digits"] = own_digits_of(body["number"], account.settings)
    account.users.change(user.id, columns, _details(body, PATCHED, user.further))
    names = ("Success", "Message") if account.settings.smartflo_reply_names == "capital" else ("success", "message")
    return json_reply(dict(zip(names, (True, "User updated successfully"), strict=True)), committed=True)


def delete_user(account: SmartfloAccount, path: Mapping[str, str], _body: Any) -> Reply:
    """`DELETE /v1/user/{id}`: the agent goes as well."""
    user = _found(account, path)
    if user is None:
        return failure(_NOTHING_THERE, 404)
    account.users.remove(user.id)
    return json_reply({"success": True, "message": "User deleted successfully"}, committed=True)


def refused(account: SmartfloAccount, errors: Mapping[str, str]) -> Reply:
    """A refused body, in the form that the account has for it."""
    form = account.settings.smartflo_errors
    if form == "text":
        return json_reply(dict(errors), 422)
    texts = {name: [text] for name, text in errors.items()}
    if form == "texts":
        return json_reply(texts, 400)
    return json_reply({"success": False, "message": "Unable to process this request", "errors": texts}, 400)


def _found(account: SmartfloAccount, path: Mapping[str, str]) -> User | None:
    try:
        return account.users.get(int(path["id"]))
    except (KeyError, ValueError, OverflowError):
        return None


def _wrong(body: Mapping[str, Any], fields: Fields) -> dict[str, str]:
    found = {name: fault_of(name, body[name], fields[name]) for name in fields if name in body}
    return {name: text for name, text in found.items() if text}


def _taken(account: SmartfloAccount, body: Mapping[str, Any], but: int | None) -> dict[str, str]:
    if account.settings.smartflo_duplicates == "allow":
        return {}
    number = own_digits_of(body.get("number"), account.settings)
    values = {"number": number, "login_id": body.get("login_id"), "email": body.get("email")}
    return {
        name: f"The {name.replace('_', ' ')} has already been taken."
        for name, value in values.items()
        if value and account.users.taken("digits" if name == "number" else name, value, but)
    }


def _may_call_as(account: SmartfloAccount, body: Mapping[str, Any]) -> bool:
    own = own_numbers(account.settings)
    return all(str(number) in own for number in body.get("caller_id") or ())


def _wrong_caller() -> Reply:
    # The misspelt text is the service's own.
    return json_reply({"caller_id": "Provide a vaild caller_id."}, 422)


def _details(body: Mapping[str, Any], fields: Fields, further: Mapping[str, Any]) -> dict[str, Any]:
    """What is stored of a body. Fields that no page has are put to the `further` ones, unchecked."""
    kept = {name: body[name] for name in fields if name in body and name not in _NOT_KEPT}
    details = {_RENAMED.get(name, name): value for name, value in kept.items()}
    unknown = {name: value for name, value in body.items() if name not in CREATED and name not in PATCHED}
    return {**details, "further": {**further, **unknown}} if unknown else details


def _created_id(account: SmartfloAccount, user: User) -> dict[str, Any]:
    user_id: int | str = user.id if account.settings.smartflo_ids == "int" else str(user.id)
    forms: dict[str, dict[str, Any]] = {
        "none": {},
        "id": {"id": user_id},
        "user_id": {"user_id": user_id},
        "agent_id": {"agent_id": user.eid},
        "data": {"data": {"id": user_id}},
    }
    return forms[account.settings.smartflo_created_id]


def answered(handle: Handler, setting: str) -> Handler:
    """A call that the account may refuse, as `setting` says."""

    def handled(account: SmartfloAccount, path: Mapping[str, str], content: Any) -> Reply:
        answer = getattr(account.settings, setting)
        if answer == "answer":
            return handle(account, path, content)
        return failure("You are not allowed to use this API.", 200 if answer == "false" else int(answer))

    return handled


def user_operations() -> tuple[Operation[SmartfloAccount], ...]:
    """The calls about users."""

    def of(method: str, path: str, handle: Handler, *, needs_body: bool = False) -> Operation[SmartfloAccount]:
        return operation(method, path, answered(handle, "smartflo_users"), needs_body=needs_body)

    return (
        of("GET", "/v1/users", list_users),
        of("GET", "/v1/user/{id}", show_user),
        of("POST", "/v1/user", create_user, needs_body=True),
        of("PATCH", "/v1/user/{id}", change_user, needs_body=True),
        of("DELETE", "/v1/user/{id}", delete_user),
    )

"""The legacy calls about agents, and the account's own numbers.

Sources: the other account's page for list and create; public client code for change and delete, which go by the numeric
id; a sibling's page for block and unblock, which go by the EID.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from sandbox.operations import Operation, create_agent, list_agents, operation
from sandbox.reply import Reply, failure, invalid, json_reply
from sandbox.smartflo.account import Handler, SmartfloAccount
from sandbox.smartflo.numbers import completed, own_digits_of
from sandbox.smartflo.user_operations import answered
from sandbox.smartflo.user_shapes import User, own_numbers

_NOTHING_THERE = "Agent not found."


def create_legacy_agent(account: SmartfloAccount, path: Mapping[str, str], body: Any) -> Reply:
    """`POST /v1/agent`: as in the other account."""
    return create_agent(account, path, completed(body, "follow_me_number", account.settings))


def change_agent(account: SmartfloAccount, path: Mapping[str, str], body: Any) -> Reply:
    """`PUT /v1/agent/{id}`: name and number, as a form."""
    user = _of_legacy_id(account, path)
    if user is None:
        return failure(_NOTHING_THERE, 404)
    # A form is not JSON, so it arrives as text.
    form = dict(parse_qsl(body, keep_blank_values=True)) if isinstance(body, str) else {}
    digits = own_digits_of(form.get("follow_me_number"), account.settings)
    errors = {}
    if not form.get("name", "x").strip():
        errors["name"] = "The name field is required."
    if "follow_me_number" in form and digits is None:
        errors["follow_me_number"] = "The follow me number must be between 10 and 15 digits."
    elif digits and account.settings.duplicates == "refuse" and account.users.taken("digits", digits, user.id):
        errors["follow_me_number"] = "The follow me number has already been taken."
    if errors:
        return invalid(errors)
    if not form.keys() & {"name", "follow_me_number"}:
        return failure("Unable to process this request", 400)
    columns: dict[str, str | None] = {"agent_name": form["name"]} if "name" in form else {}
    if digits:
        columns["digits"] = digits
    account.users.change(user.id, columns, {})
    return json_reply({"success": True, "message": "Agent updated successfully"}, committed=True)


def delete_agent(account: SmartfloAccount, path: Mapping[str, str], _body: Any) -> Reply:
    """`DELETE /v1/agent/{id}`: the user goes as well."""
    user = _of_legacy_id(account, path)
    if user is None:
        return failure(_NOTHING_THERE, 404)
    account.users.remove(user.id)
    return json_reply({"success": True, "message": "Agent deleted successfully"}, committed=True)


def block_agent(account: SmartfloAccount, path: Mapping[str, str], _body: Any) -> Reply:
    """`POST /v1/agent/{eid}/block`."""
    return _set_blocked(account, path["eid"], blocked=True)


def unblock_agent(account: SmartfloAccount, path: Mapping[str, str], _body: Any) -> Reply:
    """`POST /v1/agent/{eid}/unblock`."""
    return _set_blocked(account, path["eid"], blocked=False)


def _set_blocked(account: SmartfloAccount, eid: str, *, blocked: bool) -> Reply:
    try:
        account.users.edit(eid, {}, {"blocked": blocked})
    except KeyError:
        return failure(_NOTHING_THERE, 404)
    done = "blocked" if blocked else "unblocked"
    return json_reply({"success": True, "message": f"Agent {done} successfully"}, committed=True)


def _of_legacy_id(account: SmartfloAccount, path: Mapping[str, str]) -> User | None:
    try:
        return account.users.of_legacy_id(int(path["id"]))
    except (KeyError, ValueError, OverflowError):
        return None


def list_numbers(account: SmartfloAccount, _path: Mapping[str, str], _query: Any) -> Reply:
    """`GET /v1/my_number`: a root array; the id is text, and the number stands there in two forms."""
    return json_reply(shown_numbers(account))


def shown_numbers(account: SmartfloAccount) -> list[dict[str, Any]]:
    """The account's own numbers, as their call shows them."""
    return [
        {"id": number, "did": f"+{digits}", "alias": digits, "name": "", "destination": None, "description": None}
        for number, digits in own_numbers(account.settings).items()
    ]


def agent_operations() -> tuple[Operation[SmartfloAccount], ...]:
    """The legacy calls about agents, and the call about the account's numbers."""

    def of(method: str, path: str, handle: Handler, *, needs_body: bool = False) -> Operation[SmartfloAccount]:
        return operation(method, path, answered(handle, "smartflo_agents"), needs_body=needs_body)

    return (
        of("GET", "/v1/agents", list_agents),
        of("POST", "/v1/agent", create_legacy_agent, needs_body=True),
        of("PUT", "/v1/agent/{id}", change_agent),
        of("DELETE", "/v1/agent/{id}", delete_agent),
        of("POST", "/v1/agent/{eid}/block", block_agent),
        of("POST", "/v1/agent/{eid}/unblock", unblock_agent),
        operation("GET", "/v1/my_number", list_numbers, needs_body=False),
    )

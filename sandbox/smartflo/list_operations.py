"""The calls about broadcast lists. Source: the index of the documentation; columns are given on create only."""

from collections.abc import Mapping
from typing import Any

from sandbox.operations import Operation, operation
from sandbox.reply import Reply, failure, json_reply
from sandbox.smartflo.account import SmartfloAccount
from sandbox.smartflo.broadcast_lists import BroadcastList

LIST_NOT_FOUND = "List not found."


def show_lists(account: SmartfloAccount, _path: Mapping[str, str], _query: Any) -> Reply:
    """`GET /v1/broadcast/lists`: a root array without pages."""
    return json_reply([_shown(account, item) for item in account.lists.all()])


def create_list(account: SmartfloAccount, _path: Mapping[str, str], body: Any) -> Reply:
    """`POST /v1/broadcast/list`: not idempotent, because two lists can have one name."""
    errors = _wrong(body)
    columns = body.get("field")
    if columns is not None and not (isinstance(columns, list) and all(isinstance(name, str) for name in columns)):
        errors["field"] = ["The field must be an array."]
    if str(body.get("enable_outbound_based_skill", "0")) == "1" and not body.get("skill_list_id"):
        errors["skill_list_id"] = ["The skill list id field is required."]
    if errors:
        return json_reply(errors, 422)
    list_id = account.lists.create(body["name"], body.get("description"), columns)
    content = {"success": True, "message": "List created successfully", "list_id": _id(account, list_id)}
    return json_reply(content, committed=True)


def change_list(account: SmartfloAccount, path: Mapping[str, str], body: Any) -> Reply:
    """`PUT /v1/broadcast/list/{id}`: the name and the description; `field` is passed over in silence."""
    found = find_list(account, path["id"])
    if found is None:
        return failure(LIST_NOT_FOUND, 404)
    if errors := _wrong(body):
        return json_reply(errors, 422)
    account.lists.change(found.id, body["name"], body.get("description", found.description))
    return json_reply({"success": True, "message": "List updated successfully"}, committed=True)


def delete_list(account: SmartfloAccount, path: Mapping[str, str], _body: Any) -> Reply:
    """`DELETE /v1/broadcast/list/{id}`: its leads go as well."""
    found = find_list(account, path["id"])
    if found is None:
        return failure(LIST_NOT_FOUND, 404)
    account.lists.remove(found.id)
    account.rows.remove_list(found.id)
    return json_reply({"success": True, "message": "List deleted successfully"}, committed=True)


def find_list(account: SmartfloAccount, list_id: str) -> BroadcastList | None:
    """The list of that id; None where there is none."""
    try:
        return account.lists.get(list_id)
    except KeyError:
        return None


def _wrong(body: Any) -> dict[str, list[str]]:
    name, description = body.get("name"), body.get("description")
    errors = {}
    if not isinstance(name, str) or not name.strip():
        errors["name"] = ["The name field is required."]
    if description is not None and not isinstance(description, str):
        errors["description"] = ["The description must be a string."]
    return errors


def _shown(account: SmartfloAccount, item: BroadcastList) -> dict[str, Any]:
    return {"id": _id(account, item.id), "name": item.name, "description": item.description}


def _id(account: SmartfloAccount, list_id: int) -> int | str:
    return list_id if account.settings.smartflo_ids == "int" else str(list_id)


def list_operations() -> tuple[Operation[SmartfloAccount], ...]:
    """The calls about lists."""
    return (
        operation("GET", "/v1/broadcast/lists", show_lists, needs_body=False),
        operation("POST", "/v1/broadcast/list", create_list, needs_body=True),
        operation("PUT", "/v1/broadcast/list/{id}", change_list, needs_body=True),
        operation("DELETE", "/v1/broadcast/list/{id}", delete_list, needs_body=False),
    )

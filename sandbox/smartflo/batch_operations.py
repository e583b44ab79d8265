"""Bulk writes of leads, and the status of a batch.

Sources: the page of the bulk create, and the index. The shape of the status is guessed by all clients that read it.
"""

from collections.abc import Mapping
from typing import Any

from sandbox.calls import now_ms
from sandbox.operations import Operation, operation
from sandbox.reply import Reply, failure, invalid, json_reply
from sandbox.settings import Settings
from sandbox.smartflo.account import SmartfloAccount
from sandbox.smartflo.batches import Batch
from sandbox.smartflo.broadcast_leads import NewLead
from sandbox.smartflo.lead_operations import COLUMN, wrong_facts
from sandbox.smartflo.list_operations import LIST_NOT_FOUND, find_list
from sandbox.smartflo.numbers import own_digits_of

_OPTIONS = ("overwrite", "skip", "clone")
_TEXTS = {"processing": "Batch is in progress", "completed": "Batch completed", "failed": "Batch failed"}


def write_many(account: SmartfloAccount, path: Mapping[str, str], body: Any) -> Reply:
    """`POST /v1/broadcast/leads/{list_id}`: rows that cannot be taken are left out, and the reply does not say so."""
    found = find_list(account, path["list_id"])
    if found is None:
        return failure(LIST_NOT_FOUND)
    data, option = body.get("data"), body.get("duplicate_option", account.settings.default_duplicate_option)
    errors = _wrong_data(account, data, dict)
    if option not in _OPTIONS:
        errors["duplicate_option"] = "The selected duplicate option is invalid."
    if errors:
        return invalid(errors)
    leads, refused = [], []
    skill = {"skill_id": body["skill_id"]} if body.get("skill_id") else {}
    for place, row in enumerate(data):
        lead = _lead_of(row, skill, account.settings)
        if isinstance(lead, str):
            refused.append({"row": place, "field_0": row.get("field_0"), "message": lead})
        else:
            leads.append(lead)
    account.batches.settle()
    return _accepted(account.batches.write(found.id, leads, option, refused))


def _lead_of(row: dict[str, Any], facts: dict[str, Any], settings: Settings) -> NewLead | str:
    """The lead in a row, or why it is refused."""
    refused_text = settings.smartflo_refused_text
    digits = own_digits_of(row.get("field_0"), settings)
    if digits is None:
        return "The field 0 must be between 10 and 15 digits."
    columns: dict[str, str | None] = {}
    for name, value in row.items():
        if name.startswith("field_") and value is not None:
            if isinstance(value, dict | list):
                return f"The {name.replace('_', ' ')} must be a string."
            columns[name] = value if isinstance(value, str) else str(value)
    if refused_text is not None and any(refused_text in (value or "") for value in columns.values()):
        return "The row is invalid."
    if "priority" in row:
        if wrong_facts(row, int):
            return "The priority is invalid."
        facts = {**facts, "priority": row["priority"]}
    return NewLead(digits, columns, facts or None)


def change_many(account: SmartfloAccount, path: Mapping[str, str], body: Any) -> Reply:
    """`PATCH /v1/broadcast/leads/{list_id}`: gives all leads that match the same new values."""
    found = find_list(account, path["list_id"])
    if found is None:
        return failure(LIST_NOT_FOUND)
    errors, new = _wrong_match(account, body), body.get("lead_data")
    if not isinstance(new, dict) or not new or not all(COLUMN.fullmatch(name) for name in new) or "field_0" in new:
        errors["lead_data"] = "The lead data is invalid."
    if errors:
        return invalid(errors)
    account.batches.settle()
    fields = {name: None if value is None else str(value) for name, value in new.items()}
    return _accepted(account.batches.change(found.id, body["field"], _values(account, body), fields))


def delete_many(account: SmartfloAccount, path: Mapping[str, str], body: Any) -> Reply:
    """`DELETE /v1/broadcast/leads/{list_id}`, with a body that says which."""
    found = find_list(account, path["list_id"])
    if found is None:
        return failure(LIST_NOT_FOUND)
    if errors := _wrong_match(account, body):
        return invalid(errors)
    account.batches.settle()
    return _accepted(account.batches.delete(found.id, body["field"], _values(account, body)))


def show_batch(account: SmartfloAccount, path: Mapping[str, str], _query: Any) -> Reply:
    """`GET /v1/broadcast/batch_status/{id}`."""
    account.batches.settle()
    try:
        batch = account.batches.find(path["id"])
    except (KeyError, OverflowError):
        return failure("Batch not found.", 404)
    key, state = account.settings.smartflo_batch_key, batch.state(now_ms())
    content = {"success": True, "message": _TEXTS[state]}
    if key != "message":
        content[key] = state
    return json_reply({**content, **(_counts(batch) if account.settings.smartflo_batch_rows else {})})


def _counts(batch: Batch) -> dict[str, Any]:
    given = batch.rows + len(batch.refused)
    return {"total": given, "success_count": batch.done, "failed_count": len(batch.refused), "failed": batch.refused}


def _accepted(batch: Batch) -> Reply:
    content = {"success": True, "message": "Request accepted", "batch_id": batch.batch_id}
    return json_reply(content, committed=batch.stop > 0)


def _wrong_match(account: SmartfloAccount, body: Any) -> dict[str, str]:
    errors = _wrong_data(account, body.get("data"), str)
    if not isinstance(body.get("field"), str) or not COLUMN.fullmatch(body["field"]):
        errors["field"] = "The field is invalid."
    return errors


def _wrong_data(account: SmartfloAccount, data: Any, kind: type) -> dict[str, str]:
    limit = account.settings.smartflo_batch_limit
    if not isinstance(data, list) or not data or not all(isinstance(item, kind) for item in data):
        return {"data": "The data must be an array."}
    if limit and len(data) > limit:
        return {"data": f"The data may not have more than {limit} items."}
    return {}


def _values(account: SmartfloAccount, body: Any) -> list[str]:
    """The values to match. Numbers are compared by their digits."""
    if body["field"] != "field_0":
        return list(body["data"])
    return [digits for value in body["data"] if (digits := own_digits_of(value, account.settings))]


def batch_operations() -> tuple[Operation[SmartfloAccount], ...]:
    """The calls that write leads in bulk."""
    return (
        operation("POST", "/v1/broadcast/leads/{list_id}", write_many, needs_body=True),
        operation("PATCH", "/v1/broadcast/leads/{list_id}", change_many, needs_body=True),
        operation("DELETE", "/v1/broadcast/leads/{list_id}", delete_many, needs_body=True),
        operation("GET", "/v1/broadcast/batch_status/{id}", show_batch, needs_body=False),
    )

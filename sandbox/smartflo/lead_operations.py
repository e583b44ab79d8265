"""The calls about single leads, and the one that reads a list back.

`/v1/broadcast/lead/{id}` means the list on POST, and the lead on PUT and DELETE.
"""

import re
from collections.abc import Mapping
from typing import Any

from sandbox.operations import Operation, operation, write_lead
from sandbox.reply import Reply, failure, invalid, json_reply, streamed_reply
from sandbox.smartflo.account import SmartfloAccount
from sandbox.smartflo.broadcast_leads import StoredLead, lead_id_of, number_of
from sandbox.smartflo.lead_text import LeadText
from sandbox.smartflo.list_operations import LIST_NOT_FOUND, find_list
from sandbox.smartflo.numbers import completed, own_digits_of

COLUMN = re.compile(r"field_\d+")
_NOTHING_THERE = "Lead not found."
_FACTS = ("priority", "skill_id", "dial_status")
_HIGHEST_PRIORITY = 30


def write_one(account: SmartfloAccount, path: Mapping[str, str], body: Any) -> Reply:
    """`POST /v1/broadcast/lead/{list_id}`: as in the other account, with a priority."""
    if find_list(account, path["list_id"]) is None:
        return failure(LIST_NOT_FOUND)
    if errors := wrong_facts(body, int):
        return invalid(errors)
    account.batches.settle()
    body = completed(body, "field_0", account.settings)
    reply = write_lead(account, path, body)
    facts = {name: body[name] for name in ("priority", "skill_id") if body.get(name) is not None}
    if reply.committed and facts:
        for lead_id in account.rows.matching(int(path["list_id"]), "field_0", [str(body["field_0"])]):
            account.rows.change(lead_id, {}, facts)
    return reply


def read_leads(account: SmartfloAccount, path: Mapping[str, str], query: Any) -> Reply:
    """`GET /v1/broadcast/leads/{list_id}`: a root array of all leads, or of those of one number."""
    found = find_list(account, path["list_id"])
    if found is None:
        return failure(LIST_NOT_FOUND)
    account.batches.settle()
    asked = query.get("number", [None])[0]
    # A plus that the client left unescaped arrives as a space.
    digits = None if asked is None else own_digits_of(asked.strip(), account.settings) or asked
    if next(account.rows.parts(found.id, digits), None) is None:
        return _empty(account)
    text = LeadText(found, account.settings, account.rows.moved())
    return streamed_reply(lambda: text.body(account.rows.parts(found.id, digits)))


def _empty(account: SmartfloAccount) -> Reply:
    form = account.settings.smartflo_empty
    if form == "message":
        return failure("No leads found.")
    return json_reply([] if form == "array" else {})


def change_lead(account: SmartfloAccount, path: Mapping[str, str], body: Any) -> Reply:
    """`PUT /v1/broadcast/lead/{lead_id}`: changes the columns that the body has. `priority` is text here."""
    lead = _found(account, path)
    if lead is None:
        return failure(_NOTHING_THERE, 404)
    columns = {name: value for name, value in body.items() if COLUMN.fullmatch(name)}
    digits = own_digits_of(columns.pop("field_0"), account.settings) if "field_0" in columns else lead.digits
    errors = wrong_facts(body, str)
    if digits is None:
        errors["field_0"] = "The field 0 must be between 10 and 15 digits."
    errors |= {name: f"The {name} must be a string." for name, value in columns.items() if not isinstance(value, str)}
    if errors:
        return invalid(errors)
    facts = {name: int(body[name]) if name != "skill_id" else body[name] for name in _FACTS if body.get(name)}
    account.rows.change(lead.id, columns, facts, digits)
    return json_reply({"success": True, "message": "Lead updated successfully"}, committed=True)


def delete_lead(account: SmartfloAccount, path: Mapping[str, str], _body: Any) -> Reply:
    """`DELETE /v1/broadcast/lead/{lead_id}`."""
    lead = _found(account, path)
    if lead is None:
        return failure(_NOTHING_THERE, 404)
    account.rows.remove([lead.id])
    return json_reply({"success": True, "message": "Lead deleted successfully"}, committed=True)


def wrong_facts(body: Mapping[str, Any], kind: type) -> dict[str, str]:
    """Why a lead's priority and dial status are refused; they are of type `kind`, a number or its text."""
    errors = {}
    priority, status = body.get("priority"), body.get("dial_status")
    if priority is not None and not (isinstance(priority, kind) and _within(priority, 1, _HIGHEST_PRIORITY)):
        errors["priority"] = f"The priority must be between 1 and {_HIGHEST_PRIORITY}."
    if status is not None and not _within(status, 0, 9):
        errors["dial_status"] = "The dial status is invalid."
    return errors


def _within(value: Any, least: int, most: int) -> bool:
    return str(value).isdecimal() and least <= int(value) <= most


def _found(account: SmartfloAccount, path: Mapping[str, str]) -> StoredLead | None:
    account.batches.settle()
    try:
        lead = account.rows.get(number_of(path["lead_id"]))
    except (KeyError, OverflowError):
        return None
    return lead if lead_id_of(lead.id, lead.created) == path["lead_id"] else None


def lead_operations() -> tuple[Operation[SmartfloAccount], ...]:
    """The calls about single leads, and the one that reads a list back."""
    return (
        operation("POST", "/v1/broadcast/lead/{list_id}", write_one, needs_body=True),
        operation("PUT", "/v1/broadcast/lead/{lead_id}", change_lead, needs_body=True),
        operation("DELETE", "/v1/broadcast/lead/{lead_id}", delete_lead, needs_body=False),
        operation("GET", "/v1/broadcast/leads/{list_id}", read_leads, needs_body=False),
    )

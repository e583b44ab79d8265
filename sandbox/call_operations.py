"""The endpoints that place calls and act on them. Source: the vendor's page; its silence is filled by `Settings`."""

from collections.abc import Mapping
from typing import Any

from sandbox.calls import OUTBOUND, Call, NewCall
from sandbox.numbers import digits_of
from sandbox.operations import Account, Operation, operation
from sandbox.reply import Reply, failure, invalid, json_reply

CLICK_TO_CALL = "Click to Call"
SUPPORT = "Click to Call Support"
TRANSFER = 4

_QUEUED = "Originate successfully queued"


def click_to_call(account: Account, _path: Mapping[str, str], body: Any) -> Reply:
    """`POST /v1/click_to_call`: rings the agent, then the customer."""
    errors = _missing(body, "agent_number", "destination_number")
    client = digits_of(body.get("destination_number"))
    if "destination_number" not in errors and client is None:
        errors["destination_number"] = "The destination number must be between 10 and 15 digits."
    if body.get("caller_id") is not None and digits_of(body["caller_id"]) is None:
        errors["caller_id"] = "The caller id must be between 10 and 15 digits."
    for name in ("async", "get_call_id"):
        if body.get(name) not in (None, 0, 1, "0", "1"):
            errors[name] = f"The selected {name} is invalid."
    timeout = body.get("call_timeout")
    if timeout is not None and (not str(timeout).isdecimal() or int(timeout) < 1):
        errors["call_timeout"] = "The call timeout must be a number of seconds."
    if errors:
        return invalid(errors)
    assert client is not None
    eid = account.agents.reached_by(str(body["agent_number"]))
    if eid is None:
        return failure("Agent not found.")
    details = {"custom_identifier": body.get("custom_identifier")}
    did = digits_of(body.get("caller_id"))
    call = account.calls.place(_life(account, CLICK_TO_CALL, client, did, eid, details, timeout))
    return _click_reply(call, body)


def _click_reply(call: Call, body: Any) -> Reply:
    content: dict[str, Any] = {"success": True, "message": _QUEUED}
    if str(body.get("async", 1)) == "1":
        return json_reply(content, committed=True)
    picked_up = call.answered if call.answered is not None and call.answered < call.ended else None
    if picked_up is not None and str(body.get("get_call_id")) == "1":
        content["call_id"] = call.call_id
    return json_reply(content, committed=True, after_ms=(picked_up or call.ended) - call.placed)


def call_customer(account: Account, _path: Mapping[str, str], body: Any) -> Reply:
    """`POST /v1/c2c_api`: calls a customer; the API key says what is announced or who is connected."""
    errors = _missing(body, "customer_number", "api_key")
    client = digits_of(body.get("customer_number"))
    if "customer_number" not in errors and client is None:
        errors["customer_number"] = "The customer number must be between 10 and 15 digits."
    if errors:
        return invalid(errors)
    if body["api_key"] not in account.settings.api_key:
        return failure("Invalid API key.")
    assert client is not None
    details = {"announced": account.leads.latest(client)}
    account.calls.place(_life(account, SUPPORT, client, None, None, details, None))
    return json_reply({"success": True, "message": _QUEUED}, committed=True)


def hang_up(account: Account, _path: Mapping[str, str], body: Any) -> Reply:
    """`POST /v1/call/hangup`: ends a live call."""
    if errors := _missing(body, "call_id"):
        return invalid(errors)
    call = account.calls.live(str(body["call_id"]))
    if call is None:
        return failure("Call not found.")
    account.calls.hang_up(call, "Hung up by API")
    return json_reply({"success": True, "message": "Call hangup successful"}, committed=True)


def call_options(account: Account, _path: Mapping[str, str], body: Any) -> Reply:
    """`POST /v1/call/options`: of the types, the page documents 4, a transfer to an agent."""
    errors = _missing(body, "type", "call_id", "intercom")
    if "type" not in errors and str(body["type"]) != str(TRANSFER):
        errors["type"] = "The selected type is invalid."
    if errors:
        return invalid(errors)
    call = account.calls.live(str(body["call_id"]))
    if call is None:
        return failure("Call not found.")
    by_intercom = account.agents.reached_by(str(body["intercom"]))
    eid = account.agents.reached_by(str(body["agent_id"])) if body.get("agent_id") else by_intercom
    if eid is None or by_intercom != eid:
        return failure("Agent not found.")
    account.calls.hand_over(call, eid, {"transferred_from": call.agent})
    return json_reply({"success": True, "message": "Redirect successful"}, committed=True)


def _missing(body: Any, *names: str) -> dict[str, str]:
    return {name: f"The {name.replace('_', ' ')} field is required." for name in names if body.get(name) in (None, "")}


def _life(
    account: Account, service: str, client: str, did: str | None, eid: str | None, details: dict[str, Any], limit: Any
) -> NewCall:
    """The life of an outbound call, by the settings; `limit` seconds end it whatever it is at."""
    settings = account.settings
    picked_up = settings.call_queue_ms + settings.call_ring_ms
    missed = account.calls.misses_next(settings.call_missed_every)
    end = picked_up + (0 if missed else settings.call_talk_ms)
    cause = "No answer" if missed else "Normal Clearing"
    if limit is not None and int(limit) * 1000 < end:
        end, cause = int(limit) * 1000, "Call timeout"
    answered = None if missed or picked_up >= end else picked_up
    return NewCall(OUTBOUND, service, client, did, eid, settings.call_queue_ms, answered, end, cause, details)


def call_operations() -> tuple[Operation[Account], ...]:
    """The calls that act on people's phones."""
    return (
        operation("POST", "/v1/click_to_call", click_to_call, needs_body=True),
        operation("POST", "/v1/c2c_api", call_customer, needs_body=True),
        operation("POST", "/v1/call/hangup", hang_up, needs_body=True),
        operation("POST", "/v1/call/options", call_options, needs_body=True),
    )

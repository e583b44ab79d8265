"""The bodies of writes about users and agents, and what their replies confirm."""

from __future__ import annotations

from typing import Any

import pytest

from digo.api import ApiError, NewAgent, NotSent, OutcomeUnknown, RateLimited, Refused, TokenRefused
from digo.api.agent_calls import AGENT_CALLS, USER_CALLS
from digo.api.calls import Call, NumberForm, RetryPolicy, WriteOptions
from digo.api.models import AgentRecord
from digo.api.snapshot import LISTED_BY_AGENTS, LISTED_BY_USERS
from tests.api.api_values import NUMBER
from tests.api.user_replies import read

CALLERS = {"12025550190": "2222222", "12025550191": "2222223"}
PASSWORD = "example-Password-1"
OPTIONS = WriteOptions(listed_by=LISTED_BY_USERS, caller_ids=CALLERS, password=PASSWORD)
DEMANDED = {
    "email": "desk@example.com",
    "login_id": "desk",
    "user_role": "12",
    "caller_ids": '["+12025550191"]',
}
USER = AgentRecord(eid="5000000000001", user_id="40001", name="Desk", follow_me_number=NUMBER)
LEGACY = AgentRecord(eid="5000000000001", id="740001", name="Desk", follow_me_number=NUMBER)


def new(**fields: str) -> Call[Any]:
    return USER_CALLS.create(NewAgent("Desk", NUMBER, None, {**DEMANDED, **fields}), OPTIONS)


def parts(record: AgentRecord, **changes: str) -> list[tuple[str, str, Any]]:
    """Method, path and content of each call of an update."""
    made = USER_CALLS.update(record, changes, OPTIONS)
    return [(part.call.method, part.call.path, part.call.form or part.call.body) for part in made]


def test_a_new_user_has_what_the_page_demands() -> None:
    call = new()
    assert (call.method, call.path, call.retry_policy) == ("POST", "v1/user", RetryPolicy.NEVER)
    assert call.body == {
        "create_agent": True,
        "status": True,
        "password": PASSWORD,
        "name": "Desk",
        "number": NUMBER,
        "email": "desk@example.com",
        "login_id": "desk",
        "user_role": 12,
        "caller_id": [2222223],
    }
    assert PASSWORD not in repr(call) + repr(OPTIONS)


def test_a_new_user_has_the_optional_fields_in_the_types_of_the_page() -> None:
    body = new(
        block_web_login="true",
        login_based_calling="false",
        assign_extension="true",
        route_call_through="2",
        agent_group='["Sales"]',
        department="[7, 8]",
        time_group="3",
        failover_destinations='["5000000000002"]',
        user_for_cdr='{"type": "self"}',
        blocked="true",
    ).body
    assert body is not None
    assert {name: body[name] for name in list(body)[9:]} == {
        "block_web_login": True,
        "login_based_calling": False,
        "assign_extension": True,
        "route_call_through": 2,
        "agent_group": ["Sales"],
        "department": [7, 8],
        "time_group": "3",
        "failover_destination": ["5000000000002"],
        "user_for_cdr": {"type": "self"},
    }


def test_what_a_new_user_lacks_is_said_without_a_call() -> None:
    with pytest.raises(NotSent, match="needs email, login_id, user_role, caller_ids too"):
        USER_CALLS.create(NewAgent("Desk", NUMBER), OPTIONS)


def test_a_number_that_the_account_lacks_is_no_caller_id() -> None:
    with pytest.raises(NotSent, match=r"does not have \+1 \*\*\*0142; it has 2 numbers of its own") as caught:
        new(caller_ids='["+12025550190", "+12025550142"]')
    assert "2025550142" not in str(caught.value)


def test_where_agents_are_listed_an_agent_is_created() -> None:
    call = USER_CALLS.create(NewAgent("Desk", NUMBER, "1001"), WriteOptions(listed_by=LISTED_BY_AGENTS))
    assert (call.journal_name, call.body) == (
        "POST /v1/agent",
        {"name": "Desk", "follow_me_number": NUMBER, "intercom": 1001},
    )
    assert AGENT_CALLS.create(NewAgent("Desk", NUMBER), WriteOptions()).journal_name == "POST /v1/agent"


def test_a_patch_has_the_changed_fields_alone_in_the_types_of_its_page() -> None:
    changes = {
        "name": "Desk 2",
        "follow_me_number": "+12025550102",
        "user_role": "13",
        "caller_ids": '["+12025550190"]',
        "agent_group": '["Sales"]',
        "blocked": "true",
        "disabled": "false",
        "international_outbound": "true",
        "designation": "Lead",
        "department": "[7]",
    }
    body = {
        "name": "Desk 2",
        "number": "+12025550102",
        "user_role": "13",
        "caller_id": ["2222222"],
        "agent_group": ["Sales"],
        "block_agent": True,
        "disable_agent": False,
        "international_outbound": True,
        "designation": "Lead",
    }
    assert parts(USER, **changes) == [("PATCH", "v1/user/40001", body)]
    (part,) = USER_CALLS.update(USER, changes, OPTIONS)
    assert (part.call.journal_name, part.call.retry_policy) == ("PATCH /v1/user", RetryPolicy.IDEMPOTENT)
    assert part.fields.keys() == changes.keys() - {"department"}


def test_an_agent_without_a_user_is_put_as_a_form_and_blocked_by_its_eid() -> None:
    assert parts(LEGACY, name="Desk 2", blocked="true") == [
        ("PUT", "v1/agent/740001", {"name": "Desk 2", "follow_me_number": NUMBER}),
        ("POST", "v1/agent/5000000000001/block", None),
    ]
    assert parts(LEGACY, blocked="false") == [("POST", "v1/agent/5000000000001/unblock", None)]
    options = WriteOptions(NumberForm.DIGITS)
    (part,) = USER_CALLS.update(LEGACY, {"follow_me_number": "+12025550102"}, options)
    assert part.call.form == {"name": "Desk", "follow_me_number": "12025550102"}


def test_deletes_name_users_and_agents_by_their_own_ids() -> None:
    calls = [USER_CALLS.delete(record) for record in (USER, LEGACY)]
    assert [call.path for call in calls] == ["v1/user/40001", "v1/agent/740001"]
    assert {call.journal_name for call in calls} <= USER_CALLS.names
    with pytest.raises(NotSent, match="does not show its numeric id"):
        USER_CALLS.delete(LEGACY.model_copy(update={"id": None}))


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        ({"id": 40001}, {"id": "40001"}),
        ({"user_id": "40001", "agent_id": 5000000000001}, {"user_id": "40001", "agent_id": "5000000000001"}),
        ({"agentId": "5000000000001"}, {"agentId": "5000000000001"}),
        ({"data": {"id": 40001, "name": "Desk"}}, {"id": "40001"}),
        ({"data": [], "message": "done"}, {}),
    ],
)
def test_the_ids_of_a_created_user_are_taken_under_any_name(body: dict[str, Any], ids: dict[str, str]) -> None:
    assert read(new(), {"success": True, **body}).ids == ids


# The sibling product's error shapes (its pages, and what its clients read): status, body, what the error says.
REFUSALS: list[tuple[int, dict[str, Any], str]] = [
    (200, {"success": False, "message": "No."}, "No."),
    (200, {"Success": "False", "Message": "No."}, "No."),
    (400, {"number": ["The number has already been taken."]}, "number: The number has already been taken."),
    (422, {"caller_id": "Provide a vaild caller_id."}, "caller_id: Provide a vaild caller_id."),
    (400, {"success": False, "message": "Unable to process this request"}, "Unable to process this request"),
    (400, {"success": False, "message": "No.", "errors": {"email": ["Taken."]}}, "No.; email: Taken."),
]


@pytest.mark.parametrize(("status", "body", "says"), REFUSALS)
@pytest.mark.parametrize(
    "call", [new(), USER_CALLS.update(USER, {"name": "A"}, OPTIONS)[0].call], ids=["POST", "PATCH"]
)
def test_each_documented_refusal_is_one(call: Call[Any], status: int, body: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused) as caught:
        read(call, body, status)
    assert caught.value.what == f"the API refused {call.method} /{call.path}: {says}"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, {}, TokenRefused),
        (429, {"success": "false", "message": "Too many requests."}, RateLimited),
        (500, {"success": True}, OutcomeUnknown),
        (200, {"message": "done"}, OutcomeUnknown),
        (200, b"<html>", OutcomeUnknown),
    ],
)
def test_other_replies_to_a_change_prove_nothing_or_that_nothing_was_done(
    status: int, body: object, error: type[ApiError]
) -> None:
    for call in (new(), USER_CALLS.update(USER, {"name": "A"}, OPTIONS)[0].call, USER_CALLS.delete(USER)):
        with pytest.raises(ApiError) as caught:
            read(call, body, status)
        assert type(caught.value) is error


@pytest.mark.parametrize("success", [{"Success": True, "Message": "done"}, {"success": "true", "message": "done"}])
def test_a_change_is_confirmed_in_either_case(success: dict[str, Any]) -> None:
    for call in (new(), USER_CALLS.update(USER, {"name": "A"}, OPTIONS)[0].call, USER_CALLS.delete(USER)):
        assert read(call, success).message == "done"


def test_what_is_gone_already_is_deleted() -> None:
    assert read(USER_CALLS.delete(USER), {"success": False, "message": "User not found."}, 404).message
    with pytest.raises(Refused):
        read(USER_CALLS.update(USER, {"name": "A"}, OPTIONS)[0].call, {"message": "User not found."}, 404)


def test_a_reply_that_repeats_the_password_does_not_show_it() -> None:
    with pytest.raises(Refused) as caught:
        read(new(), {"password": [f"{PASSWORD} is too weak."]}, 422)
    assert PASSWORD not in str(caught.value)
    assert "is too weak" in str(caught.value)

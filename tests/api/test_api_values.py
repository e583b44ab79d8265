"""Calls, records and errors as plain values: what is sent, what is kept, and what their texts never show."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from digo.api import Access, AgentRecord, NewAgent, NewLead, OutcomeUnknown, add_agent, list_agents, put_lead
from digo.api.calls import NumberForm, RetryPolicy
from digo.fields.agents import AGENT_FIELDS, CONFIGURATION_FIELDS, FieldKind
from tests.api.api_values import CANARY, NUMBER


@pytest.mark.parametrize(("form", "sent"), [("plus", NUMBER), ("digits", NUMBER[1:]), ("integer", int(NUMBER[1:]))])
def test_an_agents_number_is_written_in_each_form(form: str, sent: str | int) -> None:
    assert add_agent(NewAgent("Desk", NUMBER), NumberForm(form)).body == {"name": "Desk", "follow_me_number": sent}


@pytest.mark.parametrize(("form", "sent"), [("plus", NUMBER), ("digits", NUMBER[1:]), ("integer", NUMBER[1:])])
def test_a_leads_phone_is_always_a_text(form: str, sent: str) -> None:
    call = put_lead(NewLead("4711", NUMBER, {"field_5": "0123"}), NumberForm(form))
    assert call.body == {"field_0": sent, "field_5": "0123", "duplicate_option": "overwrite"}


@pytest.mark.parametrize(("intercom", "sent"), [("1001", 1001), ("0123", "0123"), ("0000", "0000"), (None, None)])
def test_an_intercoms_leading_zero_survives(intercom: str | None, sent: object) -> None:
    body = add_agent(NewAgent("Desk", NUMBER, intercom)).body
    assert body is not None
    assert body.get("intercom") == sent
    assert ("intercom" in body) == (intercom is not None)


def test_columns_cannot_change_the_duplicate_option() -> None:
    body = put_lead(NewLead("4711", NUMBER, {"duplicate_option": "clone"})).body
    assert body is not None
    assert body["duplicate_option"] == "overwrite"


@pytest.mark.parametrize(
    ("list_id", "path"),
    [("4711", "4711"), ("../agent", "..%2Fagent"), ("a b", "a%20b"), ("a?b#c", "a%3Fb%23c"), ("é", "%C3%A9")],
)
def test_a_list_id_is_one_part_of_the_path(list_id: str, path: str) -> None:
    assert put_lead(NewLead(list_id, NUMBER)).path == f"v1/broadcast/lead/{path}"


def test_what_sending_twice_does() -> None:
    calls = (list_agents(), add_agent(NewAgent("Desk", NUMBER)), put_lead(NewLead("4711", NUMBER)))
    assert [call.retry_policy for call in calls] == [RetryPolicy.HARMLESS, RetryPolicy.NEVER, RetryPolicy.IDEMPOTENT]


def test_a_calls_text_shows_no_body_and_an_accesss_no_token() -> None:
    assert NUMBER[1:] not in repr(add_agent(NewAgent("Desk", NUMBER)))
    access = Access("http://127.0.0.1:1/", f"Bearer {CANARY}")
    assert CANARY not in repr(access) + str(access)
    assert CANARY not in access.redactor(f"Bearer {CANARY} and {CANARY}")


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:1", "http://127.0.0.1:1/", "http://127.0.0.1:1//"])
def test_an_endpoint_ends_with_a_slash_or_not(endpoint: str) -> None:
    assert Access(endpoint, CANARY).url("v1/agents") == "http://127.0.0.1:1/v1/agents"


@pytest.mark.parametrize(
    ("item", "field", "value"),
    [
        ({"eid": 600000000000001}, "eid", "600000000000001"),
        ({"eid": "e", "id": 111111}, "id", "111111"),
        ({"eid": "e", "id": 111111.0}, "id", "111111"),
        ({"eid": "e", "intercom": 123}, "intercom", "123"),
        ({"eid": "e", "follow_me_number": 12025550101}, "follow_me_number", NUMBER[1:]),
        ({"eid": "e", "custom_status": "1"}, "blocked", True),
        ({"eid": "e", "custom_status": 0}, "blocked", False),
        ({"eid": "e"}, "blocked", False),
        ({"eid": "e", "name": None}, "name", None),
    ],
)  # fmt: skip
def test_a_record_is_read_tolerantly(item: dict[str, Any], field: str, value: object) -> None:
    assert getattr(AgentRecord.from_dict(item), field) == value


@pytest.mark.parametrize(
    "item",
    [{}, {"eid": None}, {"eid": ""}, {"eid": True}, {"eid": ["e"]}, {"eid": "e", "name": {}}, {"eid": "e", "id": []}],
)
def test_what_is_no_agent_is_no_record(item: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AgentRecord.from_dict(item)


def test_a_record_keeps_configuration_and_drops_what_moves_by_itself() -> None:
    item = dict.fromkeys(AGENT_FIELDS, 1) | {"eid": "e", "surprise": 1, "team_name": None}
    record = AgentRecord.from_dict(item)
    assert set(record.configuration) == set(CONFIGURATION_FIELDS) - {"team_name"}
    volatile = {name for name, one in AGENT_FIELDS.items() if one.kind is FieldKind.VOLATILE}
    assert volatile and not volatile & set(record.configuration) and not volatile & set(AgentRecord.model_fields)


def test_an_error_says_what_failed_the_next_step_and_the_call() -> None:
    call: dict[str, Any] = {"method": "POST", "path": "/v1/agent", "status": 500}
    problem = OutcomeUnknown("it broke", answered=True, next_step="run again", **call)
    said = ["it broke", "  Next: run again", "  Call: POST /v1/agent, status 500"]
    assert str(problem).splitlines() == said
    lost = OutcomeUnknown("it broke", answered=False, next_step="run again", **call | {"status": None})
    assert str(lost).splitlines()[-1] == "  Call: POST /v1/agent, no reply"

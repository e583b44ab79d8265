"""How much of a reply is believed, told by reply: pure, so every shape can be tried."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digo.api import ApiError, OutcomeUnknown, RateLimited, ReadUnknown, Refused, TokenRefused
from digo.api.responses import Reply, read_agents, read_receipt
from digo.fields.agents import AGENT_FIELDS, FieldKind
from digo.text.redact import Redactor
from tests.api.api_values import NUMBER

EID = "600000000000001"


def reply(body: object, status: int = 200, content_type: str = "application/json", method: str = "POST") -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    path = "/v1/agents" if method == "GET" else "/v1/agent"
    return Reply(method, path, status, content_type, raw)


def agents(body: object, status: int = 200) -> Any:
    return read_agents(reply(body, status, method="GET"), Redactor())


def receipt(body: object, status: int = 200) -> Any:
    return read_receipt(reply(body, status), Redactor())


def test_the_pages_list_is_read(page: Callable[[str], str]) -> None:
    text = page("list_agents_reply")
    (agent,) = agents(text.encode())
    (item,) = json.loads(text)
    assert (agent.id, agent.name, agent.intercom) == ("111111", "Test Agent", None)
    assert (agent.eid, agent.follow_me_number) == (item["eid"], item["follow_me_number"])
    assert agent.blocked is False
    assert item.keys() <= AGENT_FIELDS.keys()
    wanted = {name for name in item if AGENT_FIELDS[name].kind is FieldKind.CONFIGURATION and item[name] is not None}
    assert agent.configuration.keys() == wanted


def test_the_pages_reply_to_a_create_is_no_json_and_so_no_confirmation(page: Callable[[str], str]) -> None:
    printed = page("add_agent_reply")
    with pytest.raises(OutcomeUnknown):
        receipt(printed.encode())
    mended = printed.replace('""', '"').replace('X",\n}', 'X"\n}')
    assert receipt(mended.encode()).agent_id == "XXXXXXXXXXXXXX"


@pytest.mark.parametrize("success", [True, "true", "True", " TRUE "])
@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_write_succeeded_with_2xx_and_success(success: object, status: int) -> None:
    found = receipt({"success": success, "message": "done", "agent_id": 600000000000001}, status)
    assert (found.message, found.agent_id) == ("done", EID)


@pytest.mark.parametrize("body", [{"success": success} for success in (1, "yes", "1", None, [True], {"a": 1})])
def test_nothing_else_is_success(body: object) -> None:
    with pytest.raises(OutcomeUnknown):
        receipt(body)


@pytest.mark.parametrize("status", [301, 302, 500, 502, 503])
def test_success_with_another_status_is_no_success(status: int) -> None:
    with pytest.raises(OutcomeUnknown):
        receipt({"success": True, "message": "done"}, status)


@pytest.mark.parametrize(
    ("body", "status", "reasons"),
    [
        ({"success": False, "message": "No."}, 200, (("", "No."),)),
        ({"success": "false", "message": "No."}, 200, (("", "No."),)),
        ({"success": False}, 200, ()),
        ({"intercom": ["Taken.", "Too short."]}, 422, (("intercom", "Taken."), ("intercom", "Too short."))),
        ({"intercom": "Taken."}, 400, (("intercom", "Taken."),)),
        ({"intercom": "Taken.", "name": ["Missing."]}, 422, (("intercom", "Taken."), ("name", "Missing."))),
        ({"success": False, "message": ""}, 422, ()),
        ({"message": "Unprocessable", "errors": {"a": ["b"]}}, 422, (("", "Unprocessable"), ("a", "b"))),
        ({}, 404, ()),
        ({"success": True}, 409, ()),
    ],
)
def test_refusals_keep_the_apis_reasons(body: object, status: int, reasons: object) -> None:
    with pytest.raises(Refused) as caught:
        receipt(body, status)
    assert type(caught.value) is Refused
    assert caught.value.reasons == reasons


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("read", [agents, receipt])
def test_a_refused_token(read: Callable[..., Any], status: int) -> None:
    with pytest.raises(TokenRefused, match="Token has expired"):
        read({"success": False, "message": "Token has expired"}, status)
    with pytest.raises(TokenRefused):
        read(b"<html>", status)


@pytest.mark.parametrize("read", [agents, receipt])
def test_429_is_429_whatever_its_body(read: Callable[..., Any]) -> None:
    bodies: tuple[Any, ...] = (
        {"success": "false", "message": "Too many requests."}, b"<html>slow down", b"", [], {"success": True},
    )  # fmt: skip
    for body in bodies:
        with pytest.raises(RateLimited):
            read(body, 429)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "no JSON"),
        (b"   <html></html>", "an HTML page"),
        (b'[{"eid": "1"', "no JSON"),
        (b"\xff\xfe\x00", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        ({}, "an object"),
        ({"success": False, "message": "Nobody home"}, "an object where a list of agents is due: Nobody home"),
        ({"data": [{"eid": EID}]}, "an object"),
        (None, "a bare value"),
        ("agents", "a bare value"),
        (0, "a bare value"),
        ([[]], "item 1 of the list is not an agent"),
        ([{"eid": EID}, {"id": 1}], r"item 2 of the list is not an agent \(eid\)"),
        ([{"eid": EID}, {"eid": float("nan")}], r"item 2 of the list is not an agent \(eid\)"),
        ([{"eid": "9" * 201}], r"item 1 of the list is not an agent \(eid\)"),
        ([{"eid": None}], r"\(eid\)"),
        ([{"eid": ""}], r"\(eid\)"),
        ([{"eid": True}], r"\(eid\)"),
        ([{"eid": EID, "name": {"first": "A"}}], r"\(name\)"),
        ([{"eid": EID}, {"eid": EID}], "one EID twice"),
        ([{"eid": EID}, {"eid": int(EID)}], "one EID twice"),
    ],
)
def test_a_list_is_a_whole_list_of_agents_or_unknown(body: object, words: str) -> None:
    with pytest.raises(ReadUnknown, match=words) as caught:
        agents(body)
    assert "nothing is taken to be absent" in caught.value.next_step


@pytest.mark.parametrize("status", [300, 404, 500, 503])
def test_a_list_with_another_status_is_unknown(status: int) -> None:
    with pytest.raises(ReadUnknown):
        agents([], status)


def test_an_empty_list_is_an_empty_account() -> None:
    assert agents([]) == ()
    assert agents(b"\xef\xbb\xbf[]") == ()


def test_identifiers_are_text_however_they_come() -> None:
    (agent,) = agents([{"eid": 600000000000001, "id": "7", "intercom": 1001, "follow_me_number": 12025550101}])
    assert (agent.eid, agent.id, agent.intercom, agent.follow_me_number) == (EID, "7", "1001", NUMBER[1:])
    (agent,) = agents([{"eid": 600000000000001.0, "id": 7, "intercom": 1001.0}])
    assert (agent.eid, agent.id, agent.intercom) == (EID, "7", "1001")


def test_unknown_fields_are_no_reason_to_stop() -> None:
    (agent,) = agents([{"eid": EID, "hobby": ["chess"], "custom_status": 1}])
    assert agent.blocked
    assert agent.configuration == {"custom_status": 1}


@pytest.mark.parametrize(
    ("body", "status", "answered"),
    [
        ({"success": True}, 500, True),
        ({"message": "Server Error"}, 500, True),
        ({"message": "Endpoint request timed out"}, 504, False),
        ({"message": "Bad gateway"}, 502, False),
        ({"message": "Unavailable"}, 503, False),
        (b"<html>", 200, False),
        (b"<html>", 500, False),
        (b'{"success": tr', 200, False),
        (b"", 200, False),
        ([], 200, False),
        ({}, 200, True),
    ],
)
def test_only_the_apis_own_reply_says_that_it_is_done(body: object, status: int, answered: bool) -> None:
    """A gateway may answer while the service is still at work: to send again then would make a second agent."""
    with pytest.raises(OutcomeUnknown) as caught:
        receipt(body, status)
    assert caught.value.answered is answered


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(["success", "message", "agent_id", *AGENT_FIELDS])
BODIES = (
    st.binary(max_size=60)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.dictionaries(KEYS, JSON, max_size=5).map(lambda value: json.dumps(value).encode())
    | st.lists(st.dictionaries(KEYS, JSON, max_size=6), max_size=3).map(lambda value: json.dumps(value).encode())
)


@given(body=BODIES, status=st.sampled_from([200, 201, 204, 302, 400, 401, 404, 422, 429, 500, 504]))
@example(body=b'{"success": NaN}', status=200)
@example(body=b"9" * 5000, status=200)
def test_any_reply_is_a_value_or_a_typed_error(body: bytes, status: int) -> None:
    for read in (agents, receipt):
        try:
            found = read(body, status)
        except ApiError as problem:
            assert problem.status == status
            assert str(problem).count("\n") >= 2
        else:
            assert 200 <= status < 300
            content = json.loads(body)
            if read is agents:
                assert isinstance(content, list) and len(found) == len(content)
            else:
                assert str(content["success"]).strip().lower() == "true"


def test_what_the_api_says_is_quoted_redacted_and_short() -> None:
    words = f"token example-token-9 of {NUMBER} " + "x" * 1000
    with pytest.raises(Refused) as caught:
        read_receipt(reply({"success": False, "message": words}), Redactor({"example-token-9"}))
    text = str(caught.value)
    assert "[secret]" in text and "***0101" in text
    assert "example-token-9" not in text and NUMBER[1:] not in text
    assert len(text) < 600

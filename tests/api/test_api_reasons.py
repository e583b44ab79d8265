"""The API's own words are found in whatever shape they come, redacted and short."""

from __future__ import annotations

import json

import pytest

from digo.api import OutcomeUnknown, ReadUnknown, Refused
from digo.api.reasons import MOST_QUOTED, MOST_REASONS, join_reasons, reasons_of
from digo.api.responses import Reply, read_agents, read_receipt
from digo.text.redact import Redactor

REDACT = Redactor({"example-token"})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"errors": {"field_0": ["bad"]}}, "field_0: bad"),
        ({"errors": {"field_0": "bad", "field_1": ["a", "b"]}}, "field_0: bad; field_1: a; field_1: b"),
        ({"errors": {"agent": {"name": ["bad"]}}}, "agent.name: bad"),
        ({"errors": ["a", "b"]}, "a; b"),
        ({"errors": "bad"}, "bad"),
        ({"errors": [{"message": "a"}, {"message": "b", "field": "intercom"}]}, "a; intercom: b"),
        ({"errors": [{"detail": "a", "source": {"pointer": "/data/name"}}]}, "data.name: a"),
        ({"errors": {"message": ["The message field is required."]}}, "The message field is required."),
        ({"error": {"message": "m", "code": 3, "status": "INVALID"}}, "m"),
        ({"error": {"field_0": ["bad"]}}, "field_0: bad"),
        ({"error": "invalid_token", "error_description": "expired"}, "invalid_token; expired"),
        ({"error": True, "message": "m"}, "m"),
        ({"detail": [{"loc": ["body", "name"], "msg": "too long", "type": "x"}]}, "name: too long"),
        ({"detail": [{"loc": ["body", "rows", 3, "phone"], "msg": "bad"}]}, "rows.3.phone: bad"),
        ({"detail": "Not found."}, "Not found."),
        ({"message": {"name": ["bad"]}}, "name: bad"),
        ({"message": ["a", "b"]}, "a; b"),
        ({"message": "m", "errors": {"name": ["bad"]}}, "m; name: bad"),
        ({"message": "m", "path": "/v1/agent", "timestamp": "2026-01-01"}, "m"),
        ({"message": "m", "agent_id": "600000000000001"}, "m"),
        ({"message": "", "error": "bad"}, "bad"),
        ({"type": "about:blank", "title": "T", "status": 422, "detail": "D"}, "T; D"),
        ({"title": "T", "invalid-params": [{"name": "intercom", "reason": "taken"}]}, "T; intercom: taken"),
        ({"success": False, "data": {"follow_me_number": ["bad"]}}, "follow_me_number: bad"),
        ({"name": ["bad"], "status": ["bad too"]}, "name: bad; status: bad too"),
        ({"success": False, "code": "E_DUPLICATE"}, "code: E_DUPLICATE"),
        ({"success": "false"}, ""),
        ({"errors": []}, ""),
        (["a", {"message": "b"}], "a; b"),
        ("bad", "bad"),
        (7, ""),
        ({"message": "to +1 202 555 0101 with example-token"}, "to ***0101 with [secret]"),
        ({"errors": {"+12025550101": ["example-token"]}}, "***0101: [secret]"),
        ({"message": " two\r\n\tlines\x1b[31m "}, r"two lines\x1b[31m"),
    ],
    ids=str,
)
def test_shapes(content: object, words: str) -> None:
    assert join_reasons(reasons_of(content, REDACT)) == words


def test_few_and_short() -> None:
    found = reasons_of({"errors": {f"f{number}": ["x" * 500] for number in range(1000)}}, REDACT)
    assert len(found) == MOST_REASONS + 1 and found[-1] == ("", "and more")
    assert all(len(text) <= MOST_QUOTED for _, text in found)
    assert reasons_of({"errors": ["same"] * 1_000_000}, REDACT) == (("", "same"),)


def _reply(body: object, status: int, content_type: str = "application/json", method: str = "POST") -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(method, "/v1/agent", status, content_type, raw)


def test_a_refusal_says_them() -> None:
    with pytest.raises(Refused, match=r"refused POST /v1/agent: name: Bad \\ud83d name") as caught:
        read_receipt(_reply({"errors": {"name": ["Bad \ud83d name"]}}, 422), REDACT)
    assert caught.value.reasons == (("name", r"Bad \ud83d name"),)


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        ({"message": "Database is locked"}, "application/json", ": Database is locked"),
        (b"upstream connect error", "text/plain", ": upstream connect error"),
        (b"caf\xe9 is closed", "text/plain; charset=latin-1", ": café is closed"),
        (b"caf\xe9 is closed", "text/plain", r": caf\udce9 is closed"),
        (b"<html>Bad gateway</html>", "text/html", ""),
        (b"Bad gateway", "text/html", ""),
        (b'{"succe', "application/json", ""),
        (b"\x7fELF\x00\x01", "application/octet-stream", ""),
        (b"", "", ""),
    ],
)
def test_what_is_unknown_says_them_too(body: object, content_type: str, words: str) -> None:
    with pytest.raises(OutcomeUnknown) as write:
        read_receipt(_reply(body, 500, content_type), REDACT)
    assert write.value.what.endswith(f"neither confirms nor refuses it{words}")
    with pytest.raises(ReadUnknown) as read:
        read_agents(_reply(body, 500, content_type, "GET"), REDACT)
    assert read.value.what.endswith(f"the API answered 500{words}")

"""The sandbox keeps and sends whatever text an account may have, and answers every request."""

from __future__ import annotations

import json
from base64 import b64encode

import httpx
import pytest

from sandbox.testing import NO_TLS, Sandbox

NAME = "Sales \ud83d"
NUMBER = "+12025550101"


def test_half_a_character_is_kept_and_sent_as_json_escapes_it(sandbox: Sandbox, client: httpx.Client) -> None:
    eid = sandbox.add_agent(NUMBER, name=NAME, failover_destination_name="\udce9")["eid"]
    assert sandbox.edit_agent(eid, intercom="10\ud83d")["intercom"] == "10\ud83d"
    reply = client.get("/v1/agents")
    assert rb'"name":"Sales \ud83d"' in reply.content
    assert reply.json()[0]["name"] == NAME
    sandbox.restart()
    (agent,) = sandbox.agents()
    assert (agent["name"], agent["failover_destination_name"]) == (NAME, "\udce9")


def test_a_request_with_half_a_character_is_answered(sandbox: Sandbox, client: httpx.Client) -> None:
    headers = {"content-type": "application/json"}
    body = rb'{"name": "Sales \ud83d", "follow_me_number": "+12025550101"}'
    assert client.post("/v1/agent", content=body, headers=headers).json()["success"] is True
    assert client.post("/v1/agent", content=b'{"name": "\xed\xa0\xbd"}', headers=headers).status_code == 422
    hangup = client.post("/v1/call/hangup", content=rb'{"call_id": "\ud83d"}', headers=headers)
    assert hangup.json()["success"] is False
    assert [request["status"] for request in sandbox.requests()] == [200, 422, 200]
    assert sandbox.agents()[0]["name"] == NAME


@pytest.mark.parametrize("status", [200, 422, 503])
def test_any_reply(sandbox: Sandbox, client: httpx.Client, status: int) -> None:
    sandbox.fault("reply", status=status, body_base64=b64encode(b"\xff\0").decode(), headers={"x-odd": "\xe9"})
    sandbox.fault("reply", status=status, body='{"a": 1}')
    assert sandbox.faults()[0]["fault"]["body_base64"] == "/wA="
    with pytest.raises(RuntimeError, match="422"):
        sandbox.fault("reply", body_base64="no base64")
    odd, plain = client.get("/v1/agents"), client.get("/v1/agents")
    assert (odd.status_code, odd.content, dict(odd.headers.raw)[b"x-odd"]) == (status, b"\xff\0", b"\xe9")
    assert (plain.status_code, plain.json(), plain.headers["content-type"]) == (status, {"a": 1}, "application/json")


def test_a_redirect_a_date_and_further_headers(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.fault("redirect", location="/elsewhere", status=308)
    sandbox.fault("status", status=503, retry_after="Fri, 01 Jan 2038 00:00:00 GMT", headers={"x-more": "1"})
    sandbox.fault("cut-list", keep=0, headers={"X-Total-Count": "7"})
    moved, down, cut = (client.get("/v1/agents") for _ in range(3))
    assert (moved.status_code, moved.headers["location"]) == (308, "/elsewhere")
    assert (down.headers["retry-after"], down.headers["x-more"]) == ("Fri, 01 Jan 2038 00:00:00 GMT", "1")
    assert (cut.json(), cut.headers["x-total-count"]) == ([], "7")


@pytest.mark.parametrize("path", ["/agents", "/faults", "/records", "/inbound", "/settings"])
@pytest.mark.parametrize("body", [b"no json", b"", b"\xff", b"[" * 20_000, b"[1]", b'"\\ud800"', b"null"])
def test_a_body_that_says_nothing_is_refused(sandbox: Sandbox, path: str, body: bytes) -> None:
    reply = httpx.post(f"{sandbox.url}/_sandbox{path}", content=body, verify=NO_TLS, trust_env=False)
    assert (reply.status_code, reply.json()["error"].startswith("the body must be")) == (422, True)


def test_a_fault_strikes_by_a_text_with_half_a_character(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.fault("reply", body_contains="\ud83d", status=422, body="\ud800")
    bodies = [json.dumps({"name": name, "follow_me_number": NUMBER}) for name in ("Sales", NAME)]
    plain, struck = (client.post("/v1/agent", content=body) for body in bodies)
    assert (plain.status_code, struck.status_code, struck.content) == (200, 422, b"\xed\xa0\x80")


@pytest.mark.parametrize(
    "fault",
    [
        {"headers": {"a\r\nb": "1"}},
        {"headers": {"": "1"}},
        {"headers": {"x\ud800": "1"}},
        {"headers": {"a b": "1"}},
        {"headers": {"a": "1\r\nb: 2"}},
        {"headers": {"a": "\0"}},
        {"location": "/\r\nb: 2"},
        {"retry_after": "soon\n"},
    ],
)
def test_a_reply_that_would_be_no_http_is_refused(sandbox: Sandbox, fault: dict[str, object]) -> None:
    with pytest.raises(RuntimeError, match="422"):
        sandbox.fault("reply", **fault)

"""The sandbox keeps and sends whatever text an account may have, and answers every request."""

from __future__ import annotations

from base64 import b64encode

import httpx
import pytest

from sandbox.testing import Sandbox

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

"""The sandbox's calls over HTTP: their life, what acts on them, and an account of an older format."""

from __future__ import annotations

import socket
import sqlite3
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.calls import Calls, NewCall
from sandbox.database import _STEPS, open_database
from sandbox.testing import Sandbox
from tests.warm.warm_sandbox import start_sandbox

AGENT, CUSTOMER = "+12025550101", "+12025550142"
HOUR = 3_600_000
QUEUED = {"success": True, "message": "Originate successfully queued"}


def _call(http: httpx.Client, **changes: Any) -> httpx.Response:
    return http.post("/v1/click_to_call", json={"agent_number": AGENT, "destination_number": CUSTOMER, **changes})


def _end_of_the_call(sandbox: Sandbox) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        (call,) = sandbox.calls()
        if call["state"] == "ended":
            return call
        time.sleep(0.01)
    raise TimeoutError(f"the call does not end; it is {call['state']}")


@pytest.mark.parametrize(
    ("queue", "ring", "talk", "state"),
    [(HOUR, 0, 0, "queued"), (0, HOUR, 0, "ringing"), (0, 0, HOUR, "answered"), (0, 0, 0, "ended")],
)
def test_a_call_is_where_the_time_since_it_was_placed_has_brought_it(
    sandbox: Sandbox, http: httpx.Client, queue: int, ring: int, talk: int, state: str
) -> None:
    sandbox.add_agent(AGENT)
    sandbox.settings(call_queue_ms=queue, call_ring_ms=ring, call_talk_ms=talk)
    assert _call(http).json() == QUEUED
    assert [call["state"] for call in sandbox.calls()] == [state]


def test_a_call_is_queued_rings_is_answered_and_ends(tmp_path: Path) -> None:
    database = open_database(tmp_path / "account.db")
    new = NewCall("Outbound", "Click to Call", CUSTOMER[1:], None, None, 200, 500, 900, "Normal Clearing")
    call = Calls(database).place(new)
    after = (0, 199, 200, 499, 500, 899, 900)
    states = ["queued", "queued", "ringing", "ringing", "answered", "answered", "ended"]
    assert [call.state(call.placed + ms) for ms in after] == states
    database.close()


def test_a_call_that_was_answered_and_has_ended_is_on_record(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.add_agent(AGENT)
    sandbox.settings(call_queue_ms=20, call_ring_ms=30, call_talk_ms=40)
    _call(http)
    _end_of_the_call(sandbox)
    (record,) = http.get("/v1/call/records").json()["results"]
    assert record["status"] == "answered"
    assert record["hangup_cause"] == "Normal Clearing"


def test_a_call_that_nobody_answers_is_missed(sandbox: Sandbox, http: httpx.Client) -> None:
    agent = sandbox.add_agent(AGENT, name="Test Agent")
    sandbox.settings(call_missed_every=1)
    _call(http)
    _end_of_the_call(sandbox)
    (record,) = http.get("/v1/call/records").json()["results"]
    assert record["status"] == "missed"
    assert record["missed_agents"] == [{"name": "Test Agent", "number": agent["follow_me_number"]}]
    assert record["recording_url"] is None


@pytest.mark.parametrize("how", ["eid", "intercom", "follow_me_number", "id"])
def test_the_agent_is_found_by_each_of_its_names(sandbox: Sandbox, http: httpx.Client, how: str) -> None:
    sandbox.add_agent("+12025550100", intercom="1000")
    agent = sandbox.add_agent(AGENT, intercom="1001")
    assert _call(http, agent_number=str(agent[how])).json() == QUEUED
    assert [call["agent"] for call in sandbox.calls()] == [agent["eid"]]


def test_an_agent_that_is_not_there_is_an_error_with_status_200(sandbox: Sandbox, http: httpx.Client) -> None:
    reply = _call(http)
    assert (reply.status_code, reply.json()["success"]) == (200, False)
    assert sandbox.calls() == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"agent_number": ""}, "agent_number"),
        ({"destination_number": None}, "destination_number"),
        ({"destination_number": "12"}, "destination_number"),
        ({"caller_id": "12"}, "caller_id"),
        ({"async": 2}, "async"),
        ({"get_call_id": "yes"}, "get_call_id"),
        ({"call_timeout": 0}, "call_timeout"),
        ({"call_timeout": "soon"}, "call_timeout"),
    ],
)
def test_a_bad_field_is_refused_by_name(
    sandbox: Sandbox, http: httpx.Client, change: dict[str, Any], field: str
) -> None:
    sandbox.add_agent(AGENT)
    reply = _call(http, **change)
    assert reply.status_code == 422
    assert list(reply.json()) == [field]
    assert sandbox.calls() == []


def test_the_call_id_comes_only_when_asked_for_and_answered(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.add_agent(AGENT)
    assert "call_id" not in _call(http).json()
    assert "call_id" not in _call(http, **{"async": 0}).json()
    reply = _call(http, **{"async": 0, "get_call_id": 1}).json()
    assert reply["call_id"] == sandbox.calls()[-1]["call_id"]
    sandbox.settings(call_missed_every=1)
    assert "call_id" not in _call(http, **{"async": 0, "get_call_id": 1}).json()


def test_a_timeout_ends_the_call(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.add_agent(AGENT)
    sandbox.settings(call_ring_ms=HOUR)
    _call(http, call_timeout=1)
    assert _end_of_the_call(sandbox)["cause"] == "Call timeout"
    _call(http, call_timeout=600)
    ringing = sandbox.calls()[1]
    assert (ringing["state"], ringing["cause"]) == ("ringing", "Call timeout")


def test_hanging_up_ends_a_live_call_once(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.add_agent(AGENT)
    _call(http)
    body = {"call_id": sandbox.calls()[0]["call_id"]}
    assert http.post("/v1/call/hangup", json=body).json() == {"success": True, "message": "Call hangup successful"}
    assert sandbox.calls()[0]["state"] == "ended"
    assert http.post("/v1/call/hangup", json=body).json()["success"] is False
    assert http.post("/v1/call/hangup", json={}).status_code == 422


def test_a_live_call_is_handed_to_another_agent(sandbox: Sandbox, http: httpx.Client) -> None:
    first = sandbox.add_agent(AGENT, intercom="1001")
    second = sandbox.add_agent("+12025550102", intercom="1002")
    _call(http)
    body = {"type": 4, "call_id": sandbox.calls()[0]["call_id"], "agent_id": second["eid"], "intercom": "1002"}
    assert http.post("/v1/call/options", json={**body, "type": 1}).status_code == 422
    assert http.post("/v1/call/options", json={**body, "intercom": "1001"}).json()["success"] is False
    reply = http.post("/v1/call/options", json=body).json()
    assert reply == {"success": True, "message": "Redirect successful"}
    (call,) = sandbox.calls()
    assert (call["agent"], call["transferred_from"]) == (second["eid"], first["eid"])


def test_an_announcement_is_of_the_newest_lead(sandbox: Sandbox, http: httpx.Client) -> None:
    lead = {"field_0": CUSTOMER, "field_5": "123456", "duplicate_option": "overwrite"}
    http.post("/v1/broadcast/lead/4711", json=lead)
    call = {"customer_number": CUSTOMER, "api_key": sandbox.api_key}
    assert http.post("/v1/c2c_api", json=call).json() == QUEUED
    assert sandbox.calls()[0]["announced"] == {"field_0": CUSTOMER, "field_5": "123456"}
    refused = http.post("/v1/c2c_api", json={**call, "api_key": "wrong"}).json()
    assert refused == {"success": False, "message": "Invalid API key."}
    assert len(sandbox.calls()) == 1


def test_calls_outlive_a_restart(tmp_path: Path) -> None:
    with start_sandbox(tmp_path, call_talk_ms=HOUR) as sandbox:
        sandbox.add_agent(AGENT)
        with sandbox.client() as http:
            _call(http)
        before = sandbox.calls()
        sandbox.stop()
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", sandbox.port))  # held for the restart
        sandbox.restart()
        assert [call["call_id"] for call in sandbox.calls()] == [call["call_id"] for call in before]


def test_an_account_of_the_first_format_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as old:
        old.executescript(_STEPS[0])
        old.execute("INSERT INTO agent (eid, name) VALUES ('1', 'Kept')")
        old.execute(f"PRAGMA application_id={0x5D160}")
        old.execute("PRAGMA user_version=1")
    old.close()
    opened = open_database(path)
    assert opened.execute("SELECT name FROM agent").fetchall() == [("Kept",)]
    assert opened.execute("SELECT count(*) FROM call").fetchone() == (0,)
    opened.close()

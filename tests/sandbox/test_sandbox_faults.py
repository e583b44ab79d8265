"""Every fault as the client sees it, and whether the account was changed."""

import gzip
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.fault_text import parse_fault
from sandbox.faults import Fault
from sandbox.testing import Sandbox
from tests.warm.warm_sandbox import start_sandbox

AGENT = {"name": "Test Agent", "follow_me_number": "+12025550101"}
_AN_HOUR = 3_600_000


def _create(client: httpx.Client, **changes: object) -> httpx.Response:
    return client.post("/v1/agent", json={**AGENT, **changes})


def _asked(sandbox: Sandbox) -> socket.socket:
    """A connection on which a create was sent; close it to leave without the reply."""
    body = b'{"name":"Test Agent","follow_me_number":"+12025550101"}'
    connection = socket.create_connection(("127.0.0.1", sandbox.port), timeout=60)
    connection.sendall(
        b"POST /v1/agent HTTP/1.1\r\nhost: sandbox\r\nauthorization: %s\r\ncontent-length: %d\r\n\r\n%s"
        % (sandbox.token.encode(), len(body), body)
    )
    return connection


def _committed(sandbox: Sandbox) -> int:
    """Number of agents, checked against what the record of requests says."""
    agents = len(sandbox.agents())
    assert agents == sum(request["committed"] for request in sandbox.requests())
    return agents


@pytest.mark.parametrize("status", [429, 500, 502])
@pytest.mark.parametrize(("kind", "agents"), [("status", 0), ("status-after-commit", 1)])
def test_error_statuses_before_and_after_the_commit(
    sandbox: Sandbox, client: httpx.Client, kind: str, agents: int, status: int
) -> None:
    sandbox.fault(kind, status=status)

    assert _create(client).status_code == status
    assert _committed(sandbox) == agents
    assert _create(client).json()["success"] is True


def test_a_429_has_a_string_for_success_and_may_name_a_time(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.fault("status", status=429, retry_after=7)
    sandbox.fault("status", status=429)
    first, second = _create(client), _create(client)

    assert first.json() == {"success": "false", "message": "Too many requests."}
    assert first.headers["retry-after"] == "7"
    assert "retry-after" not in second.headers


@pytest.mark.parametrize(("kind", "agents"), [("lost-before", 0), ("lost-after", 1)])
def test_the_connection_is_reset_before_and_after_the_commit(sandbox: Sandbox, kind: str, agents: int) -> None:
    sandbox.fault(kind)
    with _asked(sandbox) as connection, pytest.raises(ConnectionResetError):
        connection.recv(1)

    assert _committed(sandbox) == agents
    (request,) = sandbox.requests()
    assert (request["outcome"], request["status"], request["fault"]) == ("cut", None, kind)


def test_the_reply_ends_in_the_middle(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.fault("mid-body")
    received = b""
    with (
        pytest.raises(httpx.RemoteProtocolError),
        client.stream("POST", "/v1/agent", json=AGENT) as response,
    ):
        assert response.status_code == 200
        for part in response.iter_raw():
            received += part

    assert 0 < len(received) < int(response.headers["content-length"])
    assert received.startswith(b'{"success":true')
    assert _committed(sandbox) == 1


@pytest.mark.parametrize(("kind", "agents"), [("html", 0), ("html-after-commit", 1)])
def test_a_gateways_page_with_status_200(sandbox: Sandbox, client: httpx.Client, kind: str, agents: int) -> None:
    sandbox.fault(kind)
    response = _create(client)

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    assert response.text.startswith("<!DOCTYPE html>")
    assert _committed(sandbox) == agents


def test_an_object_where_the_list_is_expected(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.fault("object", message="No luck")
    response = client.get("/v1/agents")
    assert (response.status_code, response.json()) == (200, {"success": False, "message": "No luck"})


@pytest.mark.parametrize(("kind", "success"), [("success-false", False), ("string-false", "false")])
def test_failures_with_status_200(sandbox: Sandbox, client: httpx.Client, kind: str, success: bool | str) -> None:
    sandbox.fault(kind)
    response = _create(client)
    assert (response.status_code, response.json()["success"]) == (200, success)
    assert _committed(sandbox) == 0


def test_the_list_is_empty_or_cut_but_the_account_is_not(sandbox: Sandbox, client: httpx.Client) -> None:
    eids = [sandbox.add_agent(f"+1202555010{n}")["eid"] for n in range(3)]
    sandbox.fault("empty-list")
    sandbox.fault("cut-list", keep=2)

    assert client.get("/v1/agents").json() == []
    assert [agent["eid"] for agent in client.get("/v1/agents").json()] == eids[:2]
    assert [agent["eid"] for agent in client.get("/v1/agents").json()] == eids


def test_list_faults_let_other_calls_pass(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.fault("empty-list")
    assert _create(client).json()["success"] is True
    assert client.get("/v1/agents").json() == []


def test_json_that_ends_in_the_middle_of_a_complete_reply(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.fault("truncated-json")
    response = _create(client)
    assert response.status_code == 200
    with pytest.raises(ValueError):
        response.json()
    assert _committed(sandbox) == 1


@pytest.mark.parametrize(("kind", "seen"), [("slow", 0), ("slow-after-commit", 1)])
def test_slow_replies_commit_after_or_before_the_wait(folder: Path, kind: str, seen: int) -> None:
    with start_sandbox(folder) as sandbox, sandbox.client() as client:
        sandbox.fault(kind, ms=_AN_HOUR)
        with _asked(sandbox):
            sandbox.wait_for(lambda request: request["fault"] == kind)
            assert _committed(sandbox) == seen
            sandbox.fault(kind, ms=1)
            assert _create(client).json()["success"] is True
            assert [request["outcome"] for request in sandbox.requests()] == ["open", "answered"]
            assert _committed(sandbox) == seen + 1
        sandbox.kill()


def test_a_late_commit_comes_after_the_connection_was_cut(sandbox: Sandbox, client: httpx.Client) -> None:
    for ms in (_AN_HOUR, 1):
        sandbox.fault("late", ms=ms)
        with pytest.raises(httpx.TransportError):
            _create(client)
        if ms == _AN_HOUR:
            assert _committed(sandbox) == 0
    request = sandbox.wait_for(lambda request: request["committed"])
    assert (request["n"], request["outcome"]) == (2, "cut")
    assert _committed(sandbox) == 1


def test_a_late_commit_can_wait_for_the_client_to_give_up(sandbox: Sandbox) -> None:
    sandbox.fault("late", ms=1, cut=False)
    with _asked(sandbox):
        sandbox.wait_for(lambda request: request["fault"] == "late")
        assert _committed(sandbox) == 0
    request = sandbox.wait_for(lambda request: request["committed"])
    assert request["outcome"] == "gone"
    assert _committed(sandbox) == 1


def test_an_expired_token(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.fault("unauthorized", times="always")
    for _ in range(3):
        response = _create(client)
        assert (response.status_code, response.json()["success"]) == (401, False)
    sandbox.clear_faults()
    assert _create(client).status_code == 200
    assert _committed(sandbox) == 1


@pytest.fixture
def hung(sandbox: Sandbox, client: httpx.Client) -> Iterator[Any]:
    """Starts a create that hangs; yields the function that starts it and the answers so far."""
    answers: list[httpx.Response] = []
    threads: list[threading.Thread] = []

    def start(kind: str) -> list[httpx.Response]:
        sandbox.fault(kind)
        threads.append(threading.Thread(target=lambda: answers.append(_create(client))))
        threads[-1].start()
        sandbox.wait_for(lambda request: request["fault"] == kind)
        return answers

    yield start
    sandbox.clear_faults()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize(("kind", "seen"), [("hang", 0), ("hang-after-commit", 1)])
def test_a_hanging_request_is_answered_when_faults_are_lifted(
    sandbox: Sandbox, hung: Any, kind: str, seen: int
) -> None:
    answers = hung(kind)
    assert answers == []
    assert len(sandbox.agents()) == seen
    sandbox.clear_faults()
    sandbox.wait_for(lambda request: request["outcome"] == "answered")
    assert _committed(sandbox) == 1


def test_a_hanging_request_whose_client_leaves_changes_nothing(sandbox: Sandbox) -> None:
    sandbox.fault("hang")
    with _asked(sandbox):
        sandbox.wait_for(lambda request: request["fault"] == "hang")
    sandbox.wait_for(lambda request: request["outcome"] == "gone")
    sandbox.clear_faults()
    assert _committed(sandbox) == 0


def test_the_server_ends_although_a_request_hangs(folder: Path) -> None:
    with start_sandbox(folder) as sandbox, sandbox.client() as client:
        sandbox.fault("hang")
        errors: list[Exception] = []

        def create() -> None:
            try:
                _create(client)
            except httpx.TransportError as error:
                errors.append(error)

        thread = threading.Thread(target=create)
        thread.start()
        sandbox.wait_for(lambda request: request["fault"] == "hang")
        assert sandbox.stop() == 0
        thread.join()
        assert len(errors) == 1
        sandbox.restart()
        assert sandbox.agents() == []


def _statuses(client: httpx.Client, count: int) -> list[int]:
    return [_create(client).status_code for _ in range(count)]


@pytest.mark.parametrize(
    ("match", "statuses"),
    [
        ({}, [500, 200, 200, 200, 200, 200]),
        ({"times": 2}, [500, 500, 200, 200, 200, 200]),
        ({"nth": [2, 5]}, [200, 500, 200, 200, 500, 200]),
        ({"every": 3}, [200, 200, 500, 200, 200, 500]),
        ({"every": 2, "times": 1}, [200, 500, 200, 200, 200, 200]),
        ({"times": "always"}, [500] * 6),
        ({"method": "GET"}, [200] * 6),
        ({"path": "/v1/broadcast/*"}, [200] * 6),
    ],
)
def test_a_fault_strikes_the_requests_that_it_names(
    sandbox: Sandbox, client: httpx.Client, match: dict[str, object], statuses: list[int]
) -> None:
    sandbox.fault("status", status=500, **match)
    assert _statuses(client, 6) == statuses


def test_a_fault_can_be_tied_to_the_body(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.fault("status", body_contains="Babbage")
    answers = [_create(client, name=name).status_code for name in ("Ada", "Babbage", "Babbage")]
    assert answers == [200, 500, 200]


def test_positions_do_not_count_refused_requests(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.fault("status", nth=[2])
    assert _create(client).status_code == 200
    assert client.post("/v1/agent", json=AGENT, headers={"Authorization": "wrong-token"}).status_code == 401
    assert _create(client).status_code == 500


def test_faults_given_at_start_come_back_with_a_reset(folder: Path) -> None:
    with (
        start_sandbox(folder, fault=["status:503,path=/v1/agent,nth=1+2"]) as sandbox,
        sandbox.client() as client,
    ):
        assert _statuses(client, 3) == [503, 503, 200]
        sandbox.reset()
        assert _statuses(client, 3) == [503, 503, 200]


def test_faults_in_force_can_be_read(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.fault("lost-after", path="/v1/agent", nth=[3])
    _create(client)
    (rule,) = client.get("/_sandbox/faults").json()
    assert (rule["seen"], rule["struck"], rule["fault"]["kind"]) == (1, 0, "lost-after")


@pytest.mark.parametrize(
    "rule",
    [
        {"fault": {"kind": "nonsense"}},
        {"fault": {"kind": "status", "colour": "red"}},
        {"match": {"nth": [1], "every": 2}, "fault": {"kind": "hang"}},
        {},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(client: httpx.Client, rule: dict[str, object]) -> None:
    response = client.post("/_sandbox/faults", json=rule)
    assert response.status_code == 422
    assert response.json()["error"]


@pytest.mark.parametrize("part", ["body", "headers"])
def test_a_drip_sends_the_whole_reply_a_byte_at_a_time(sandbox: Sandbox, client: httpx.Client, part: str) -> None:
    sandbox.fault("drip", ms=2, part=part)
    with client.stream("POST", "/v1/agent", json=AGENT) as response:
        pieces = list(response.iter_raw())
    assert len(pieces) > 1
    assert b'"success":true' in b"".join(pieces)
    assert _committed(sandbox) == 1
    assert len(client.get("/v1/agents").json()) == 1


def test_a_drip_ends_when_the_client_leaves(sandbox: Sandbox) -> None:
    sandbox.fault("drip", ms=_AN_HOUR)
    with _asked(sandbox):
        sandbox.wait_for(lambda request: request["fault"] == "drip" and request["committed"])
    sandbox.wait_for(lambda request: request["outcome"] == "gone")
    assert _committed(sandbox) == 1


@pytest.mark.parametrize(("packed", "most"), [(True, 10_000), (False, 2**22)])
def test_a_bomb_unpacks_to_its_size(sandbox: Sandbox, client: httpx.Client, packed: bool, most: int) -> None:
    sandbox.fault("bomb", mb=3, packed=packed)
    with client.stream("POST", "/v1/agent", json=AGENT) as response:
        sent = b"".join(response.iter_raw())
    assert len(sent) < most
    unpacked = gzip.decompress(sent) if packed else sent
    assert (len(unpacked), unpacked.strip()) == (3 * 2**20 + 2, b"[]")
    assert _committed(sandbox) == 1


def test_drip_and_bomb_are_written_on_a_command_line() -> None:
    assert parse_fault("drip:20,part=headers").fault == Fault(kind="drip", ms=20, part="headers")
    assert parse_fault("bomb:3,packed=false").fault == Fault(kind="bomb", mb=3, packed=False)

"""The sandbox's side of number masking: what it asks, and what it does with the answer."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from sandbox.testing import Sandbox

CALLER, DIALLED, CALLEE, FAILOVER = "+12025550101", "+12025550100", "+12025550142", "+12025550199"
PATIENT = {"masking_timeout_ms": 60_000}


class UsersApi:
    """A masking API of a user, that answers what a test says."""

    def __init__(self) -> None:
        self.status = 200
        self.reply: Any = [{"transfer": {"type": "number", "data": [CALLEE]}}]
        self.asked: list[tuple[dict[str, str], Any]] = []
        self.hold = threading.Event()
        self.hold.set()
        users_api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                users_api.asked.append((dict(self.headers), json.loads(body)))
                users_api.hold.wait(60)
                content = json.dumps(users_api.reply).encode()
                self.send_response(users_api.status)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/masking"


@pytest.fixture
def users_api() -> Iterator[UsersApi]:
    api = UsersApi()
    thread = threading.Thread(target=api.server.serve_forever)
    thread.start()
    yield api
    api.hold.set()
    api.server.shutdown()
    thread.join()
    api.server.server_close()


def test_it_asks_with_the_pages_body_and_rings_the_answer(sandbox: Sandbox, users_api: UsersApi) -> None:
    sandbox.settings(masking_url=users_api.url, masking_header="X-Digo-Secret: example-secret", **PATIENT)
    came_of_it = sandbox.inbound(CALLER, DIALLED)
    assert (came_of_it["outcome"], came_of_it["destination"]) == ("transferred", CALLEE)
    ((headers, body),) = users_api.asked
    assert headers["X-Digo-Secret"] == "example-secret"
    (call,) = sandbox.calls()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", body.pop("start_stamp"))
    assert body == {
        "uuid": call["uuid"],
        "call_id": call["call_id"],
        "call_to_number": DIALLED,
        "caller_id_number": CALLER,
    }
    assert call["destination"] == CALLEE
    assert call["state"] in ("queued", "ringing", "answered")


@pytest.mark.parametrize(
    ("status", "reply", "problem"),
    [
        (500, {}, "status 500"),
        (200, {}, "names no number"),
        (200, [], "names no number"),
        (200, [{"transfer": {"type": "number", "data": []}}], "names no number"),
        (200, [{"transfer": {"type": "number", "data": ["soon"]}}], "names no number"),
        (200, [{"transfer": {"type": "ivr", "data": [CALLEE]}}], "names no number"),
    ],
)
@pytest.mark.parametrize("failover", [None, FAILOVER])
def test_without_a_usable_answer_the_failover_rings(
    sandbox: Sandbox, users_api: UsersApi, status: int, reply: Any, problem: str, failover: str | None
) -> None:
    users_api.status, users_api.reply = status, reply
    sandbox.settings(masking_url=users_api.url, masking_failover=failover, **PATIENT)
    came_of_it = sandbox.inbound(CALLER, DIALLED)
    assert problem in came_of_it["problem"]
    assert came_of_it["destination"] == failover
    assert came_of_it["outcome"] == ("failover" if failover else "dropped")
    assert (sandbox.calls()[0]["state"] == "ended") == (failover is None)


def test_it_waits_only_so_long(sandbox: Sandbox, users_api: UsersApi) -> None:
    users_api.hold.clear()
    sandbox.settings(masking_url=users_api.url, masking_timeout_ms=50, masking_failover=FAILOVER)
    came_of_it = sandbox.inbound(CALLER, DIALLED)
    assert came_of_it["outcome"] == "failover"
    # On a busy machine the time may be up before the request has left.
    assert re.fullmatch("no reply: (Connect|Write|Read)Timeout", came_of_it["problem"])


def test_a_masked_call_is_in_the_records(sandbox: Sandbox, users_api: UsersApi, http: httpx.Client) -> None:
    sandbox.settings(masking_url=users_api.url, call_talk_ms=0, **PATIENT)
    sandbox.inbound(CALLER, DIALLED)
    (record,) = http.get("/v1/call/records").json()["results"]
    assert record["services"] == "Number Masking"
    assert record["direction"] == "Inbound"
    assert record["destination"] == CALLEE


def test_a_caller_may_withhold_their_number(sandbox: Sandbox, users_api: UsersApi, http: httpx.Client) -> None:
    sandbox.settings(masking_url=users_api.url, call_talk_ms=0, **PATIENT)
    assert sandbox.inbound("anonymous", DIALLED)["destination"] == CALLEE
    ((_, body),) = users_api.asked
    assert body["caller_id_number"] == "anonymous"
    (record,) = http.get("/v1/call/records").json()["results"]
    assert record["client_number"] == "anonymous"

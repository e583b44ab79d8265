"""Requests that a fault holds: each goes on when its own fault is lifted, and none after a reset."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from sandbox.testing import Sandbox
from tests.warm.warm_sandbox import start_sandbox


def create(client: httpx.Client, name: str = "Ada") -> httpx.Response:
    return client.post("/v1/agent", json={"name": name, "follow_me_number": "+12025550101"})


def wait_for_commit(sandbox: Sandbox, name: str) -> None:
    sandbox.wait_for(lambda request: request["committed"] and request["body"]["name"] == name)


def test_one_fault_can_be_lifted_by_itself(sandbox: Sandbox, client: httpx.Client) -> None:
    held = [sandbox.fault("hang-after-commit", body_contains=name) for name in ("Ada", "Babbage")]
    with ThreadPoolExecutor(2) as pool:
        ada, babbage = (pool.submit(create, client, name) for name in ("Ada", "Babbage"))
        for name in ("Ada", "Babbage"):
            wait_for_commit(sandbox, name)
        sandbox.lift(held[1])
        assert babbage.result().status_code == 200
        assert [one["body"]["name"] for one in sandbox.requests() if one["outcome"] == "open"] == ["Ada"]
        sandbox.lift(held[0])
        assert ada.result().status_code == 200
    with pytest.raises(RuntimeError, match="404"):
        sandbox.lift(held[0])


def test_a_late_commit_can_wait_until_its_fault_is_lifted(sandbox: Sandbox, client: httpx.Client) -> None:
    held = sandbox.fault("late", held=True)
    with pytest.raises(httpx.TransportError):
        create(client)
    assert sandbox.agents() == []
    sandbox.lift(held)
    sandbox.wait_for(lambda request: request["committed"])
    assert [one["name"] for one in sandbox.agents()] == ["Ada"]


def test_a_reset_answers_no_request_that_hangs(sandbox: Sandbox, client: httpx.Client) -> None:
    """Else it would be carried out on the account of whoever comes next."""
    sandbox.fault("hang")
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(create, client)
        sandbox.wait_for(lambda request: request["fault"] == "hang")
        sandbox.reset()
        with pytest.raises(httpx.TransportError):
            hanging.result()
    assert sandbox.agents() == []


def test_nobody_else_gets_the_port_of_a_server_that_is_down(tmp_path: Path) -> None:
    with start_sandbox(tmp_path) as sandbox:
        url = sandbox.url
        sandbox.kill()
        with pytest.raises(OSError, match="in use"), socket.socket() as other:
            other.bind(("127.0.0.1", sandbox.port))
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{url}/v1/agents", trust_env=False)
        sandbox.restart()
        assert sandbox.url == url

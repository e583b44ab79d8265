"""A read-only transport refuses every write itself: nothing of one reaches the service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from digo.api import Access, AsyncClient, Client, NewAgent, NewLead, WriteForbidden, add_agent, list_agents, put_lead
from digo.api.calls import Call, RetryPolicy
from digo.api.transport import ReadOnlyAsyncTransport, ReadOnlyTransport
from sandbox.testing import Sandbox
from tests.api.api_values import NUMBER

AGENT = add_agent(NewAgent("Test Agent", NUMBER))
LEAD = put_lead(NewLead("4711", NUMBER))

# Broadcast start, pause, resume and end are GET requests in the sibling API: a GET is not harmless by itself.
NO_READS = [
    ("POST", "/v1/agent"),
    ("POST", "/v1/agents"),
    ("POST", "/v1/broadcast/lead/4711"),
    ("POST", "/v1/c2c_api"),
    ("POST", "/v1/click_to_call"),
    ("POST", "/v1/call/hangup"),
    ("POST", "/v1/call/options"),
    ("PUT", "/v1/agents"),
    ("PATCH", "/v1/agents"),
    ("DELETE", "/v1/agents"),
    ("DELETE", "/v1/agent/1"),
    ("GET", "/v1/agent"),
    ("GET", "/v1/agents/1"),
    ("GET", "/v1/agents/"[:-1] + "x"),
    ("GET", "/"),
    ("GET", "/v1"),
    ("GET", "/v1/broadcast/start/1"),
    ("GET", "/v1/broadcast/pause/1?to=/v1/agents"),
    ("GET", "/v1/broadcast/resume/1#/v1/agents"),
    ("GET", "/v1/broadcast/end%2Fv1%2Fagents"),
    ("GET", "/V1/AGENTS"),
]


@pytest.fixture
def read_only(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=sandbox.url,
        transport=ReadOnlyTransport(httpx.HTTPTransport()),
        headers={"Authorization": sandbox.token},
        timeout=60,
    ) as client:
        yield client


@pytest.mark.parametrize(("method", "path"), NO_READS)
def test_what_is_no_read_is_refused_here(sandbox: Sandbox, read_only: httpx.Client, method: str, path: str) -> None:
    with pytest.raises(WriteForbidden):
        read_only.request(method, path)

    async def the_same() -> None:
        transport = ReadOnlyAsyncTransport(httpx.AsyncHTTPTransport())
        async with httpx.AsyncClient(base_url=sandbox.url, transport=transport) as client:
            with pytest.raises(WriteForbidden):
                await client.request(method, path)

    asyncio.run(the_same())
    assert sandbox.requests() == []


@pytest.mark.parametrize("path", ["/v1/agents", "//v1/agents", "/v1/agents/", "/v1/agents?limit=5", "/v1/call/records"])
def test_reads_pass(sandbox: Sandbox, read_only: httpx.Client, path: str) -> None:
    read_only.get(sandbox.url + path)
    assert len(sandbox.requests()) == 1


@pytest.mark.parametrize("call", [AGENT, LEAD], ids=["agent", "lead"])
def test_a_read_only_client_reads_and_never_writes(sandbox: Sandbox, connect: Callable[..., Client], call: Any) -> None:
    client = connect(read_only=True)
    with pytest.raises(WriteForbidden, match="nothing was sent"):
        client.send(call)
    assert sandbox.requests() == []
    assert client.send(list_agents()) == ()

    async def the_same() -> None:
        async with AsyncClient(Access(sandbox.url, sandbox.token), read_only=True) as client:
            with pytest.raises(WriteForbidden):
                await client.send(call)
            assert await client.send(list_agents()) == ()

    asyncio.run(the_same())
    assert sandbox.counts() == {"GET /v1/agents": 2}


def test_a_call_that_lies_about_itself_is_refused_all_the_same(
    sandbox: Sandbox, connect: Callable[..., Client]
) -> None:
    lying = Call("GET", "v1/broadcast/start/1", RetryPolicy.HARMLESS, list_agents().read)
    with pytest.raises(WriteForbidden):
        connect(read_only=True).send(lying)
    assert sandbox.requests() == []


def test_an_endpoint_with_a_path_of_its_own_can_be_read(connect: Callable[..., Client], sandbox: Sandbox) -> None:
    with pytest.raises(Exception, match="404"):
        connect(read_only=True, endpoint=f"{sandbox.url}/api/").send(list_agents())
    assert [request["path"] for request in sandbox.requests()] == ["/api/v1/agents"]

"""Odd replies over real connections: each client ends with a value or a typed error, and both say the same."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from typing import Any

import pytest

from digo.api import (
    Access,
    AgentRecord,
    ApiError,
    AsyncClient,
    Client,
    NewAgent,
    OutcomeUnknown,
    RateLimited,
    ReadUnknown,
    Refused,
    add_agent,
    list_agents,
)
from sandbox.testing import Sandbox
from tests.api.api_values import HASTY, NUMBER

EID = "600000000000001"


def _reply(body: bytes, **fault: Any) -> tuple[str, dict[str, Any]]:
    return "reply", {"body_base64": b64encode(body).decode(), **fault}


FAULTS: dict[str, tuple[str, dict[str, Any]]] = {
    "headers of odd bytes": _reply(b"[]", headers={"x-odd": "\xff\x80", "set-cookie": "a=\xe9; expires=\xff"}),
    "an odd content type": _reply(b"[]", headers={"content-type": "\xff/\xfe; charset=\xe9"}),
    "an odd Retry-After": _reply(b"[]", headers={"retry-after": "\xff"}),
    "not the encoding that it names": _reply(b"[]", headers={"content-encoding": "gzip"}),
    "a redirect to no URL": ("redirect", {"location": "http://[::1"}),
    "a redirect to odd bytes": ("redirect", {"location": "http://\xff\xfe/\x80"}),
    "a redirect of no known scheme": ("redirect", {"location": "javascript:alert(1)", "status": 307}),
    "half a character": _reply(rb'{"message": "Bad \ud83d name"}', status=422),
    "UTF-16": _reply('[{"eid": "1", "name": "café"}]'.encode("utf-16")),
    "Latin-1": _reply('[{"eid": "1", "name": "café"}]'.encode("latin-1")),
    "two EIDs in one": _reply(b'[{"eid": "1", "eid": "2"}]'),
    "deep": _reply(b'[{"eid": "1", "departments": ' + b"[" * 5000 + b"]" * 5000 + b"}]"),
    "text": _reply(b"caf\xe9 \xed\xa0\xbd", status=500, headers={"content-type": "text/plain"}),
    "a part": _reply(b"[]", status=206),
    "a next page": _reply(b"[]", headers={"Link": "</v1/agents?page=2>; rel=next"}),
}


def _outcome(problem: ApiError) -> str:
    return f"{type(problem).__name__}: {problem}"


@pytest.mark.parametrize("fault", FAULTS)
def test_each_client_ends_alike(sandbox: Sandbox, fault: str) -> None:
    kind, parameters = FAULTS[fault]
    access = Access(sandbox.url, sandbox.token)
    sandbox.fault(kind, times="always", path="/v1/*", **parameters)
    calls: list[Any] = [list_agents(), add_agent(NewAgent("A", NUMBER))]

    def blocking(call: Any) -> object:
        with Client(access, limits=HASTY) as client:
            return client.send(call)

    async def asynchronous(call: Any, connections: int) -> object:
        async with AsyncClient(access, limits=HASTY, connections=connections) as client:
            return await client.send(call)

    def ended(send: Any) -> object:
        try:
            return send()
        except ApiError as problem:
            str(problem).encode("utf-8")
            return _outcome(problem)

    for call in calls:
        outcomes = [
            ended(lambda call=call: blocking(call)),
            ended(lambda call=call: asyncio.run(asynchronous(call, 1))),
            ended(lambda call=call: asyncio.run(asynchronous(call, 8))),
        ]
        assert outcomes[0] == outcomes[1] == outcomes[2]
        assert isinstance(outcomes[0], (tuple, str))


def test_an_accounts_texts_are_visible(sandbox: Sandbox, client: Client) -> None:
    sandbox.add_agent(NUMBER, name="Sales \ud83d", eid=EID, failover_destination_name="\udce9")
    (agent,) = client.send(list_agents())
    assert isinstance(agent, AgentRecord)
    assert agent.name == r"Sales \ud83d"
    assert agent.configuration["failover_destination_name"] == r"\udce9"


def test_a_redirect_is_followed_by_nobody_and_named(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("redirect", location="https://user:pass@new.example.com/v1/agents?token=abc", times=1)
    with pytest.raises(ReadUnknown, match=r"302 and sends us to https://new\.example\.com/v1/agents\n") as caught:
        client.send(list_agents())
    assert "set digo:endpoint to https://new.example.com," in caught.value.next_step
    assert len(sandbox.requests()) == 1


def test_reasons_in_nested_shapes_come_through(sandbox: Sandbox, client: Client) -> None:
    kind, parameters = _reply(b'{"errors": {"follow_me_number": ["Bad \\ud83d number"]}}', status=422)
    sandbox.fault(kind, **parameters)
    with pytest.raises(Refused) as caught:
        client.send(add_agent(NewAgent("A", NUMBER)))
    assert caught.value.reasons == (("follow_me_number", r"Bad \ud83d number"),)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("Fri, 01 Jan 2038 00:00:00 GMT", 86400), ("Thu, 01 Jan 1970 00:00:00 GMT", 0), (-3, 0), ("soon", None)],
)
def test_retry_after_as_a_date(sandbox: Sandbox, client: Client, header: Any, seconds: float | None) -> None:
    sandbox.fault("status", status=429, retry_after=header, times="always")
    with pytest.raises(RateLimited) as caught:
        client.send(list_agents())
    assert caught.value.retry_after == seconds


def test_an_unavailable_service_may_say_when_it_is_back(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("status", status=503, retry_after=0, times="always")
    with pytest.raises(ReadUnknown) as read:
        client.send(list_agents())
    with pytest.raises(OutcomeUnknown) as write:
        client.send(add_agent(NewAgent("A", NUMBER)))
    assert read.value.retry_after == write.value.retry_after == 0

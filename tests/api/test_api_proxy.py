"""The environment's proxy: it serves the API, in either spelling, and nothing that is on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from digo.api import Access, AsyncClient, Client, NewLead, list_agents, put_lead
from digo.api.errors import NotSent
from digo.ci.hosting import Api
from sandbox.testing import Sandbox
from tests.api.api_values import NUMBER
from tests.scenarios.forward_proxy import forward_proxy

FAR = "http://api.example.com"
VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
LEAD = put_lead(NewLead("4711", NUMBER))


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """None that the machine has counts here."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def proxy(sandbox: Sandbox) -> Iterator[tuple[str, list[str]]]:
    with forward_proxy(sandbox.url) as found:
        yield found


async def send(access: Access, connections: int) -> None:
    async with AsyncClient(access, connections=connections) as client:
        await client.send(LEAD)


@pytest.mark.parametrize("spelling", ["http://{}", "{}"])
@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY"])
def test_every_client_asks_the_proxy(
    proxy: tuple[str, list[str]], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, variable: str, spelling: str
) -> None:
    place, asked = proxy
    monkeypatch.setenv(variable, spelling.format(place))
    access = Access(FAR, sandbox.token)
    with Client(access) as client:
        client.send(list_agents())
    for connections in (1, 4):
        asyncio.run(send(access, connections))
    assert Api(FAR, {"Authorization": sandbox.token}).get("/v1/agents") == []
    lead = f"POST {FAR}/v1/broadcast/lead/4711"
    assert asked == [f"GET {FAR}/v1/agents", lead, lead, f"GET {FAR}/v1/agents"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_what_is_on_this_machine_needs_none(
    proxy: tuple[str, list[str]], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("http_proxy", f"http://{proxy[0]}")
    with Client(Access(sandbox.url.replace("127.0.0.1", host), sandbox.token)) as client:
        assert client.send(list_agents()) == ()
    assert proxy[1] == []


def test_hosts_that_no_proxy_names_are_asked_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example.com:3128")
    monkeypatch.setenv("no_proxy", ".example.com,api.example.net:443")
    assert Access("https://api.example.com", "t").proxy is None
    assert Access("https://api.example.org", "t").proxy == "http://proxy.example.com:3128"
    assert Access("https://api.example.net", "t").proxy is None
    assert Access("https://api.example.net:8443", "t").proxy == "http://proxy.example.com:3128"


@pytest.mark.parametrize("variable", ["all_proxy", "ALL_PROXY"])
def test_the_proxy_for_all_is_asked_where_there_is_none_for_the_scheme(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "http://all.example.com:3128")
    monkeypatch.setenv("http_proxy", "http://proxy.example.com:3128")
    assert Access("https://api.example.org", "t").proxy == "http://all.example.com:3128"
    assert Access("http://api.example.org", "t").proxy == "http://proxy.example.com:3128"


@pytest.mark.parametrize("address", ["socks5://user:geheim@proxy.example.com:1080", "http://user:geheim@proxy:port"])
def test_a_proxy_that_cannot_be_asked_is_told_without_its_password(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("https_proxy", address)
    access = Access("https://api.example.com", "t")
    for make in (Client, AsyncClient, lambda access: AsyncClient(access, connections=1)):
        with pytest.raises(NotSent, match="the environment's proxy for https is not an http") as told:
            make(access)
        assert "geheim" not in str(told.value)
        assert "name api.example.com in NO_PROXY" in str(told.value)

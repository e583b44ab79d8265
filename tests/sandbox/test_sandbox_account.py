"""What holds for the whole account: tokens, the limit on requests a second, latency, the record of requests."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from pyrate_limiter import AbstractClock
from starlette.types import Receive, Scope, Send

from sandbox.database import open_database
from sandbox.exchange import TRANSPORT
from sandbox.pace import Pace
from sandbox.service import Service
from sandbox.settings import EXAMPLE_TOKEN, Settings
from sandbox.testing import Sandbox
from sandbox.vendor import VendorApi
from tests.warm.warm_sandbox import start_sandbox

AGENT = {"name": "Test Agent", "follow_me_number": "+12025550101"}


@pytest.mark.parametrize("header", [None, "", "wrong-token", "Bearer example-token"])
def test_a_missing_or_wrong_token_is_refused(sandbox: Sandbox, stranger: httpx.Client, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    response = stranger.post(f"{sandbox.url}/v1/agent", json=AGENT, headers=headers)

    assert response.status_code == 401
    assert response.json()["success"] is False
    assert sandbox.agents() == []
    (request,) = sandbox.requests()
    assert request["authorized"] is False
    assert "token" not in str({k: v for k, v in request.items() if k != "authorized"})


def test_several_tokens_and_the_bearer_scheme(sandbox: Sandbox, stranger: httpx.Client) -> None:
    sandbox.settings(scheme="bearer", token=["example-token", "second-example-token"])
    answers = [
        stranger.get(f"{sandbox.url}/v1/agents", headers={"Authorization": value}).status_code
        for value in ("Bearer example-token", "bearer second-example-token", "example-token", "Bearer other")
    ]
    assert answers == [200, 200, 401, 401]


class _Stopped(AbstractClock):
    """A clock that goes on when it is told to."""

    ms = 0

    def now(self) -> int:
        return self.ms


def test_the_limit_is_one_for_all_endpoints_together(folder: Path) -> None:
    """Asked in this process, where time can stand still."""
    service, clock = Service(open_database(folder / "sandbox.db"), Settings(cps=3)), _Stopped()
    service.digo_api.pace = Pace(3, clock)
    vendor = VendorApi(lambda *_request: service)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        open_line = SimpleNamespace(is_closing=lambda: False)
        await vendor({**scope, "extensions": {TRANSPORT: open_line}}, receive, send)

    async def asked() -> None:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(application),
            base_url="http://sandbox",
            headers={"Authorization": EXAMPLE_TOKEN},
        ) as client:
            assert [(await client.get("/v1/agents")).status_code for _ in range(3)] == [200] * 3
            refused = await client.post("/v1/agent", json=AGENT)
            assert refused.status_code == 429
            assert refused.json() == {"success": "false", "message": "Too many requests."}
            assert "retry-after" not in refused.headers
            clock.ms += 1000
            assert (await client.post("/v1/agent", json=AGENT)).status_code == 200
            assert [agent["name"] for agent in (await client.get("/v1/agents")).json()] == ["Test Agent"]

    asyncio.run(asked())


def test_the_limit_lets_requests_through_again_and_may_name_a_time(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.settings(cps=1, retry_after=1)
    while (refused := client.get("/v1/agents")).status_code == 200:
        pass
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "1"

    while client.get("/v1/agents").status_code == 429:
        time.sleep(0.02)
    statuses = [request["status"] for request in sandbox.requests()]
    assert (statuses[0], statuses[-1]) == (200, 200)


def test_the_admin_side_is_never_limited_or_delayed(sandbox: Sandbox, stranger: httpx.Client) -> None:
    sandbox.settings(cps=1, latency_ms=3_600_000)
    for _ in range(10):
        assert stranger.get(f"{sandbox.url}/_sandbox/health").status_code == 200


def test_latency_is_each_requests_own(tmp_path: Path) -> None:
    count = 40
    with start_sandbox(tmp_path, latency_ms=3_600_000) as sandbox, ThreadPoolExecutor(count) as pool:

        def create() -> None:
            with sandbox.client() as client, pytest.raises(httpx.TransportError):
                client.post("/v1/agent", json=AGENT)

        calls = [pool.submit(create) for _ in range(count)]
        sandbox.wait_for(lambda request: request["n"] == count)
        assert {request["outcome"] for request in sandbox.requests()} == {"open"}
        assert sandbox.agents() == []
        sandbox.kill()
        for call in calls:
            call.result()


def test_requests_are_counted_and_kept_in_order(sandbox: Sandbox, client: httpx.Client) -> None:
    client.get("/v1/agents")
    client.post("/v1/agent", json=AGENT)
    client.get("/v1/agents?page=2")

    assert sandbox.counts() == {"GET /v1/agents": 2, "POST /v1/agent": 1}
    log = sandbox.requests()
    assert [(entry["n"], entry["method"], entry["path"]) for entry in log] == [
        (1, "GET", "/v1/agents"),
        (2, "POST", "/v1/agent"),
        (3, "GET", "/v1/agents"),
    ]
    assert log[1]["body"] == AGENT
    assert [entry["committed"] for entry in log] == [False, True, False]
    assert log[2]["query"] == "page=2"
    assert sandbox.token not in str(log)

    latest = client.get("/_sandbox/requests?last=1").json()
    assert [entry["n"] for entry in latest["log"]] == [3]
    assert latest["counts"] == sandbox.counts()

    sandbox.clear_requests()
    assert sandbox.counts() == {}


def test_unknown_paths_and_methods_answer_in_json(sandbox: Sandbox, client: httpx.Client) -> None:
    unknown, wrong_method = client.get("/v1/nothing"), client.delete("/v1/agents")
    assert (unknown.status_code, unknown.json()["success"]) == (404, False)
    assert (wrong_method.status_code, wrong_method.json()["success"]) == (405, False)


def test_settings_are_checked_and_never_show_tokens(sandbox: Sandbox, stranger: httpx.Client) -> None:
    assert sandbox.settings(cps=5, latency_ms=7)["cps"] == 5
    assert sandbox.settings(cps=0)["latency_ms"] == 7
    assert "token" not in sandbox.settings()
    refused: tuple[dict[str, object], ...] = ({"cps": -1}, {"colour": "red"}, {"token": []}, {"number_form": "roman"})
    for bad in refused:
        with pytest.raises(RuntimeError, match="422"):
            sandbox.settings(**bad)
    for body in ("[]", "nonsense"):
        assert stranger.post(f"{sandbox.url}/_sandbox/settings", content=body).status_code == 422


def test_reset_empties_the_account_and_restores_the_settings(sandbox: Sandbox, client: httpx.Client) -> None:
    client.post("/v1/agent", json=AGENT)
    client.post("/v1/broadcast/lead/4711", json={"field_0": "+12025550101"})
    first = sandbox.agents()[0]["id"]
    sandbox.settings(cps=1)
    sandbox.fault("hang")
    sandbox.reset()

    assert sandbox.state() == {"agents": [], "leads": {}}
    assert sandbox.counts() == {}
    for _ in range(5):
        assert client.post("/v1/agent", json=AGENT).status_code == 200
    assert sandbox.agents()[0]["id"] == first


def test_accounts_are_saved_and_loaded(sandbox: Sandbox, folder: Path) -> None:
    kept, listed = sandbox.add_agent("+12025550101"), sandbox.smartflo.add_list("Spring")
    user = sandbox.smartflo.add_user("+12025550102")
    sandbox.smartflo.add_lead(listed, "+12025550103")
    saved = folder / "saved.db"
    sandbox.save(saved)
    sandbox.delete_agent(kept["eid"])
    sandbox.smartflo.delete_user(user["id"])
    sandbox.smartflo.delete_list(listed)
    sandbox.settings(cps=1)
    for _ in range(2):
        sandbox.load(saved)
        assert [one["eid"] for one in sandbox.agents()] == [kept["eid"]]
        assert sandbox.smartflo.users() == [user]
        assert [one["phone"] for one in sandbox.smartflo.leads(listed)] == ["12025550103"]
        assert sandbox.add_agent("+12025550104")["eid"] != kept["eid"]
    assert sandbox.settings()["cps"] != 1


def test_only_a_saved_account_is_loaded(sandbox: Sandbox, folder: Path) -> None:
    (folder / "other.db").write_text("something else")
    for name in ("other.db", "missing.db"):
        with pytest.raises(RuntimeError, match="422"):
            sandbox.load(folder / name)
    assert sandbox.add_agent("+12025550101")["name"]

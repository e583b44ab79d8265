"""What holds for the whole account: tokens, the limit on requests a second, latency, the record of requests."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from sandbox.testing import Sandbox, start_sandbox

AGENT = {"name": "Test Agent", "follow_me_number": "+12025550101"}


@pytest.mark.parametrize("header", [None, "", "wrong-token", "Bearer example-token"])
def test_a_missing_or_wrong_token_is_refused(sandbox: Sandbox, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    response = httpx.post(f"{sandbox.url}/v1/agent", json=AGENT, headers=headers)

    assert response.status_code == 401
    assert response.json()["success"] is False
    assert sandbox.agents() == []
    (request,) = sandbox.requests()
    assert request["authorized"] is False
    assert "token" not in str({k: v for k, v in request.items() if k != "authorized"})


def test_several_tokens_and_the_bearer_scheme(sandbox: Sandbox) -> None:
    sandbox.settings(scheme="bearer", token=["example-token", "second-example-token"])
    answers = [
        httpx.get(f"{sandbox.url}/v1/agents", headers={"Authorization": value}).status_code
        for value in ("Bearer example-token", "bearer second-example-token", "example-token", "Bearer other")
    ]
    assert answers == [200, 200, 401, 401]


def test_the_limit_is_one_for_all_endpoints_together(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.settings(cps=1)
    first = client.get("/v1/agents")
    second = client.post("/v1/agent", json=AGENT)

    assert first.status_code == 200
    assert second.status_code == 429
    assert second.json() == {"success": "false", "message": "Too many requests."}
    assert "retry-after" not in second.headers
    assert sandbox.agents() == []


def test_the_limit_lets_requests_through_again_and_may_name_a_time(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.settings(cps=5, retry_after=1)
    while (refused := client.get("/v1/agents")).status_code == 200:
        pass
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "1"

    while client.get("/v1/agents").status_code == 429:
        time.sleep(0.02)
    statuses = [request["status"] for request in sandbox.requests()]
    assert statuses[:5] == [200] * 5
    assert statuses[-1] == 200


def test_the_admin_side_is_never_limited_or_delayed(sandbox: Sandbox) -> None:
    sandbox.settings(cps=1, latency_ms=3_600_000)
    for _ in range(10):
        assert httpx.get(f"{sandbox.url}/_sandbox/health").status_code == 200


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

    latest = httpx.get(f"{sandbox.url}/_sandbox/requests?last=1").json()
    assert [entry["n"] for entry in latest["log"]] == [3]
    assert latest["counts"] == sandbox.counts()

    sandbox.clear_requests()
    assert sandbox.counts() == {}


def test_unknown_paths_and_methods_answer_in_json(sandbox: Sandbox, client: httpx.Client) -> None:
    unknown, wrong_method = client.get("/v1/nothing"), client.delete("/v1/agents")
    assert (unknown.status_code, unknown.json()["success"]) == (404, False)
    assert (wrong_method.status_code, wrong_method.json()["success"]) == (405, False)


def test_settings_are_checked_and_never_show_tokens(sandbox: Sandbox) -> None:
    assert sandbox.settings(cps=5, latency_ms=7)["cps"] == 5
    assert sandbox.settings(cps=0)["latency_ms"] == 7
    assert "token" not in sandbox.settings()
    refused: tuple[dict[str, object], ...] = ({"cps": -1}, {"colour": "red"}, {"token": []}, {"number_form": "roman"})
    for bad in refused:
        with pytest.raises(RuntimeError, match="422"):
            sandbox.settings(**bad)
    for body in ("[]", "nonsense"):
        assert httpx.post(f"{sandbox.url}/_sandbox/settings", content=body).status_code == 422


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

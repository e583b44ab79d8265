"""Two accounts on one port: the token chooses, and neither knows of the other."""

from pathlib import Path

import httpx
import pytest

from sandbox.smartflo.testing import SmartfloSide
from sandbox.testing import Sandbox
from tests.warm.warm_sandbox import start_sandbox

AGENT = {"name": "Test Agent", "follow_me_number": "+12025550101"}


@pytest.mark.parametrize("header", ["example-smartflo-token", "Bearer example-smartflo-token"])
def test_the_token_stands_alone_or_behind_bearer(sandbox: Sandbox, stranger: httpx.Client, header: str) -> None:
    response = stranger.get(f"{sandbox.url}/v1/users", headers={"Authorization": header})
    assert (response.status_code, response.json()["data"]) == (200, [])
    assert [request["account"] for request in sandbox.requests()] == ["smartflo"]


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer other-token", "other-token"])
def test_another_token_is_refused(sandbox: Sandbox, stranger: httpx.Client, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    assert stranger.get(f"{sandbox.url}/v1/users", headers=headers).status_code == 401


def test_each_account_has_its_own_agents_leads_and_calls(sandbox: Sandbox, client: httpx.Client) -> None:
    with sandbox.client() as other:
        other.post("/v1/agent", json=AGENT)
        other.post("/v1/broadcast/lead/50001", json={"field_0": "+12025550101"})
        list_id = sandbox.smartflo.add_list("First")
        client.post("/v1/agent", json={**AGENT, "name": "Sibling"})
        click = {"agent_number": sandbox.smartflo.agents()[0]["eid"], "destination_number": "+12025550102"}
        assert client.post("/v1/click_to_call", json=click).json()["success"] is True

        assert [agent["name"] for agent in other.get("/v1/agents").json()] == ["Test Agent"]
        assert [agent["name"] for agent in client.get("/v1/agents").json()] == ["Sibling"]
        assert len(sandbox.leads(50001)) == 1
        assert (list_id, sandbox.smartflo.leads(list_id)) == (50001, [])
        assert sandbox.calls() == []
        assert [other.get(path).status_code for path in ("/v1/users", "/v1/my_number", "/v1/broadcast/lists")] == [
            404,
            404,
            404,
        ]
    assert [request["account"] for request in sandbox.requests()].count("digo") == 6


def test_each_account_has_its_own_limit(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.settings(cps=1)
    with sandbox.client() as other:
        while other.get("/v1/agents").status_code == 200:
            pass
        assert client.get("/v1/users").status_code == 200


def test_a_fault_can_be_tied_to_an_account(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.fault("status", path="/v1/agents", account="smartflo")
    with sandbox.client() as other:
        assert other.get("/v1/agents").status_code == 200
    assert [client.get("/v1/agents").status_code for _ in range(2)] == [500, 200]


def test_settings_are_changed_without_the_prefix_and_show_no_secret(sandbox: Sandbox, smartflo: SmartfloSide) -> None:
    shown = smartflo.settings(page_limit=7)
    assert shown["smartflo_page_limit"] == 7
    assert not {"smartflo_token", "smartflo_password", "token"} & shown.keys()
    with pytest.raises(RuntimeError, match="422"):
        smartflo.settings(colour="red")
    with pytest.raises(RuntimeError, match="422"):
        smartflo.settings(users="maybe")


def test_reset_empties_both_and_starts_numbering_anew(sandbox: Sandbox, client: httpx.Client) -> None:
    def fill() -> list[object]:
        list_id = sandbox.smartflo.add_list("First")
        sandbox.smartflo.add_lead(list_id, "+12025550102")
        return [sandbox.smartflo.add_user("+12025550101")["id"], list_id]

    first = fill()
    sandbox.reset()
    side = sandbox.smartflo
    assert (side.users(), side.agents(), side.lists(), side.batches()) == ([], [], [], [])
    assert fill() == first


def test_the_account_survives_a_kill(tmp_path: Path) -> None:
    with start_sandbox(tmp_path, smartflo_token=["a-token", "b-token"], smartflo_users="403") as sandbox:
        user = sandbox.smartflo.add_user("+12025550101", name="Ada")
        list_id = sandbox.smartflo.add_list("First", ["Phone", "Name"])
        sandbox.smartflo.add_lead(list_id, "+12025550102", field_1="Babbage")
        sandbox.kill()
        sandbox.restart()

        assert sandbox.smartflo.users() == [user]
        assert sandbox.smartflo.lists()[0]["field"] == ["Phone", "Name"]
        assert sandbox.smartflo.leads(list_id)[0]["fields"] == {"field_0": "12025550102", "field_1": "Babbage"}
        with sandbox.smartflo.client("Bearer b-token") as client:
            assert client.get("/v1/users").status_code == 403
            assert client.get("/v1/agents").status_code == 200

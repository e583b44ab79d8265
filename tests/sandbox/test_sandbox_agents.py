"""Agents over HTTP: the page's samples, number spellings, refused bodies, duplicates."""

import re
from pathlib import Path

import httpx
import pytest

from sandbox.testing import Sandbox
from tests.warm.warm_sandbox import start_sandbox

AGENT = {"name": "Test Agent", "follow_me_number": "+12025550101", "intercom": 1001}

# The page's sample of a list item, its placeholders filled in.
SAMPLE_ITEM = {
    "id": 111111,
    "name": "Test Agent",
    "follow_me_number": "+12025550101",
    "eid": "123456789012345",
    "intercom": None,
    "calls_answered": 1,
    "calls_missed": 0,
    "custom_status": 0,
    "timegroup_name": None,
    "timegroup_id": None,
    "failover_destination": None,
    "failover_destination_name": None,
    "is_verified": 1,
    "departments": [],
    "allowed_caller_ids": [{"id": "2222222", "number": "12025550199"}],
    "agent_cdr": False,
    "associated_agent": False,
    "agent_groups": [],
    "sticky_settings": {"timeout": None, "ring_strategy": None, "alternate_numbers": [""]},
}
VOLATILE = {"calls_answered", "calls_missed"}


def test_create_replies_with_the_pages_message_and_the_eid(sandbox: Sandbox, client: httpx.Client) -> None:
    response = client.post("/v1/agent", json=AGENT)

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    agent = sandbox.agents()[0]
    assert response.json() == {
        "success": True,
        "message": "Agent added successfully",
        "agent_id": agent["eid"],
    }
    assert re.fullmatch(r"\d{15}", agent["eid"])


def test_list_items_look_like_the_pages_sample(client: httpx.Client) -> None:
    client.post("/v1/agent", json={"name": "Test Agent", "follow_me_number": "+12025550101"})

    (item,) = client.get("/v1/agents").json()

    assert list(item) == list(SAMPLE_ITEM)
    ignored = VOLATILE | {"eid"}
    assert {k: v for k, v in item.items() if k not in ignored} == {
        k: v for k, v in SAMPLE_ITEM.items() if k not in ignored
    }


def test_the_list_of_an_empty_account_is_an_empty_array(client: httpx.Client) -> None:
    assert client.get("/v1/agents").json() == []


def test_counters_drift_from_read_to_read_and_nothing_else(client: httpx.Client) -> None:
    client.post("/v1/agent", json=AGENT)
    (first,) = client.get("/v1/agents").json()
    (second,) = client.get("/v1/agents").json()

    assert second["calls_answered"] > first["calls_answered"]
    assert {k for k in first if first[k] != second[k]} <= VOLATILE


@pytest.mark.parametrize("number", ["+12025550101", "12025550101", 12025550101])
def test_a_number_may_be_written_with_plus_as_digits_or_as_an_integer(client: httpx.Client, number: str | int) -> None:
    assert client.post("/v1/agent", json={**AGENT, "follow_me_number": number}).json()["success"] is True
    assert client.get("/v1/agents").json()[0]["follow_me_number"] == "+12025550101"


@pytest.mark.parametrize(
    ("form", "written"), [("plus", "+12025550101"), ("digits", "12025550101"), ("national", "2025550101")]
)
def test_numbers_come_back_in_the_chosen_form(sandbox: Sandbox, client: httpx.Client, form: str, written: str) -> None:
    sandbox.settings(number_form=form)
    client.post("/v1/agent", json=AGENT)
    assert client.get("/v1/agents").json()[0]["follow_me_number"] == written


@pytest.mark.parametrize("intercom", [1001, "1001"])
def test_intercoms_come_back_as_text(client: httpx.Client, intercom: str | int) -> None:
    client.post("/v1/agent", json={**AGENT, "intercom": intercom})
    assert client.get("/v1/agents").json()[0]["intercom"] == "1001"


@pytest.mark.parametrize("path", ["/v1/agents", "/v1/agents/", "//v1/agents", "//v1//agents/"])
def test_slashes_at_the_join_and_the_end_do_not_matter(sandbox: Sandbox, client: httpx.Client, path: str) -> None:
    # Joined by hand: the client library would read a leading "//" as a host.
    assert client.get(f"{sandbox.url}{path}").json() == []
    assert sandbox.counts() == {"GET /v1/agents": 1}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": None}, "name"),
        ({"name": " "}, "name"),
        ({"name": 5}, "name"),
        ({"follow_me_number": None}, "follow_me_number"),
        ({"follow_me_number": "555-0101"}, "follow_me_number"),
        ({"follow_me_number": "+120255501"}, "follow_me_number"),
        ({"follow_me_number": 12025550101.0}, "follow_me_number"),
        ({"follow_me_number": True}, "follow_me_number"),
        ({"intercom": "12"}, "intercom"),
        ({"intercom": 12345}, "intercom"),
        ({"intercom": [1001]}, "intercom"),
    ],
)
def test_a_bad_field_is_refused_by_name_without_success(
    sandbox: Sandbox, client: httpx.Client, change: dict[str, object], field: str
) -> None:
    response = client.post("/v1/agent", json={**AGENT, **change})

    assert response.status_code == 422
    content = response.json()
    assert list(content) == [field]
    assert isinstance(content[field][0], str)
    assert sandbox.agents() == []


def test_the_pages_own_request_sample_is_taken_with_its_last_comma(sandbox: Sandbox, client: httpx.Client) -> None:
    sample = '{\n"name": "Test Agent",\n"follow_me_number": 12025550101,\n"intercom": 1001,\n}'
    response = client.post("/v1/agent", content=sample, headers={"content-type": "application/json"})

    assert response.json()["success"] is True
    assert [agent["intercom"] for agent in sandbox.agents()] == ["1001"]


@pytest.mark.parametrize("body", ['{"name": "Test Agent",, }', '{"name": XXXX}', "name=Test Agent", '["a",]'])
def test_what_is_no_json_is_refused(sandbox: Sandbox, client: httpx.Client, body: str) -> None:
    response = client.post("/v1/agent", content=body, headers={"content-type": "application/json"})

    assert response.status_code == 400
    assert response.json()["success"] is False
    assert sandbox.requests()[0]["body"] == body
    assert sandbox.agents() == []


def test_duplicates_make_a_second_agent_by_default(client: httpx.Client) -> None:
    first, second = (client.post("/v1/agent", json=AGENT).json()["agent_id"] for _ in range(2))
    assert first != second
    assert [agent["eid"] for agent in client.get("/v1/agents").json()] == [first, second]


def test_duplicates_can_be_refused_by_number_and_intercom(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.settings(duplicates="refuse")
    client.post("/v1/agent", json=AGENT)

    same_intercom = client.post("/v1/agent", json={**AGENT, "follow_me_number": "+12025550102"})
    same_number = client.post("/v1/agent", json={**AGENT, "intercom": 1002, "follow_me_number": 12025550101})

    assert same_intercom.status_code == 422
    assert same_intercom.json() == {"intercom": ["The intercom has already been taken."]}
    assert list(same_number.json()) == ["follow_me_number"]
    assert len(sandbox.agents()) == 1


@pytest.mark.parametrize("form", ["id", "other"])
def test_agent_id_need_not_be_the_eid(sandbox: Sandbox, client: httpx.Client, form: str) -> None:
    sandbox.settings(agent_id=form)
    agent_id = client.post("/v1/agent", json=AGENT).json()["agent_id"]

    (agent,) = sandbox.agents()
    assert agent_id != agent["eid"]
    assert (agent_id == str(agent["id"])) is (form == "id")


def test_the_list_keeps_the_order_of_creation_and_survives_a_restart(folder: Path, stranger: httpx.Client) -> None:
    numbers = [f"+1202555{n:04d}" for n in (199, 102, 150, 101)]
    with start_sandbox(folder) as sandbox:
        headers = {"Authorization": sandbox.token}
        for number in numbers:
            stranger.post(f"{sandbox.url}/v1/agent", headers=headers, json={**AGENT, "follow_me_number": number})
        before = stranger.get(f"{sandbox.url}/v1/agents", headers=headers).json()
        sandbox.kill()
        sandbox.restart()
        after = stranger.get(f"{sandbox.url}/v1/agents", headers=headers).json()

        assert [agent["follow_me_number"] for agent in after] == numbers
        assert [agent["eid"] for agent in after] == [agent["eid"] for agent in before]
        assert after[0]["calls_answered"] > before[0]["calls_answered"]
        sandbox.add_agent("+12025550103")
        assert len({agent["id"] for agent in sandbox.agents()}) == 5


def test_panel_edits_show_in_the_list(sandbox: Sandbox, client: httpx.Client) -> None:
    added = sandbox.add_agent("+12025550101", name="From the panel", intercom="1001", custom_status=1)
    other = sandbox.add_agent("12025550102", eid="000000000000042")
    sandbox.edit_agent(added["eid"], name="Renamed", intercom=None, follow_me_number="+12025550103")

    first, second = client.get("/v1/agents").json()
    assert (first["name"], first["intercom"], first["follow_me_number"]) == ("Renamed", None, "+12025550103")
    assert (first["custom_status"], second["custom_status"]) == (1, 0)
    assert second["eid"] == other["eid"] == "000000000000042"

    sandbox.delete_agent(added["eid"])
    assert [agent["eid"] for agent in client.get("/v1/agents").json()] == [other["eid"]]


def test_panel_edits_of_what_is_not_there_fail(sandbox: Sandbox) -> None:
    with pytest.raises(RuntimeError, match="404"):
        sandbox.delete_agent("1")
    with pytest.raises(RuntimeError, match="404"):
        sandbox.edit_agent("1", name="x")
    with pytest.raises(RuntimeError, match="no such field: colour"):
        sandbox.add_agent("+12025550101", colour="red")
    sandbox.add_agent("+12025550101", eid="000000000000042")
    with pytest.raises(RuntimeError, match="409"):
        sandbox.add_agent("+12025550102", eid="000000000000042")

"""The legacy calls about agents, and the account's numbers."""

import httpx
import pytest

from sandbox.smartflo.testing import SmartfloSide

AGENT = {"name": "Test Agent", "follow_me_number": "+12025550101", "intercom": 1001}


def test_the_list_is_the_other_accounts_and_shows_what_a_user_has(smartflo: SmartfloSide, client: httpx.Client) -> None:
    smartflo.add_user("+12025550101", name="Ada", caller_id=["2222223"], agent_group=["night"], department=[3])
    (agent,) = client.get("/v1/agents").json()
    assert agent["allowed_caller_ids"] == [{"id": "2222223", "number": "12025550191"}]
    assert agent["agent_groups"] == ["night"]
    assert agent["departments"] == [{"id": "3", "name": "Department 3"}]
    assert isinstance(agent["id"], int)
    assert agent["id"] != smartflo.users()[0]["id"]


def test_a_legacy_create_makes_a_user_as_well(smartflo: SmartfloSide, client: httpx.Client) -> None:
    response = client.post("/v1/agent", json=AGENT)
    (user,) = smartflo.users()
    assert response.json() == {"success": True, "message": "Agent added successfully", "agent_id": user["eid"]}
    (item,) = client.get("/v1/users").json()["data"]
    assert (item["name"], item["login_id"], item["agent"]["id"]) == ("Test Agent", None, user["eid"])
    assert client.post("/v1/agent", json=AGENT).status_code == 422


def test_a_change_is_a_form_and_goes_by_the_numeric_id(smartflo: SmartfloSide, client: httpx.Client) -> None:
    user = smartflo.add_user("+12025550101", name="Ada")
    path = f"/v1/agent/{user['legacy_id']}"
    response = client.put(path, data={"name": "Babbage", "follow_me_number": "+12025550102"})

    assert response.json()["success"] is True
    (changed,) = smartflo.users()
    assert (changed["name"], changed["agent_name"], changed["number"]) == ("Ada", "Babbage", "+12025550102")
    assert client.put(path, json={"name": "Lovelace"}).status_code == 400
    assert client.put(path, data={"follow_me_number": "12"}).status_code == 422
    assert client.put(path, data={"name": " "}).status_code == 422
    assert client.put(f"/v1/agent/{user['id']}", data={"name": "x"}).status_code == 404
    assert smartflo.users() == [changed]


def test_a_change_may_not_take_anothers_number(smartflo: SmartfloSide, client: httpx.Client) -> None:
    smartflo.add_user("+12025550101")
    user = smartflo.add_user("+12025550102")
    response = client.put(f"/v1/agent/{user['legacy_id']}", data={"follow_me_number": "+12025550101"})
    assert (response.status_code, list(response.json())) == (422, ["follow_me_number"])


def test_a_delete_goes_by_the_numeric_id(smartflo: SmartfloSide, client: httpx.Client) -> None:
    user = smartflo.add_user("+12025550101")
    assert client.delete(f"/v1/agent/{user['eid']}").status_code == 404
    assert client.delete(f"/v1/agent/{user['legacy_id']}").json()["success"] is True
    assert client.delete(f"/v1/agent/{user['legacy_id']}").status_code == 404
    assert smartflo.users() == []


def test_block_and_unblock_go_by_the_eid(smartflo: SmartfloSide, client: httpx.Client) -> None:
    user = smartflo.add_user("+12025550101")
    for act, status in (("block", 1), ("unblock", 0)):
        assert client.post(f"/v1/agent/{user['eid']}/{act}").json()["success"] is True
        assert smartflo.agents()[0]["custom_status"] == status
    assert client.post(f"/v1/agent/{user['legacy_id']}/block").status_code == 404


@pytest.mark.parametrize(
    ("form", "written"), [("plus", "+12025550101"), ("digits", "12025550101"), ("national", "2025550101")]
)
def test_numbers_come_back_in_the_chosen_form(
    smartflo: SmartfloSide, client: httpx.Client, form: str, written: str
) -> None:
    user = smartflo.add_user("+12025550101")
    client.post("/_sandbox/settings", json={"number_form": form})
    assert client.get("/v1/agents").json()[0]["follow_me_number"] == written
    assert client.get("/v1/users").json()["data"][0]["agent"]["follow_me_number"] == written
    assert client.get(f"/v1/user/{user['id']}").json()["data"]["number"] == written


def test_the_accounts_numbers_have_an_id_of_text_and_two_forms(client: httpx.Client) -> None:
    first, second = client.get("/v1/my_number").json()
    assert (first["id"], first["did"], first["alias"]) == ("2222222", "+12025550190", "12025550190")
    assert second["id"] == "2222223"


def test_a_number_of_ten_digits_comes_back_with_the_accounts_country_code(
    smartflo: SmartfloSide, client: httpx.Client
) -> None:
    smartflo.settings(country="1")
    list_id = smartflo.add_list("Spring")
    client.post("/v1/agent", json={"name": "Ada", "follow_me_number": "2025550101"})
    client.post(f"/v1/broadcast/lead/{list_id}", json={"field_0": 2025550102})
    client.post(f"/v1/broadcast/leads/{list_id}", json={"data": [{"field_0": "2025550103"}]})
    user = smartflo.users()[0]
    assert user["number"] == "+12025550101"
    client.patch(f"/v1/user/{user['id']}", json={"number": "2025550104"})
    assert client.get("/v1/agents").json()[0]["follow_me_number"] == "+12025550104"
    path = f"/v1/broadcast/leads/{list_id}"
    assert [lead["field_0"] for lead in client.get(path).json()] == ["+12025550102", "+12025550103"]
    assert len(client.get(path, params={"number": "2025550103"}).json()) == 1
    client.request("DELETE", path, json={"field": "field_0", "data": ["2025550103"]})
    assert [lead["phone"] for lead in smartflo.leads(list_id)] == ["12025550102"]

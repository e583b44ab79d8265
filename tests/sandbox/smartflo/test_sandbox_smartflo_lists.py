"""Broadcast lists over HTTP."""

import httpx
import pytest

from sandbox.smartflo.testing import SmartfloSide


def test_a_list_is_made_shown_renamed_and_deleted(smartflo: SmartfloSide, client: httpx.Client) -> None:
    assert client.get("/v1/broadcast/lists").json() == []
    made = client.post("/v1/broadcast/list", json={"name": "Spring", "description": "d", "field": ["Phone", "OTP"]})
    list_id = made.json()["list_id"]
    assert made.json() == {"success": True, "message": "List created successfully", "list_id": list_id}
    assert client.get("/v1/broadcast/lists").json() == [{"id": list_id, "name": "Spring", "description": "d"}]
    assert smartflo.lists() == [{"id": list_id, "name": "Spring", "description": "d", "field": ["Phone", "OTP"]}]

    renamed = client.put(f"/v1/broadcast/list/{list_id}", json={"name": "Summer", "field": ["Phone", "Other"]})
    assert renamed.json()["success"] is True
    assert smartflo.lists() == [{"id": list_id, "name": "Summer", "description": "d", "field": ["Phone", "OTP"]}]

    smartflo.add_lead(list_id, "+12025550101")
    assert client.delete(f"/v1/broadcast/list/{list_id}").json()["success"] is True
    assert (smartflo.lists(), smartflo.leads(list_id)) == ([], [])
    assert client.delete(f"/v1/broadcast/list/{list_id}").status_code == 404
    assert client.put(f"/v1/broadcast/list/{list_id}", json={"name": "x"}).status_code == 404


def test_two_lists_can_have_one_name(smartflo: SmartfloSide, client: httpx.Client) -> None:
    ids = [client.post("/v1/broadcast/list", json={"name": "Spring"}).json()["list_id"] for _ in range(2)]
    assert ids[0] != ids[1]
    assert [item["id"] for item in smartflo.lists()] == ids


def test_an_id_is_not_given_twice(smartflo: SmartfloSide) -> None:
    first = smartflo.add_list("Spring")
    smartflo.delete_list(first)
    assert smartflo.add_list("Spring") == first + 1


def test_ids_can_be_text(smartflo: SmartfloSide, client: httpx.Client) -> None:
    smartflo.settings(ids="text")
    list_id = client.post("/v1/broadcast/list", json={"name": "Spring"}).json()["list_id"]
    assert list_id == client.get("/v1/broadcast/lists").json()[0]["id"] == str(smartflo.lists()[0]["id"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": 5}, "name"),
        ({"name": "x", "description": 5}, "description"),
        ({"name": "x", "field": "Phone"}, "field"),
        ({"name": "x", "field": [1]}, "field"),
        ({"name": "x", "enable_outbound_based_skill": "1"}, "skill_list_id"),
    ],
)
def test_a_bad_list_is_refused_by_field(
    smartflo: SmartfloSide, client: httpx.Client, body: dict[str, object], field: str
) -> None:
    response = client.post("/v1/broadcast/list", json=body)
    assert (response.status_code, list(response.json())) == (422, [field])
    assert smartflo.lists() == []

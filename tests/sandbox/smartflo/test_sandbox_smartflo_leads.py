"""Leads over HTTP: single writes, reading a list back, change and delete by the lead's id."""

import json
from typing import Any

import httpx
import pytest

from sandbox.smartflo.testing import SmartfloSide
from sandbox.testing import Sandbox

LEAD = {"field_0": "+12025550101", "field_1": "Ada", "field_5": "123456", "duplicate_option": "overwrite"}
VOLATILE = {"dial_status", "lead_picked", "call_count", "retry_count", "updated_at"}


@pytest.fixture
def list_id(smartflo: SmartfloSide) -> int:
    return smartflo.add_list("Spring")


def _send(client: httpx.Client, list_id: int, **changes: object) -> httpx.Response:
    return client.post(f"/v1/broadcast/lead/{list_id}", json={**LEAD, **changes})


def _read(client: httpx.Client, list_id: int, **query: str) -> Any:
    return client.get(f"/v1/broadcast/leads/{list_id}", params=query).json()


def test_a_lead_comes_back_with_the_documented_fields_and_types(client: httpx.Client, list_id: int) -> None:
    assert _send(client, list_id, field_0=12025550101, priority=30).json()["success"] is True

    (lead,) = _read(client, list_id)
    columns = {name: lead.pop(name) for name in list(lead) if name.startswith("field_")}
    assert columns == {f"field_{n}": "" for n in range(35)} | {
        "field_0": "+12025550101",
        "field_1": "Ada",
        "field_5": "123456",
    }
    assert lead["id"] == lead["lead_id"]
    assert len(lead["id"]) == 24
    for name in ("available_at", "created_at", "updated_at"):
        assert lead[name]["$date"]["$numberLong"].isdecimal()
    assert json.loads(lead["header"])[:2] == ["Phone Number", "Name"]
    assert (lead["list_id"], lead["list_name"], lead["priority"]) == (list_id, "Spring", 30)
    assert (lead["skill_id"], lead["time_group"], lead["undisposed_lead"]) == (None, None, False)


def test_dial_state_moves_from_read_to_read_and_nothing_else(client: httpx.Client, list_id: int) -> None:
    _send(client, list_id)
    (first,), (second,) = _read(client, list_id), _read(client, list_id)
    assert second["call_count"] > first["call_count"]
    assert {name for name in first if first[name] != second[name]} <= VOLATILE


@pytest.mark.parametrize("number", ["+12025550102", "12025550102"])
def test_one_number_can_be_asked_for(client: httpx.Client, list_id: int, number: str) -> None:
    for last in range(3):
        _send(client, list_id, field_0=f"+1202555010{last}")
    assert [lead["field_0"] for lead in _read(client, list_id, number=number)] == ["+12025550102"]
    assert _read(client, list_id, number="+12025550199") == []


@pytest.mark.parametrize(("form", "written"), [("digits", "12025550101"), ("national", "2025550101")])
def test_numbers_come_back_in_the_chosen_form(
    sandbox: Sandbox, client: httpx.Client, list_id: int, form: str, written: str
) -> None:
    sandbox.settings(number_form=form)
    _send(client, list_id)
    assert _read(client, list_id)[0]["field_0"] == written


@pytest.mark.parametrize(
    ("form", "content"),
    [("array", []), ("object", {}), ("message", {"success": False, "message": "No leads found."})],
)
def test_an_empty_list_may_be_an_object(
    smartflo: SmartfloSide, client: httpx.Client, list_id: int, form: str, content: object
) -> None:
    smartflo.settings(empty=form)
    assert _read(client, list_id) == content


def test_a_list_that_is_not_there_fails_with_status_200(client: httpx.Client) -> None:
    for response in (_send(client, 4711), client.get("/v1/broadcast/leads/4711"), _send(client, 0)):
        assert (response.status_code, response.json()) == (200, {"success": False, "message": "List not found."})


def test_fewer_columns_can_be_shown(smartflo: SmartfloSide, client: httpx.Client, list_id: int) -> None:
    smartflo.settings(lead_columns=3)
    _send(client, list_id)
    shown = [name for name in _read(client, list_id)[0] if name.startswith("field_")]
    assert shown == [f"field_{n}" for n in range(6)]


@pytest.mark.parametrize("text", ['Ada "Countess" \\ Lovelace', "Zoë", "é\n\t", "\ud800", "\u0000"])
def test_any_text_comes_back(client: httpx.Client, list_id: int, text: str) -> None:
    body = json.dumps({**LEAD, "field_1": text})
    client.post(f"/v1/broadcast/lead/{list_id}", content=body, headers={"content-type": "application/json"})
    assert json.loads(client.get(f"/v1/broadcast/leads/{list_id}").content)[0]["field_1"] == text


@pytest.mark.parametrize(("how", "kept"), [("replace", ""), ("merge", "Ada")])
@pytest.mark.parametrize("bulk", [False, True])
def test_overwrite_drops_or_keeps_the_columns_left_out(
    sandbox: Sandbox, client: httpx.Client, list_id: int, how: str, kept: str, bulk: bool
) -> None:
    sandbox.settings(overwrite=how)
    _send(client, list_id, priority=5)
    lead = {"field_0": "12025550101", "field_5": "9"}
    if bulk:
        client.post(f"/v1/broadcast/leads/{list_id}", json={"data": [lead, lead], "duplicate_option": "overwrite"})
    else:
        client.post(f"/v1/broadcast/lead/{list_id}", json={**lead, "duplicate_option": "overwrite"})
    (shown,) = _read(client, list_id)
    assert (shown["field_1"], shown["field_5"], shown["priority"]) == (kept, "9", 5)


def test_the_same_path_means_the_list_on_post_and_the_lead_on_put_and_delete(
    smartflo: SmartfloSide, client: httpx.Client, list_id: int
) -> None:
    _send(client, list_id)
    (lead,) = _read(client, list_id)
    path = f"/v1/broadcast/lead/{lead['lead_id']}"

    change = {"field_0": "+12025550102", "field_2": "ada@example.com", "priority": "7", "dial_status": "1"}
    assert client.put(path, json=change).json()["success"] is True
    (changed,) = _read(client, list_id)
    assert changed["lead_id"] == lead["lead_id"]
    assert (changed["field_0"], changed["field_1"], changed["field_2"]) == ("+12025550102", "Ada", "ada@example.com")
    assert (changed["priority"], changed["dial_status"]) == (7, 1)
    assert client.put(path, json={"priority": 7}).status_code == 422
    assert client.put(path, json={"field_1": 7}).status_code == 422
    assert client.put(path, json={"field_0": "7"}).status_code == 422

    assert client.put(f"/v1/broadcast/lead/{list_id}", json=change).status_code == 404
    assert client.delete(f"/v1/broadcast/lead/{list_id}").status_code == 404
    assert client.delete(f"/v1/broadcast/lead/{'f' * 24}").status_code == 404
    assert client.delete(path).json()["success"] is True
    assert client.delete(path).status_code == 404
    assert smartflo.leads(list_id) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"field_0": "12"}, "field_0"),
        ({"duplicate_option": "replace"}, "duplicate_option"),
        ({"field_1": {"a": 1}}, "field_1"),
        ({"priority": 31}, "priority"),
        ({"priority": "7"}, "priority"),
    ],
)
def test_a_bad_lead_is_refused_by_field(
    smartflo: SmartfloSide, client: httpx.Client, list_id: int, change: dict[str, object], field: str
) -> None:
    response = _send(client, list_id, **change)
    assert (response.status_code, list(response.json())) == (422, [field])
    assert smartflo.leads(list_id) == []


def test_edits_in_the_panel_show(smartflo: SmartfloSide, client: httpx.Client, list_id: int) -> None:
    smartflo.add_leads(list_id, [{"field_0": "+12025550101"}, {"field_0": "+12025550101", "field_1": "Twin"}])
    first, second = smartflo.leads(list_id)
    assert second == {
        "lead_id": second["lead_id"],
        "phone": "12025550101",
        "fields": {"field_0": "12025550101", "field_1": "Twin"},
    }
    assert smartflo.edit_lead(first["lead_id"], field_1="Ada")["fields"]["field_1"] == "Ada"
    smartflo.delete_lead(second["lead_id"])
    assert [lead["field_1"] for lead in _read(client, list_id)] == ["Ada"]
    with pytest.raises(RuntimeError, match="404"):
        smartflo.delete_lead(second["lead_id"])
    with pytest.raises(RuntimeError, match="404"):
        smartflo.add_lead(4711, "+12025550101")


def test_a_long_list_is_sent_in_parts_and_in_order(smartflo: SmartfloSide, client: httpx.Client, list_id: int) -> None:
    numbers = [f"1202{5550000 + n}" for n in range(4500)]
    smartflo.add_leads(list_id, [{"field_0": number} for number in reversed(numbers)])
    with client.stream("GET", f"/v1/broadcast/leads/{list_id}") as response:
        assert "content-length" not in response.headers
        leads = json.loads(response.read())
    assert [lead["field_0"] for lead in leads] == [f"+{number}" for number in reversed(numbers)]

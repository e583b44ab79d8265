"""Leads over HTTP: the three meanings of a duplicate, columns left out, lists that do not exist."""

import httpx
import pytest

from sandbox.testing import Sandbox

LEAD = {"field_0": "+12025550101", "field_1": "Ada", "field_5": "123456"}


def _send(client: httpx.Client, list_id: int = 4711, /, **changes: object) -> httpx.Response:
    return client.post(f"/v1/broadcast/lead/{list_id}", json={**LEAD, **changes})


def _fields(sandbox: Sandbox, list_id: int = 4711) -> list[dict[str, str]]:
    return [lead["fields"] for lead in sandbox.leads(list_id)]


def test_a_lead_is_stored_in_its_list_only(sandbox: Sandbox, client: httpx.Client) -> None:
    response = _send(client, duplicate_option="overwrite")

    assert response.json() == {"success": True, "message": "Lead added successfully"}
    assert sandbox.leads(4711) == [{"lead_id": 1, "phone": "12025550101", "fields": LEAD}]
    assert sandbox.leads(4712) == []


@pytest.mark.parametrize("spelling", ["12025550101", 12025550101, "+12025550101"])
def test_overwrite_finds_the_lead_by_digits(sandbox: Sandbox, client: httpx.Client, spelling: str | int) -> None:
    _send(client, duplicate_option="overwrite")
    response = _send(client, field_0=spelling, field_5=654321, duplicate_option="overwrite")

    assert response.json()["success"] is True
    assert [fields["field_5"] for fields in _fields(sandbox)] == ["654321"]


@pytest.mark.parametrize(("how", "kept"), [("replace", None), ("merge", "Ada")])
def test_overwrite_drops_or_keeps_the_columns_left_out(
    sandbox: Sandbox, client: httpx.Client, how: str, kept: str | None
) -> None:
    sandbox.settings(overwrite=how)
    _send(client, duplicate_option="overwrite")
    client.post(
        "/v1/broadcast/lead/4711",
        json={"field_0": LEAD["field_0"], "field_5": "1", "duplicate_option": "overwrite"},
    )

    (fields,) = _fields(sandbox)
    assert fields["field_5"] == "1"
    assert fields.get("field_1") == kept


def test_skip_changes_nothing(sandbox: Sandbox, client: httpx.Client) -> None:
    _send(client, duplicate_option="overwrite")
    assert _send(client, field_5="9", duplicate_option="skip").json()["success"] is True
    assert _fields(sandbox) == [LEAD]
    assert [request["committed"] for request in sandbox.requests()] == [True, False]


def test_clone_always_adds_and_overwrite_then_changes_all_copies(sandbox: Sandbox, client: httpx.Client) -> None:
    for _ in range(3):
        _send(client, duplicate_option="clone")
    assert len(_fields(sandbox)) == 3
    _send(client, field_5="9", duplicate_option="overwrite")
    assert [fields["field_5"] for fields in _fields(sandbox)] == ["9", "9", "9"]


def test_a_lead_without_duplicate_option_is_taken_in_the_worst_way(sandbox: Sandbox, client: httpx.Client) -> None:
    _send(client)
    _send(client)
    assert len(_fields(sandbox)) == 2


def test_a_list_that_does_not_exist_fails_with_status_200(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.settings(lists=["4711"])
    assert _send(client, 4711, duplicate_option="overwrite").json()["success"] is True

    response = _send(client, 4712, duplicate_option="overwrite")
    assert response.status_code == 200
    assert response.json()["success"] is False
    assert sandbox.leads(4712) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"field_0": None}, "field_0"),
        ({"field_0": "12"}, "field_0"),
        ({"duplicate_option": "replace"}, "duplicate_option"),
        ({"field_1": {"a": 1}}, "field_1"),
    ],
)
def test_a_bad_lead_is_refused_by_field(
    sandbox: Sandbox, client: httpx.Client, change: dict[str, object], field: str
) -> None:
    response = _send(client, **{"duplicate_option": "overwrite", **change})
    assert response.status_code == 422
    assert list(response.json()) == [field]
    assert _fields(sandbox) == []

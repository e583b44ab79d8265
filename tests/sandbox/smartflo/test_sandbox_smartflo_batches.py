"""Bulk writes: what a batch does and when, and the ways in which it goes wrong."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.smartflo.testing import SmartfloSide
from sandbox.testing import Sandbox
from tests.warm.warm_sandbox import start_sandbox

_AN_HOUR = 3_600_000


@pytest.fixture
def list_id(smartflo: SmartfloSide) -> int:
    return smartflo.add_list("Spring")


def _rows(count: int, first: int = 0, **columns: object) -> list[dict[str, object]]:
    return [{"field_0": f"+1202{5550100 + first + n}", "field_1": f"Name {n}", **columns} for n in range(count)]


def _write(client: httpx.Client, list_id: int, rows: Sequence[object], option: str = "overwrite") -> str:
    content = client.post(f"/v1/broadcast/leads/{list_id}", json={"data": rows, "duplicate_option": option}).json()
    assert content["success"] is True
    return str(content["batch_id"])


def _status(client: httpx.Client, batch_id: str) -> Any:
    return client.get(f"/v1/broadcast/batch_status/{batch_id}").json()


def test_a_batch_is_written_and_its_status_says_so(smartflo: SmartfloSide, client: httpx.Client, list_id: int) -> None:
    batch_id = _write(client, list_id, _rows(500))
    assert _status(client, batch_id) == {"success": True, "message": "Batch completed", "status": "completed"}
    leads = smartflo.leads(list_id)
    assert len(leads) == 500
    assert leads[7]["fields"] == {"field_0": "12025550107", "field_1": "Name 7"}
    _write(client, list_id, _rows(500, field_2=9))
    again = smartflo.leads(list_id)
    assert [lead["lead_id"] for lead in again] == [lead["lead_id"] for lead in leads]
    assert {lead["fields"]["field_2"] for lead in again} == {"9"}


@pytest.mark.parametrize(
    ("option", "names"),
    [
        ("overwrite", ["new", "new", "second"]),
        ("skip", ["old", "old", "first"]),
        ("clone", ["old", "old", "new", "first", "second"]),
    ],
)
def test_duplicates_in_the_list_and_in_the_batch(
    smartflo: SmartfloSide, client: httpx.Client, list_id: int, option: str, names: list[str]
) -> None:
    smartflo.add_leads(list_id, [{"field_0": "+12025550101", "field_1": "old"}] * 2)
    rows = [("12025550101", "new"), ("+12025550102", "first"), ("12025550102", "second")]
    _write(client, list_id, [{"field_0": number, "field_1": name} for number, name in rows], option)
    assert [lead["fields"]["field_1"] for lead in smartflo.leads(list_id)] == names


def test_a_row_that_cannot_be_taken_is_left_out(smartflo: SmartfloSide, client: httpx.Client, list_id: int) -> None:
    smartflo.settings(refused_text="forbidden", batch_rows=True)
    rows = [
        *_rows(2),
        {"field_0": "12", "field_1": "short"},
        {"field_1": "no number"},
        {"field_0": "+12025550199", "field_1": "a forbidden word"},
        {"field_0": "+12025550198", "field_1": {"a": 1}},
        {"field_0": "+12025550197", "priority": 99},
    ]
    status = _status(client, _write(client, list_id, rows))
    assert (status["status"], status["total"], status["success_count"], status["failed_count"]) == (
        "completed",
        7,
        2,
        5,
    )
    assert [row["row"] for row in status["failed"]] == [2, 3, 4, 5, 6]
    assert len(smartflo.leads(list_id)) == 2
    smartflo.settings(batch_rows=False)
    assert "failed" not in _status(client, smartflo.batches()[0]["batch_id"])


@pytest.mark.parametrize("key", ["status", "batch_status", "message"])
def test_the_status_stands_under_the_chosen_key(
    smartflo: SmartfloSide, client: httpx.Client, list_id: int, key: str
) -> None:
    smartflo.settings(batch_key=key)
    content = _status(client, _write(client, list_id, _rows(1)))
    assert content == {
        "success": True,
        "message": "Batch completed",
        **({} if key == "message" else {key: "completed"}),
    }


def test_leads_are_changed_and_deleted_in_bulk(smartflo: SmartfloSide, client: httpx.Client, list_id: int) -> None:
    _write(client, list_id, _rows(4))
    path = f"/v1/broadcast/leads/{list_id}"
    change = {"field": "field_1", "data": ["Name 1", "Name 2"], "lead_data": {"field_2": "x", "field_1": "same"}}
    assert client.patch(path, json=change).json()["batch_id"]
    assert [lead["fields"].get("field_2") for lead in smartflo.leads(list_id)] == [None, "x", "x", None]

    numbers = {"field": "field_0", "data": ["12025550100", "+12025550199"]}
    assert client.request("DELETE", path, json=numbers).json()["success"] is True
    assert [lead["phone"][-1] for lead in smartflo.leads(list_id)] == ["1", "2", "3"]
    client.request("DELETE", path, json={"field": "field_1", "data": ["same"]})
    assert [lead["phone"][-1] for lead in smartflo.leads(list_id)] == ["3"]
    assert [batch["act"] for batch in smartflo.batches()] == ["write", "change", "delete", "delete"]


@pytest.mark.parametrize(
    ("method", "body", "field"),
    [
        ("POST", {"data": [], "duplicate_option": "skip"}, "data"),
        ("POST", {"data": ["x"], "duplicate_option": "skip"}, "data"),
        ("POST", {"data": [{"field_0": "+12025550101"}], "duplicate_option": "replace"}, "duplicate_option"),
        ("POST", {"data": [{"field_0": "+12025550101"}] * 11, "duplicate_option": "skip"}, "data"),
        ("PATCH", {"field": "name", "data": ["x"], "lead_data": {"field_1": "x"}}, "field"),
        ("PATCH", {"field": "field_1", "data": ["x"]}, "lead_data"),
        ("DELETE", {"field": "field_1", "data": "x"}, "data"),
        ("DELETE", {"data": ["x"]}, "field"),
    ],
)
def test_a_bad_bulk_write_is_refused_at_once(
    smartflo: SmartfloSide, client: httpx.Client, list_id: int, method: str, body: dict[str, object], field: str
) -> None:
    smartflo.settings(batch_limit=10)
    response = client.request(method, f"/v1/broadcast/leads/{list_id}", json=body)
    assert (response.status_code, list(response.json())) == (422, [field])
    assert smartflo.batches() == []
    unknown = client.request(method, "/v1/broadcast/leads/4711", json=body)
    assert unknown.json() == {"success": False, "message": "List not found."}


def test_a_batch_takes_its_time_and_ends_when_told(smartflo: SmartfloSide, client: httpx.Client, list_id: int) -> None:
    smartflo.settings(batch_ms=_AN_HOUR)
    first, second = _write(client, list_id, _rows(4)), _write(client, list_id, _rows(4, field_1="later"))
    client.request("DELETE", f"/v1/broadcast/leads/{list_id}", json={"field": "field_0", "data": ["+12025550100"]})
    assert _status(client, first)["status"] == "processing"
    assert smartflo.leads(list_id) == []

    smartflo.end_batches()
    assert [_status(client, batch_id)["status"] for batch_id in (first, second)] == ["completed"] * 2
    assert [lead["fields"]["field_1"] for lead in smartflo.leads(list_id)] == ["later"] * 3


def test_a_batch_ends_by_itself(smartflo: SmartfloSide, client: httpx.Client, list_id: int) -> None:
    smartflo.settings(batch_ms=200, batch_slices=4)
    batch_id = _write(client, list_id, _rows(8))
    seen = []
    while _status(client, batch_id)["status"] == "processing":
        seen.append(len(smartflo.leads(list_id)))
    assert set(seen) <= {0, 2, 4, 6, 8}
    assert len(smartflo.leads(list_id)) == 8


def test_a_batch_goes_on_after_a_kill(tmp_path: Path) -> None:
    with start_sandbox(tmp_path, smartflo_batch_ms=_AN_HOUR) as sandbox, sandbox.smartflo.client() as client:
        list_id = sandbox.smartflo.add_list("Spring")
        batch_id = _write(client, list_id, _rows(3))
        sandbox.kill()
        sandbox.restart()
        sandbox.smartflo.end_batches()
        with sandbox.smartflo.client() as client:
            assert _status(client, batch_id)["status"] == "completed"
        assert len(sandbox.smartflo.leads(list_id)) == 3


@pytest.mark.parametrize(
    ("end", "stored", "status", "kept"),
    [
        ("failed", None, "failed", 2),
        ("failed", 0, "failed", 0),
        ("completed", 1, "completed", 1),
        ("hang", None, "processing", 2),
        ("lost", None, None, 0),
    ],
)
def test_a_fault_decides_how_a_batch_ends(
    sandbox: Sandbox, client: httpx.Client, list_id: int, end: str, stored: int | None, status: str | None, kept: int
) -> None:
    sandbox.fault("batch", method="POST", path="/v1/broadcast/leads/*", nth=[2], end=end, stored=stored)
    _write(client, list_id, _rows(4, first=50))
    batch_id = _write(client, list_id, _rows(4))
    answer = client.get(f"/v1/broadcast/batch_status/{batch_id}")
    assert answer.json().get("status") == status
    assert answer.status_code == (404 if status is None else 200)
    assert len(sandbox.smartflo.leads(list_id)) == 4 + kept
    assert [request["fault"] for request in sandbox.requests()][:2] == [None, "batch"]

    sandbox.smartflo.end_batches()
    assert len(sandbox.smartflo.leads(list_id)) == 4 + (4 if end == "hang" else kept)
    assert _status(client, _write(client, list_id, _rows(4)))["status"] == "completed"
    assert len(sandbox.smartflo.leads(list_id)) == 8


def test_an_unknown_batch_has_no_status(client: httpx.Client) -> None:
    for batch_id in ("1", "f" * 24, "x" * 24):
        assert client.get(f"/v1/broadcast/batch_status/{batch_id}").status_code == 404


def test_of_large_bodies_the_latest_are_on_record(sandbox: Sandbox, client: httpx.Client, list_id: int) -> None:
    rows = _rows(500, field_2="x" * 40_000)
    for _ in range(4):
        _write(client, list_id, rows)
    bodies = [request["body"] for request in sandbox.requests()]
    assert bodies[-1]["data"][499] == rows[499]
    assert bodies[0].endswith("bytes, no longer kept)")

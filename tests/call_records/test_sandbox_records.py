"""The sandbox's call records over HTTP: fields, filters, pages."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from sandbox.testing import Sandbox

PAGE_FIELDS = [
    "id",
    "call_id",
    "uuid",
    "date",
    "time",
    "end_stamp",
    "missed_agents",
    "status",
    "department",
    "destination",
    "direction",
    "call_duration",
    "answered_seconds",
    "minutes_consumed",
    "services",
    "broadcast_id",
    "dtmf_input",
    "client_number",
    "hangup_cause",
    "did_number",
    "notes",
    "contact details",
    "recording_url",
]


def _records(http: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    reply = http.get("/v1/call/records", params={"limit": 500, **query})
    assert reply.status_code == 200, reply.text
    return list(reply.json()["results"])


def test_a_record_has_the_pages_fields_and_a_call_id_as_text(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.add_records(1)
    (record,) = _records(http)
    assert [name for name in PAGE_FIELDS if name not in record] == []
    assert isinstance(record["call_id"], str)


def test_pages_cover_all_records_once_newest_first(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.add_records(45)
    seen: list[dict[str, Any]] = []
    for page in (1, 2, 3, 4):
        reply = http.get("/v1/call/records", params={"page": page}).json()
        assert (reply["count"], reply["limit"], reply["page"]) == (45, 20, page)
        assert reply["size"] == len(reply["results"])
        seen += reply["results"]
    assert len({record["id"] for record in seen}) == len(seen) == 45
    stamps = [f"{record['date']} {record['time']}" for record in seen]
    assert stamps == sorted(stamps, reverse=True)


def test_a_new_call_shifts_the_pages(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.add_records(40, seconds_ago=600)
    before = http.get("/v1/call/records", params={"page": 1}).json()["results"]
    sandbox.add_records(1)
    after = http.get("/v1/call/records", params={"page": 2}).json()["results"]
    assert after[0] == before[-1]


def test_each_filter_of_the_page_filters(sandbox: Sandbox, http: httpx.Client) -> None:
    eids = [sandbox.add_agent(f"+1202555010{n}", name=f"Agent {n}")["eid"] for n in (0, 1)]
    sandbox.add_records(40, details={"destination": "sales department", "ivr": "sales IVR"})
    everything = _records(http)
    agents = {agent["eid"]: agent for agent in sandbox.agents()}
    someone = everything[7]
    cases: list[tuple[dict[str, Any], Any]] = [
        ({"call_type": "c"}, lambda r: r["status"] == "answered"),
        ({"call_type": "m"}, lambda r: r["status"] == "missed"),
        ({"direction": "Inbound"}, lambda r: r["direction"] == "Inbound"),
        ({"direction": "outbound"}, lambda r: r["direction"] == "Outbound"),
        ({"call_id": someone["call_id"]}, lambda r: r["call_id"] == someone["call_id"]),
        ({"callerid": someone["client_number"]}, lambda r: r["client_number"] == someone["client_number"]),
        ({"department": "sales"}, lambda r: r["department"] == ["sales"]),
        ({"department[]": ["sales", "support"]}, lambda r: bool(r["department"])),
        ({"ivr": "sales IVR"}, lambda r: True),
        ({"ivr": "other"}, lambda r: False),
        ({"destination": "sales department"}, lambda r: True),
        ({"services": "Click to Call,Broadcast"}, lambda r: r["services"] in ("Click to Call", "Broadcast")),
        ({"duration": 30, "operator": ">"}, lambda r: int(r["call_duration"]) > 30),
        ({"duration": 30, "operator": "<="}, lambda r: int(r["call_duration"]) <= 30),
        ({"duration": 33, "operator": "!="}, lambda r: int(r["call_duration"]) != 33),
        ({"from_date": f"{someone['date']} {someone['time']}"}, lambda r: r["id"] >= someone["id"]),
        ({"to_date": f"{someone['date']} {someone['time']}"}, lambda r: r["id"] <= someone["id"]),
    ]
    for record in everything:
        record["id"] = f"{int(record['id']):05}"
    someone["id"] = f"{int(someone['id']):05}"
    for query, wanted in cases:
        found = [f"{int(record['id']):05}" for record in _records(http, **query)]
        assert found == [record["id"] for record in everything if wanted(record)], query
    by_agent = _records(http, agents=str(agents[eids[0]]["id"]))
    assert len(by_agent) == 20
    assert by_agent == _records(http, agents=eids[0])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from_date": "yesterday"}, "from_date"),
        ({"to_date": "2026-13-01 00:00:00"}, "to_date"),
        ({"call_type": "x"}, "call_type"),
        ({"direction": "up"}, "direction"),
        ({"operator": "=>", "duration": 3}, "operator"),
        ({"duration": "long"}, "duration"),
        ({"page": 0}, "page"),
        ({"limit": "all"}, "limit"),
    ],
)
def test_a_bad_filter_is_refused_by_name(http: httpx.Client, query: dict[str, Any], field: str) -> None:
    reply = http.get("/v1/call/records", params=query)
    assert reply.status_code == 422
    assert list(reply.json()) == [field]


def test_a_page_is_never_larger_than_the_service_allows(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.settings(record_limit=10)
    sandbox.add_records(15)
    reply = http.get("/v1/call/records", params={"limit": 1000}).json()
    assert (reply["limit"], len(reply["results"]), reply["count"]) == (10, 10, 15)

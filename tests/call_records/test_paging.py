"""Pages are followed to the end, each record once, however they shift; what the end is; ids keep their digits."""

from __future__ import annotations

import asyncio
from datetime import datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digo.api import (
    Access,
    AsyncClient,
    CallRecord,
    CallType,
    Client,
    Direction,
    Limits,
    ReadUnknown,
    RecordPage,
    RecordQuery,
    Refused,
    call_records,
    records,
    records_async,
)
from digo.api.paging import MOST_REPEATS, RecordPager, TemporarySeenRecords
from digo.api.responses import Reply, read_records
from digo.text.redact import Redactor
from sandbox.testing import Sandbox

ZONE = ZoneInfo("Asia/Kolkata")
HASTY = Limits(reply_timeout=60, first_pause=0.001, longest_pause=0.002)


def _page(numbers: range | list[int], **envelope: Any) -> RecordPage:
    return RecordPage(results=tuple(CallRecord({"id": str(number)}) for number in numbers), **envelope)


def _reply(body: bytes, status: int = 200) -> Reply:
    return Reply("GET", "/v1/call/records", status, "application/json", body)


@pytest.mark.parametrize("limit", [7, 20, 500])
def test_all_records_come_once_in_order(sandbox: Sandbox, limit: int) -> None:
    sandbox.add_records(53)
    with Client(Access(sandbox.url, sandbox.token)) as client:
        found = [record.fields["id"] for record in records(client, RecordQuery(ZONE, limit=limit))]
    assert [int(one) for one in found] == list(range(53, 0, -1))

    async def the_same() -> list[Any]:
        async with AsyncClient(Access(sandbox.url, sandbox.token)) as client:
            return [record.fields["id"] async for record in records_async(client, RecordQuery(ZONE, limit=limit))]

    assert asyncio.run(the_same()) == found


def test_a_cap_on_the_page_size_ends_nothing(sandbox: Sandbox) -> None:
    sandbox.settings(record_limit=10)
    sandbox.add_records(35)
    with Client(Access(sandbox.url, sandbox.token)) as client:
        assert len(list(records(client, RecordQuery(ZONE, limit=100)))) == 35


def test_a_cap_that_no_reply_names_ends_nothing_either() -> None:
    paging = RecordPager(RecordQuery(ZONE, limit=100), TemporarySeenRecords())
    for first in (35, 25, 15):
        assert len(paging.take(_page(range(first, first - 10, -1), count=35))) == 10
        assert not paging.done
    paging.take(_page(range(5, 0, -1), count=35))
    assert paging.done and not paging.missing


def test_calls_that_end_meanwhile_shift_pages_and_double_nothing(sandbox: Sandbox) -> None:
    sandbox.add_records(60, seconds_ago=600)
    found: list[int] = []
    with Client(Access(sandbox.url, sandbox.token)) as client:
        for record in records(client, RecordQuery(ZONE, limit=20)):
            found.append(int(record.fields["id"]))
            if len(found) in (5, 25, 45):
                sandbox.add_records(7)
    assert len(found) == len(set(found))
    assert set(found) >= set(range(1, 61))


@settings(max_examples=100)
@given(
    old=st.integers(0, 60),
    limit=st.integers(1, 20),
    arrivals=st.lists(st.integers(0, 25), max_size=9),
    counted=st.booleans(),
)
def test_whatever_arrives_between_two_pages_no_old_record_is_lost_or_doubled(
    old: int, limit: int, arrivals: list[int], counted: bool
) -> None:
    account = list(range(old, 0, -1))
    paging = RecordPager(RecordQuery(ZONE, limit=limit), TemporarySeenRecords())
    found: list[int] = []
    arriving = iter(arrivals)
    for _ in range(1000):
        begin = (paging.page - 1) * limit
        page = _page(account[begin : begin + limit], **({"count": len(account)} if counted else {}))
        found += [int(record.fields["id"]) for record in paging.take(page)]
        if paging.done:
            break
        newest = account[0] if account else 0
        account = [*range(newest + next(arriving, 0), newest, -1), *account]
    assert paging.done
    assert len(found) == len(set(found))
    assert {number for number in found if number <= old} == set(range(1, old + 1))


@pytest.mark.parametrize(("page", "requests"), [(None, MOST_REPEATS + 1), (1, 2)])
def test_a_service_that_repeats_its_last_page_comes_to_an_end(page: int | None, requests: int) -> None:
    paging = RecordPager(RecordQuery(ZONE, limit=3), TemporarySeenRecords())
    asked, found = 0, 0
    while not paging.done:
        found += len(paging.take(_page([3, 2, 1], page=page)))
        asked += 1
    assert (found, asked) == (3, requests)


def test_what_was_counted_and_not_given_is_known() -> None:
    paging = RecordPager(RecordQuery(ZONE, limit=3), TemporarySeenRecords())
    paging.take(_page([9, 8, 7], count=9))
    paging.take(_page([], count=9))
    assert (paging.done, paging.missing) == (True, 6)


def test_a_full_last_page_costs_one_more_request_and_a_short_one_none(sandbox: Sandbox) -> None:
    with Client(Access(sandbox.url, sandbox.token)) as client:
        for count, requests in ((19, 1), (20, 2), (21, 2)):
            sandbox.reset()
            sandbox.add_records(count)
            assert len(list(records(client, RecordQuery(ZONE, limit=20)))) == count
            assert len(sandbox.requests()) == requests


def test_a_call_id_keeps_its_digits_and_unknown_fields_stay() -> None:
    body = b'{"count": "1", "results": [{"new field": {"a": [1]}, "call_id": 1627373566.350600, "rate": 1.50}]}'
    (record,) = read_records(_reply(body), Redactor()).results
    assert record.call_id == "1627373566.350600"
    assert record.fields == {"new field": {"a": [1]}, "call_id": "1627373566.350600", "rate": "1.50"}
    assert list(record.fields) == ["new field", "call_id", "rate"]


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (b"[]", None),
        (b'{"results": []}', None),
        (b'{"results": [], "count": "0", "page": "1"}', 0),
        (b'{"results": [], "count": 0, "limit": 10, "size": 0, "page": 1, "more": true}', 0),
    ],
)
def test_the_envelope_is_read_in_each_type(body: bytes, count: int | None) -> None:
    page = read_records(_reply(body), Redactor())
    assert (page.results, page.count) == ((), count)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{}", 200),
        (b"<html>", 200),
        (b'{"results": null}', 200),
        (b'{"results": {}}', 200),
        (b'{"results": [1]}', 200),
        (b'{"results": [], "count": "many"}', 200),
        (b'{"success": false, "message": "no"}', 200),
        (b'{"results": []}', 500),
        (b"", 200),
    ],
)
def test_anything_else_is_unknown_and_never_no_calls(body: bytes, status: int) -> None:
    with pytest.raises(ReadUnknown):
        read_records(_reply(body, status), Redactor())


def test_a_page_that_fails_is_asked_again_and_a_refused_filter_is_not(sandbox: Sandbox) -> None:
    sandbox.add_records(30)
    sandbox.fault("status", status=500, path="/v1/call/records", nth=[2])
    sandbox.fault("lost-after", path="/v1/call/records", nth=[3])
    with Client(Access(sandbox.url, sandbox.token), limits=HASTY) as client:
        assert len(list(records(client, RecordQuery(ZONE, limit=10)))) == 30
        sandbox.clear_faults()
        sandbox.clear_requests()
        sandbox.fault("status", status=422, path="/v1/call/records")
        with pytest.raises(Refused):
            list(records(client, RecordQuery(ZONE)))
        assert len(sandbox.requests()) == 1


def test_each_filter_goes_out_as_the_page_writes_it(sandbox: Sandbox) -> None:
    query = RecordQuery(
        ZONE,
        from_date=datetime(2026, 3, 10, 12, 0, tzinfo=timezone.utc),
        to_date=datetime(2026, 3, 11, 0, 0, 5, tzinfo=ZONE),
        call_id="1627373566.350603",
        agents="345623",
        department=("sales", "support"),
        ivr=("sales IVR",),
        call_type=CallType.MISSED,
        callerid="12345678",
        destination="sales department",
        direction=Direction.INBOUND,
        duration=30,
        operator=">=",
        services=("Click to Call", "Broadcast"),
        limit=10,
    )
    with Client(Access(sandbox.url, sandbox.token), read_only=True) as client:
        client.send(call_records(query, page=2))
    assert dict(call_records(query, page=2).query[:12]) == {
        "page": "2",
        "from_date": "2026-03-10 17:30:00",
        "to_date": "2026-03-11 00:00:05",
        "limit": "10",
        "call_id": "1627373566.350603",
        "agents": "345623",
        "call_type": "m",
        "callerid": "12345678",
        "destination": "sales department",
        "direction": "Inbound",
        "duration": "30",
        "operator": ">=",
    }
    (request,) = sandbox.requests()
    assert request["status"] == 200
    assert "department%5B%5D=sales&department%5B%5D=support" in request["query"]
    assert "services=Click+to+Call%2CBroadcast" in request["query"]


@pytest.mark.parametrize(
    ("filters", "problem"),
    [
        ({"duration": 3}, "come together"),
        ({"operator": ">"}, "come together"),
        ({"operator": "=>", "duration": 3}, "one of > < >= <= !="),
        ({"from_date": datetime(2026, 1, 1)}, "needs its zone"),
        ({"from_date": datetime(2026, 1, 2, tzinfo=ZONE), "to_date": datetime(2026, 1, 1, tzinfo=ZONE)}, "is after"),
        ({"services": ("a,b",)}, "comma"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(filters: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        RecordQuery(ZONE, **filters)

"""Each fault on the sibling's calls, as the client sees it, and whether the account was changed."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from sandbox.smartflo.testing import SmartfloSide
from sandbox.testing import Sandbox

Write = tuple[str, str, dict[str, Any] | None]


def _stored(smartflo: SmartfloSide) -> object:
    lists = smartflo.lists()
    return smartflo.users(), lists, [smartflo.leads(item["id"]) for item in lists]


@pytest.fixture
def write(smartflo: SmartfloSide, request: pytest.FixtureRequest) -> Write:
    """A request that changes the account, made of method, path and body."""
    user = smartflo.add_user("+12025550101", name="Ada")
    list_id = smartflo.add_list("Spring")
    smartflo.add_lead(list_id, "+12025550102", field_1="Babbage")
    lead_id = smartflo.leads(list_id)[0]["lead_id"]
    new = {"name": "New", "number": "+12025550103", "email": "new@example.com", "login_id": "new", "password": "x"}
    roles = {"create_agent": True, "status": True, "user_role": 1, "caller_id": [2222222]}
    rows = {"data": [{"field_0": "+12025550104"}], "duplicate_option": "overwrite"}
    match = {"field": "field_0", "data": ["12025550102"]}
    writes: dict[str, Write] = {
        "create user": ("POST", "/v1/user", {**new, **roles}),
        "change user": ("PATCH", f"/v1/user/{user['id']}", {"name": "Lovelace"}),
        "delete user": ("DELETE", f"/v1/user/{user['id']}", None),
        "block agent": ("POST", f"/v1/agent/{user['eid']}/block", None),
        "delete agent": ("DELETE", f"/v1/agent/{user['legacy_id']}", None),
        "create list": ("POST", "/v1/broadcast/list", {"name": "Summer"}),
        "rename list": ("PUT", f"/v1/broadcast/list/{list_id}", {"name": "Summer"}),
        "delete list": ("DELETE", f"/v1/broadcast/list/{list_id}", None),
        "write lead": ("POST", f"/v1/broadcast/lead/{list_id}", {"field_0": "+12025550104"}),
        "change lead": ("PUT", f"/v1/broadcast/lead/{lead_id}", {"field_1": "Lovelace"}),
        "delete lead": ("DELETE", f"/v1/broadcast/lead/{lead_id}", None),
        "write leads": ("POST", f"/v1/broadcast/leads/{list_id}", rows),
        "change leads": ("PATCH", f"/v1/broadcast/leads/{list_id}", {**match, "lead_data": {"field_1": "Lovelace"}}),
        "delete leads": ("DELETE", f"/v1/broadcast/leads/{list_id}", match),
    }
    return writes[request.param]


_WRITES = pytest.mark.parametrize(
    "write",
    [
        "create user",
        "change user",
        "delete user",
        "block agent",
        "delete agent",
        "create list",
        "rename list",
        "delete list",
        "write lead",
        "change lead",
        "delete lead",
        "write leads",
        "change leads",
        "delete leads",
    ],
    indirect=True,
)


def _ask(client: httpx.Client, write: Write) -> httpx.Response | None:
    method, path, body = write
    try:
        return client.request(method, path, json=body)
    except httpx.TransportError:
        return None


@_WRITES
def test_each_write_is_lost_before_and_after_it_is_carried_out(
    sandbox: Sandbox, smartflo: SmartfloSide, client: httpx.Client, write: Write
) -> None:
    before = _stored(smartflo)
    for kind in ("lost-before", "success-false", "html", "status"):
        sandbox.fault(kind)
        answer = _ask(client, write)
        assert answer is None or "true" not in answer.text
        assert _stored(smartflo) == before
    sandbox.fault("lost-after")
    assert _ask(client, write) is None
    assert _stored(smartflo) != before
    assert [request["committed"] for request in sandbox.requests()] == [False] * 4 + [True]


@_WRITES
def test_each_write_is_carried_out_late(
    sandbox: Sandbox, smartflo: SmartfloSide, client: httpx.Client, write: Write
) -> None:
    before = _stored(smartflo)
    number = sandbox.fault("late", held=True)
    assert _ask(client, write) is None
    assert _stored(smartflo) == before
    sandbox.lift(number)
    sandbox.wait_for(lambda request: request["committed"])
    assert _stored(smartflo) != before


@pytest.fixture
def long_list(smartflo: SmartfloSide) -> str:
    """The path of a list of five thousand leads, which is sent in parts."""
    list_id = smartflo.add_list("Spring")
    smartflo.add_leads(list_id, [{"field_0": f"+1202{5550000 + n}"} for n in range(5000)])
    return f"/v1/broadcast/leads/{list_id}"


def test_a_long_list_ends_early_in_each_way(sandbox: Sandbox, client: httpx.Client, long_list: str) -> None:
    sandbox.fault("cut-list", path=long_list, keep=3)
    assert len(client.get(long_list).json()) == 3
    sandbox.fault("empty-list", path=long_list)
    assert client.get(long_list).json() == []
    sandbox.fault("truncated-json", path=long_list)
    assert _is_no_json(client.get(long_list))
    sandbox.fault("mid-body", path=long_list)
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(long_list)
    sandbox.fault("object", path=long_list)
    assert client.get(long_list).json()["success"] is False
    assert len(client.get(long_list).json()) == 5000


def _is_no_json(response: httpx.Response) -> bool:
    try:
        response.json()
    except ValueError:
        return response.status_code == 200
    return False


def test_a_long_list_drips(sandbox: Sandbox, client: httpx.Client, long_list: str) -> None:
    sandbox.fault("drip", path=long_list, ms=0)
    with client.stream("GET", long_list) as response:
        first = next(response.iter_raw())
    assert first.startswith(b"[")
    sandbox.wait_for(lambda request: request["outcome"] == "gone")


def _page(client: httpx.Client, **query: int) -> Any:
    return client.get("/v1/users", params={"limit": 2, **query}).json()


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("cut-list", {"keep": 1}, lambda ids: (True, ids[1], ids[:1])),
        ("cut-list", {"keep": 0}, lambda ids: (True, ids[1], [])),
        ("empty-list", {}, lambda ids: (False, None, [])),
        ("repeated-cursor", {}, lambda ids: (True, 0, ids[:2])),
    ],
)
def test_a_page_of_users_can_lie(
    sandbox: Sandbox,
    smartflo: SmartfloSide,
    client: httpx.Client,
    kind: str,
    given: dict[str, int],
    expected: Callable[[list[int]], tuple[bool, int | None, list[int]]],
) -> None:
    ids = [smartflo.add_user(f"+1202555010{n}")["id"] for n in range(3)]
    sandbox.fault(kind, path="/v1/users", **given)
    page = _page(client)
    assert (page["has_more"], page["last_seen_id"], [item["id"] for item in page["data"]]) == expected(ids)
    assert [item["id"] for item in _page(client)["data"]] == ids[:2]


def test_a_cursor_repeats_the_one_that_was_asked_for(
    sandbox: Sandbox, smartflo: SmartfloSide, client: httpx.Client
) -> None:
    ids = [smartflo.add_user(f"+1202555010{n}")["id"] for n in range(5)]
    sandbox.fault("repeated-cursor", path="/v1/users", nth=[2])
    cursor = _page(client)["last_seen_id"]
    page = _page(client, last_seen_id=cursor)
    assert (page["has_more"], page["last_seen_id"]) == (True, cursor)
    assert [item["id"] for item in page["data"]] == ids[2:4]

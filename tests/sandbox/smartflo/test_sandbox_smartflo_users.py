"""Users over HTTP: the documented shapes, the cursor, changes, refusals."""

from typing import Any

import httpx
import pytest

from sandbox.smartflo.testing import SmartfloSide
from sandbox.testing import Sandbox

USER = {
    "create_agent": True,
    "status": True,
    "name": "Ada",
    "number": "+12025550101",
    "email": "ada@example.com",
    "login_id": "ada",
    "password": "example-password",
    "user_role": 12,
    "caller_id": [2222222],
}
SUCCESS = {"success": True, "message": "User created successfully"}


def _create(client: httpx.Client, **changes: object) -> httpx.Response:
    return client.post("/v1/user", json={**USER, **changes})


def test_the_item_of_the_list_has_the_documented_fields_and_types(client: httpx.Client) -> None:
    assert _create(client, login_based_calling=True, assign_extension=True).json() == SUCCESS

    page = client.get("/v1/users").json()
    (item,) = page.pop("data")
    assert page == {"has_more": False, "count": 1, "last_seen_id": item["id"]}
    eid = item["agent"].pop("id")
    assert len(eid) == 13
    assert item == {
        "id": item["id"],
        "name": "Ada",
        "agent": {"name": "Ada", "status": 0, "follow_me_number": "+12025550101"},
        "login_id": "ada",
        "is_login_based_calling_enabled": True,
        "is_international_outbound_enabled": False,
        "user_role": {"id": 12, "name": "Role 12"},
        "extension": f"ext{item['id']}",
        "user_status": 1,
    }
    assert isinstance(item["id"], int)


def test_alone_the_id_is_text_and_the_members_status_upside_down(smartflo: SmartfloSide, client: httpx.Client) -> None:
    _create(client, time_group="7", failover_destination=["department||9"])
    (user,) = smartflo.users()
    client.patch(f"/v1/user/{user['id']}", json={"block_agent": True, "designation": "Clerk"})

    data = client.get(f"/v1/user/{user['id']}").json()["data"]
    member, agent = data["team_member"], data["agent"]
    assert (data["id"], data["number"]) == (str(user["id"]), "+12025550101")
    assert (member["status"], agent["agent_status"]) == (0, 1)
    assert (member["email"], member["designation"], member["role"]["id"]) == ("ada@example.com", "Clerk", 12)
    assert agent["time_group"] == {"id": "7", "name": "Time group 7"}
    assert agent["failover_destination"] == {"id": "9", "name": "department 9", "type": "department"}
    assert "sticky_Agent" in agent
    assert client.get("/v1/user/1").status_code == 404


def test_the_cursor_leads_through_all_pages(smartflo: SmartfloSide, client: httpx.Client) -> None:
    ids = [smartflo.add_user(f"+1202555010{n}")["id"] for n in range(5)]
    smartflo.settings(page_limit=2)

    seen, cursor, counts = [], 0, []
    while True:
        page = client.get("/v1/users", params={"limit": 100, "last_seen_id": cursor}).json()
        seen += [item["id"] for item in page["data"]]
        counts.append((page["count"], page["has_more"]))
        if not page["has_more"]:
            break
        cursor = page["last_seen_id"]
    assert seen == ids
    assert counts == [(2, True), (2, True), (1, False)]
    assert client.get("/v1/users?last_seen_id=99999999").json() == {
        "has_more": False,
        "count": 0,
        "last_seen_id": None,
        "data": [],
    }
    assert client.get("/v1/users?limit=many").status_code == 400


def test_a_user_need_not_carry_an_agent(smartflo: SmartfloSide, client: httpx.Client) -> None:
    _create(client, create_agent=False)
    assert client.get("/v1/users").json()["data"][0]["agent"] is None
    assert smartflo.agents() == []


@pytest.mark.parametrize(
    ("form", "where"),
    [("none", ()), ("id", ("id",)), ("user_id", ("user_id",)), ("agent_id", ("agent_id",)), ("data", ("data", "id"))],
)
def test_where_the_reply_has_an_id_can_be_chosen(
    smartflo: SmartfloSide, client: httpx.Client, form: str, where: tuple[str, ...]
) -> None:
    smartflo.settings(created_id=form)
    content: Any = _create(client).json()
    (user,) = smartflo.users()
    if not where:
        assert content == SUCCESS
        return
    for key in where:
        content = content[key]
    assert content == (user["eid"] if form == "agent_id" else user["id"])


def test_ids_can_be_text(smartflo: SmartfloSide, client: httpx.Client) -> None:
    smartflo.settings(ids="text", created_id="id")
    created = _create(client).json()["id"]
    (item,) = client.get("/v1/users").json()["data"]
    assert item["id"] == created == str(smartflo.users()[0]["id"])


def test_a_change_takes_what_it_documents_and_passes_over_the_rest(
    smartflo: SmartfloSide, client: httpx.Client
) -> None:
    _create(client, department=[3])
    user_id = smartflo.users()[0]["id"]
    change = {
        "name": "Babbage",
        "number": "12025550102",
        "caller_id": ["2222223"],
        "user_role": "13",
        "disable_agent": True,
        "international_outbound": True,
        "department": [4],
        "time_group": 5,
        "intercom": 1001,
    }
    response = client.patch(f"/v1/user/{user_id}", json=change)

    assert response.json() == {"success": True, "message": "User updated successfully"}
    (user,) = smartflo.users()
    kept = ("name", "agent_name", "number", "caller_id", "user_role", "disabled", "blocked", "department", "intercom")
    assert {name: user[name] for name in kept} == {
        "name": "Babbage",
        "agent_name": "Babbage",
        "number": "+12025550102",
        "caller_id": ["2222223"],
        "user_role": "13",
        "disabled": True,
        "blocked": False,
        "department": [3],
        "intercom": None,
    }
    (item,) = client.get("/v1/users").json()["data"]
    assert (item["agent"]["status"], item["user_role"]["id"]) == (2, 13)
    assert "password" not in str(user)


def test_the_names_of_a_changes_reply_can_have_capitals(smartflo: SmartfloSide, client: httpx.Client) -> None:
    smartflo.settings(reply_names="capital")
    user = smartflo.add_user("+12025550101")
    response = client.patch(f"/v1/user/{user['id']}", json={"name": "Ada"})
    assert response.json() == {"Success": True, "Message": "User updated successfully"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        *(({name: None}, name) for name in USER),
        ({"caller_id": ["2222222"]}, "caller_id"),
        ({"user_role": "12"}, "user_role"),
        ({"department": ["3"]}, "department"),
        ({"number": "555-0101"}, "number"),
        ({"route_call_through": 3}, "route_call_through"),
        ({"status": "yes"}, "status"),
    ],
)
def test_a_bad_field_of_a_create_is_refused_by_name(
    smartflo: SmartfloSide, client: httpx.Client, change: dict[str, object], field: str
) -> None:
    response = _create(client, **change)
    assert (response.status_code, list(response.json())) == (400, [field])
    assert smartflo.users() == []


@pytest.mark.parametrize(("name", "value"), [("caller_id", [2222222]), ("user_role", 12), ("block_agent", "yes")])
def test_a_change_has_other_types_than_a_create(
    smartflo: SmartfloSide, client: httpx.Client, name: str, value: object
) -> None:
    user = smartflo.add_user("+12025550101")
    response = client.patch(f"/v1/user/{user['id']}", json={name: value})
    assert (response.status_code, list(response.json())) == (400, [name])
    assert smartflo.users() == [user]


@pytest.mark.parametrize(
    ("form", "status", "content"),
    [
        ("texts", 400, {"login_id": ["The login id has already been taken."]}),
        ("text", 422, {"login_id": "The login id has already been taken."}),
        (
            "errors",
            400,
            {
                "success": False,
                "message": "Unable to process this request",
                "errors": {"login_id": ["The login id has already been taken."]},
            },
        ),
    ],
)
def test_a_refusal_has_one_of_three_forms(
    smartflo: SmartfloSide, client: httpx.Client, form: str, status: int, content: dict[str, object]
) -> None:
    smartflo.settings(errors=form)
    _create(client)
    response = _create(client, number="+12025550102", email="other@example.com")
    assert (response.status_code, response.json()) == (status, content)


@pytest.mark.parametrize("field", ["number", "login_id", "email"])
def test_duplicates_are_refused_on_create_and_change_unless_allowed(
    smartflo: SmartfloSide, client: httpx.Client, field: str
) -> None:
    _create(client)
    other = {"number": "+12025550102", "login_id": "babbage", "email": "babbage@example.com"}
    assert list(_create(client, **{**other, field: USER[field]}).json()) == [field]
    _create(client, **other)
    second = smartflo.users()[1]["id"]
    assert list(client.patch(f"/v1/user/{second}", json={field: USER[field]}).json()) == [field]
    assert client.patch(f"/v1/user/{second}", json={field: other[field]}).json()["success"] is True

    smartflo.settings(duplicates="allow")
    assert client.patch(f"/v1/user/{second}", json={field: USER[field]}).json()["success"] is True


def test_a_caller_id_must_be_a_number_of_the_account(smartflo: SmartfloSide, client: httpx.Client) -> None:
    response = _create(client, caller_id=[2222224])
    assert (response.status_code, response.json()) == (422, {"caller_id": "Provide a vaild caller_id."})
    (first, *_) = smartflo.numbers("+12025550150", "+12025550151", "+12025550152")
    assert first["did"] == "+12025550150"
    assert _create(client, caller_id=[2222224]).json() == SUCCESS


def test_a_deleted_user_is_gone_with_its_agent(smartflo: SmartfloSide, client: httpx.Client) -> None:
    user = smartflo.add_user("+12025550101")
    assert client.delete(f"/v1/user/{user['id']}").json()["success"] is True
    second = client.delete(f"/v1/user/{user['id']}")
    assert (second.status_code, second.json()["success"]) == (404, False)
    assert client.patch(f"/v1/user/{user['id']}", json={"name": "x"}).status_code == 404
    assert smartflo.agents() == []


@pytest.mark.parametrize(("answer", "status"), [("403", 403), ("404", 404), ("405", 405), ("false", 200)])
def test_an_account_may_answer_one_kind_of_call_only(
    smartflo: SmartfloSide, client: httpx.Client, answer: str, status: int
) -> None:
    smartflo.settings(users=answer)
    users, agents = client.get("/v1/users"), client.get("/v1/agents")
    assert (users.status_code, users.json()["success"], agents.json()) == (status, False, [])
    assert _create(client).json()["success"] is False
    assert smartflo.users() == []

    smartflo.settings(users="answer", agents=answer)
    users, agents = client.get("/v1/users"), client.get("/v1/agents")
    assert (users.status_code, agents.status_code, agents.json()["success"]) == (200, status, False)


def test_edits_in_the_panel_show_in_both_lists(sandbox: Sandbox, smartflo: SmartfloSide, client: httpx.Client) -> None:
    user = smartflo.add_user("+12025550101", name="Ada", intercom="1001", eid="1000000000042")
    smartflo.edit_user(user["id"], number="+12025550103", blocked=True, login_id="ada")
    (item,) = client.get("/v1/users").json()["data"]
    (agent,) = client.get("/v1/agents").json()
    assert (item["agent"]["id"], item["agent"]["status"], item["login_id"]) == ("1000000000042", 1, "ada")
    assert (agent["intercom"], agent["custom_status"], agent["follow_me_number"]) == ("1001", 1, "+12025550103")
    smartflo.delete_user(user["id"])
    assert smartflo.users() == []
    with pytest.raises(RuntimeError, match="404"):
        smartflo.delete_user(user["id"])
    with pytest.raises(RuntimeError, match="no such field: colour"):
        smartflo.add_user("+12025550101", colour="red")
    assert [request["method"] for request in sandbox.requests()] == ["GET", "GET"]


def test_a_field_that_no_page_has_is_kept_and_shown(client: httpx.Client) -> None:
    assert _create(client, branch="Shop", floor=1, block_agent=True).json() == SUCCESS
    (user,) = client.get("/v1/users", params={"limit": 1}).json()["data"]
    assert client.patch(f"/v1/user/{user['id']}", json={"floor": 2}).is_success
    shown = client.get(f"/v1/user/{user['id']}").json()["data"]["team_member"]
    assert (shown["branch"], shown["floor"]) == ("Shop", 2)
    (agent,) = client.get("/v1/agents").json()
    assert (agent["branch"], agent["custom_status"]) == ("Shop", 0), "a create takes no `block_agent`"

"""What is believed of the replies about users: the documented samples, and each way in which they can be wrong."""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digo.api import OutcomeUnknown, RateLimited, ReadUnknown, Refused, TokenRefused
from digo.api.agent_calls import AGENT_CALLS, USER_CALLS, ReadOptions
from digo.api.errors import ApiError
from digo.api.models import AgentRecord
from digo.api.my_numbers import list_my_numbers
from digo.api.snapshot import LISTED_BY_AGENTS, LISTED_BY_USERS
from digo.api.user_calls import get_user, list_users
from digo.api.user_fields import CHANGED_USER_FIELDS, DEMANDED_USER_FIELDS, NEW_USER_FIELDS
from digo.api.users import NotServed, User
from digo.fields.agents import USER_FIELDS, WANTED_FIELDS
from digo.settings.profiles import PROFILES, Ability, Subject
from tests.api.user_replies import Account, page, read, sample, user

AGENT = {"id": 111111, "eid": "5000000000001", "name": "Test Agent", "follow_me_number": "+12025550101"}
USERS = "GET /v1/users?limit=1000"


def item(**agent: Any) -> AgentRecord | None:
    shown = user(1)
    shown["agent"].update(agent)
    return User.model_validate(shown).record


def test_the_documented_list_is_read() -> None:
    snapshot = Account(sample("list")).snapshot()
    (agent,) = snapshot.agents
    assert snapshot.listed_by == LISTED_BY_USERS
    assert (agent.eid, agent.user_id, agent.id) == ("5000000000001", "40001", None)
    assert (agent.name, agent.follow_me_number, agent.custom_status) == ("Test Agent", "+12025550101", 0)
    assert agent.other_fields == {
        "login_id": "test.agent",
        "user_role": "12",
        "login_based_calling": "false",
        "international_outbound": "true",
        "blocked": "false",
        "disabled": "false",
    }
    assert agent.unseen == USER_FIELDS - agent.other_fields.keys() | {"intercom"}


def test_a_user_without_an_agent_is_known_by_its_login() -> None:
    snapshot = Account(sample("list")).snapshot()
    assert snapshot.users_without_agent == {"supervisor@example.com": "40002"}
    assert snapshot.with_login(" TEST.agent ") is snapshot.agents[0]


def test_the_documented_single_user_is_the_same_agent() -> None:
    """Its id is text, its fields have other names and places, and the member's status is inverted."""
    listed, alone = Account(sample("list")).snapshot().agents[0], read(get_user("40001"), sample("single")).record
    assert (alone.eid, alone.user_id, alone.name, alone.follow_me_number) == (
        listed.eid,
        listed.user_id,
        listed.name,
        listed.follow_me_number,
    )
    assert (alone.intercom, alone.custom_status) == ("1001", 0)
    assert alone.other_fields == {
        **listed.other_fields,
        "email": "test.agent@example.com",
        "designation": "Sales",
        "block_web_login": "true",
        "time_group": "7",
    }


@pytest.mark.parametrize(
    ("status", "custom", "blocked", "disabled"),
    [(0, 0, "false", "false"), (1, 1, "true", "false"), (2, 2, "false", "true"), (3, 0, "false", "false")],
)
def test_what_an_agent_does_now_is_no_configuration(status: int, custom: int, blocked: str, disabled: str) -> None:
    record = item(status=status)
    assert record is not None
    assert (record.custom_status, record.value("blocked"), record.value("disabled")) == (custom, blocked, disabled)


def test_a_status_that_is_not_shown_is_unseen() -> None:
    record = item(status=None)
    assert record is not None
    assert {"blocked", "disabled"} <= record.unseen
    assert record.value("blocked") is None


@pytest.mark.parametrize("form", [int, str])
def test_ids_are_numbers_or_text(form: type) -> None:
    shown = user(1, id=form(40001), user_role={"id": form(12)})
    shown["agent"]["id"] = form(5000000000001)
    (agent,) = Account({"has_more": "false", "data": [shown]}).snapshot().agents
    assert (agent.user_id, agent.eid, agent.value("user_role")) == ("40001", "5000000000001", "12")


def test_all_pages_are_read_by_the_cursor() -> None:
    account = Account(page([1, 2], more=True), page([3, 4], more=True), page([5]))
    assert [agent.name for agent in account.snapshot().agents] == [f"Agent {index}" for index in range(1, 6)]
    assert account.asked == [USERS, f"{USERS}&last_seen_id=40002", f"{USERS}&last_seen_id=40004"]


def test_the_count_may_be_that_of_all_pages() -> None:
    account = Account(page([1, 2], more=True, count=3), page([3], count=3))
    assert len(account.snapshot().agents) == 3


@given(st.lists(st.integers(1, 5), min_size=1, max_size=6), st.booleans(), st.booleans())
def test_any_pages_are_the_whole_list_and_any_cut_is_noticed(sizes: list[int], total: bool, with_count: bool) -> None:
    """A page that lost a user on its way is noticed by its count, and by its cursor if it lost the last one."""
    bounds = [sum(sizes[:place]) for place in range(len(sizes) + 1)]
    facts: list[dict[str, Any]] = [{"count": bounds[-1]} if total else {} for _ in sizes]
    pages = [
        page(range(first + 1, end + 1), more=end < bounds[-1], **fact)
        for (first, end), fact in zip(pairwise(bounds), facts, strict=True)
    ]
    if not with_count:
        for one in pages:
            del one["count"]
    names = [agent.name for agent in Account(*copy.deepcopy(pages)).snapshot().agents]
    assert names == [f"Agent {index}" for index in range(1, bounds[-1] + 1)]
    for place, one in enumerate(pages):
        cut = copy.deepcopy(pages)
        del cut[place]["data"][-1]
        if with_count or place < len(pages) - 1:
            with pytest.raises(ReadUnknown):
                Account(*cut).snapshot()
        assert one["data"]


def test_what_follows_a_list_is_added_to_it() -> None:
    first = Account(page([1, 2])).snapshot()
    assert (first.cursor, first.is_extended) == ("40002", False)
    account = Account(page([3]))
    extended = account.snapshot(options=ReadOptions(LISTED_BY_USERS, after=first))
    assert account.asked == [f"{USERS}&last_seen_id=40002"]
    assert [agent.name for agent in extended.agents] == ["Agent 1", "Agent 2", "Agent 3"]
    assert (extended.cursor, extended.is_extended) == ("40003", True)


@pytest.mark.parametrize(
    "further",
    [page([1, 2, 3]), page([3], count=9), (403, {}), (500, {}), page([3], more=True, last_seen_id=None)],
    ids=["the same again", "another count", "refused", "an error", "no cursor"],
)
def test_where_what_follows_cannot_be_told_the_whole_is_read(further: object) -> None:
    first = Account(page([1, 2])).snapshot()
    account = Account(further, page([1, 2, 3]))
    snapshot = account.snapshot(options=ReadOptions(LISTED_BY_USERS, after=first))
    assert (len(snapshot.agents), snapshot.is_extended) == (3, False)


def test_ids_without_an_order_have_no_cursor() -> None:
    assert Account(page([2, 1])).snapshot().cursor == ""


# What the pages say; what the error says of it.
BROKEN: dict[str, tuple[list[object], str]] = {
    "more and no user": ([page([], more=True)], "shows no user and announces more"),
    "a page that counts more": ([page([1], count=2)], "counts 2 and shows 1"),
    "a later page that counts more": ([page([1], more=True), page([2], count=2)], "counts 2 and shows 1"),
    "fewer than are counted in all": (
        [page([1, 2], more=True, count=4), page([3], count=4)],
        "announces 4 and shows 3",
    ),
    "the same cursor again": ([page([1], more=True), page([1], more=True)], "last_seen_id=40001 came twice"),
    "a user twice": ([page([1, 2], more=True), page([2])], "has one user twice"),
    "an EID twice": (
        [{"has_more": False, "data": [user(1), {**user(2), "agent": user(1)["agent"]}]}],
        "has one EID twice",
    ),
    "a cursor behind what is shown": ([page([1], more=True, last_seen_id=40007)], "names no user that the page shows"),
    "a cursor that is missing": ([page([1], more=True, last_seen_id=None)], "names no user that the page shows"),
    "no word of more": ([{"count": 1, "data": [user(1)]}], "does not say whether it is the last one"),
    "an array": ([[user(1)]], "an array where a page of users is due"),
    "an HTML page": ([b"<html>"], "an HTML page where a page of users is due"),
    "500": ([(500, {"message": "Oops."})], "answered 500: Oops."),
    "503 with success false": ([(503, {"success": False})], "answered 503"),
    "no agent in an agent": ([{"has_more": False, "data": [user(1, agent={"name": "A"})]}], r"not a user \(agent.id\)"),
    "no user in a user": ([{"has_more": False, "data": ["40001"]}], "item 1 of the page is not a user"),
    "half a page": ([page([1], more=True), (404, {"message": "Gone."})], "a further page was refused: 404: Gone."),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_proves_nothing_stops_the_run(case: str) -> None:
    replies, says = BROKEN[case]
    account = Account(*replies)
    with pytest.raises(ReadUnknown, match=says) as caught:
        account.snapshot()
    assert "nothing is taken to be absent" in str(caught.value)
    assert len(account.asked) == len(replies)


@pytest.mark.parametrize(
    "refusal",
    [(403, {"message": "No."}), (404, b"<html>"), (405, {}), {"success": False}, (400, {"success": "false"})],
)
def test_a_plain_refusal_leads_to_the_agents_own_list(refusal: object) -> None:
    account = Account(refusal, [{**AGENT, "custom_status": 1}])
    snapshot = account.snapshot()
    (agent,) = snapshot.agents
    assert account.asked == [USERS, "GET /v1/agents"]
    assert snapshot.listed_by == LISTED_BY_AGENTS
    assert (agent.user_id, agent.id, agent.value("blocked")) == (None, "111111", "true")
    assert agent.unseen == USER_FIELDS - {"blocked"}


@pytest.mark.parametrize(("status", "error"), [(401, TokenRefused), (429, RateLimited)], ids=["the token", "the pace"])
def test_a_refused_token_is_no_refusal_of_users(status: int, error: type[ApiError]) -> None:
    account = Account((status, {"success": "false", "message": "No."}))
    with pytest.raises(error):
        account.snapshot()
    assert account.asked == [USERS]


def test_the_list_is_decided_once_a_run() -> None:
    agents = Account([AGENT])
    assert agents.snapshot(options=ReadOptions(listed_by=LISTED_BY_AGENTS)).listed_by == LISTED_BY_AGENTS
    assert agents.asked == ["GET /v1/agents"]
    with pytest.raises(ReadUnknown, match="answered GET /v1/users at first, and refuses it now: 403"):
        Account((403, {})).snapshot(options=ReadOptions(listed_by=LISTED_BY_USERS))


def test_the_agents_set_asks_once_and_knows_no_field_of_users() -> None:
    account = Account([{**AGENT, "email": "a@example.com", "blocked": True, "agent_group": ["A"]}])
    (agent,) = account.snapshot(AGENT_CALLS).agents
    assert account.asked == ["GET /v1/agents"]
    assert (agent.other_fields, agent.unseen) == ({}, frozenset())


def test_the_accounts_numbers_are_read_where_they_are_wanted() -> None:
    account = Account(page([1]), sample("numbers"))
    snapshot = account.snapshot(options=ReadOptions(caller_ids=True))
    assert snapshot.caller_ids == {"12025550190": "2222222", "12025550191": "2222223"}
    assert account.asked == [USERS, "GET /v1/my_number"]


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (403, {"message": "No."}, Refused),
        (200, {"success": False}, Refused),
        (401, {}, TokenRefused),
        (429, {"success": "false"}, RateLimited),
        (200, b"<html>", ReadUnknown),
        (200, {"a": 1}, ReadUnknown),
        (200, [{"did": "+12025550190"}], ReadUnknown),
        (500, {}, ReadUnknown),
    ],
)
def test_numbers_that_cannot_be_read_are_never_no_numbers(status: int, body: object, error: type[ApiError]) -> None:
    with pytest.raises(ApiError) as caught:
        read(list_my_numbers(), body, status)
    assert type(caught.value) is error


def test_the_table_of_calls_has_the_fields_that_the_bodies_can_carry() -> None:
    profile = PROFILES["smartflo"].on(listed_by=LISTED_BY_USERS)
    create, update = (profile.route(ability, Subject.AGENT) for ability in (Ability.CREATE, Ability.UPDATE))
    assert create is not None
    assert update is not None
    assert create.fields is not None
    assert (create.fields - {"password_secret"}, create.demands) == (NEW_USER_FIELDS, frozenset(DEMANDED_USER_FIELDS))
    assert update.fields == CHANGED_USER_FIELDS
    assert USER_FIELDS | {"name", "follow_me_number"} == NEW_USER_FIELDS | CHANGED_USER_FIELDS
    assert {field.name for field in WANTED_FIELDS} >= USER_FIELDS


def test_not_served_says_why() -> None:
    found = read(list_users(), {"message": "Only for administrators."}, 403)
    assert found == NotServed("403: Only for administrators.")
    with pytest.raises(OutcomeUnknown):
        read(USER_CALLS.delete(AgentRecord(eid="5", user_id="4")), b"<html>", 404)

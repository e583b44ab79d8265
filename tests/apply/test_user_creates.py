"""Creating agents as users: each exactly once, by number and login, with a password that nothing keeps."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from digo.api import ApiError, NewAgent, NotSent, OutcomeUnknown, Refused
from digo.apply.agent_creator import CreateOrigin
from digo.apply.new_password import new_password
from digo.phone.number import parse_number
from sandbox.testing import Sandbox
from tests.apply.apply_place import HASTY, number, written
from tests.apply.user_runs import CALLER, add_users, agents_of, counts, create_user, users_run

POST, LIST, NUMBERS = "POST /v1/user", "GET /v1/users", "GET /v1/my_number"

# What strikes the first POST; how it ends; users, POSTs and list reads then; the journal's lines.
FAULTS: dict[str, tuple[str | None, dict[str, Any], object, int, int, int, list[str]]] = {
    "nothing": (None, {}, CreateOrigin.CREATED, 1, 1, 2, ["intent", "applied"]),
    "lost before": ("lost-before", {}, OutcomeUnknown, 0, 1, 3, ["intent", "unknown"]),
    "lost after": ("lost-after", {}, CreateOrigin.SETTLED, 1, 1, 2, ["intent", "unknown", "applied"]),
    "500, not done": (
        "status", {}, CreateOrigin.CREATED, 1, 2, 3, ["intent", "unknown", "intent", "applied", "applied"],
    ),
    "500, done": ("status-after-commit", {}, CreateOrigin.SETTLED, 1, 1, 2, ["intent", "unknown", "applied"]),
    "a page with 200, done": ("html-after-commit", {}, CreateOrigin.SETTLED, 1, 1, 2, ["intent", "unknown", "applied"]),
    "one 429": ("status", {"status": 429}, CreateOrigin.CREATED, 1, 2, 2, ["intent", "applied"]),
    "success false": ("success-false", {}, Refused, 0, 1, 2, ["intent", "not applied"]),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_one_create_under_one_fault(sandbox: Sandbox, folder: Path, case: str) -> None:
    kind, parameters, end, users, posts, lists, journal = FAULTS[case]
    if kind is not None:
        sandbox.fault(kind, method="POST", **parameters)

    async def run() -> object:
        async with users_run(sandbox, folder, limits=HASTY) as one:
            try:
                made = await create_user(one, 1)
            except ApiError as problem:
                assert problem.next_step
                return type(problem)
            assert (made.record.user_id, made.record.eid) == tuple(
                str(sandbox.smartflo.users()[0][name]) for name in ("id", "eid")
            )
            return made.origin

    assert asyncio.run(run()) is end
    assert len(sandbox.smartflo.users()) == users
    assert counts(sandbox) == {LIST: lists, NUMBERS: 1, POST: posts}
    assert written(folder) == journal


@pytest.mark.parametrize(
    ("created_id", "lists"), [("agent_id", 3), ("none", 6), ("id", 6), ("user_id", 6), ("data", 6)]
)
def test_ids_of_replies_are_believed_once_lists_have_shown_that_they_are_eids(
    sandbox: Sandbox, folder: Path, created_id: str, lists: int
) -> None:
    sandbox.smartflo.settings(created_id=created_id)

    async def run() -> None:
        async with users_run(sandbox, folder) as one:
            made = [await create_user(one, index) for index in range(5)]
        assert [one.record.eid for one in made] == [user["eid"] for user in sandbox.smartflo.users()]

    asyncio.run(run())
    assert counts(sandbox) == {POST: 5, LIST: lists, NUMBERS: 1}


@pytest.mark.parametrize("created_id", ["none", "agent_id"])
def test_a_created_user_is_looked_for_behind_those_that_are_known(
    sandbox: Sandbox, folder: Path, created_id: str
) -> None:
    """Thirty users are three pages, and those of five creates are one page each at most."""
    sandbox.smartflo.settings(created_id=created_id, page_limit=10)
    add_users(sandbox, 30)

    async def run() -> None:
        async with users_run(sandbox, folder) as one:
            made = [await create_user(one, index) for index in range(30, 35)]
            snapshot = await one.account.current()
            known = {agent.eid for agent in snapshot.agents} | {one.record.eid for one in made}
            assert known == {user["eid"] for user in sandbox.smartflo.users()}

    asyncio.run(run())
    assert counts(sandbox)[LIST] == 3 + (5 if created_id == "none" else 2)
    asked = [request["query"] for request in sandbox.requests() if request["path"] == "/v1/users"]
    assert len({json.dumps(query) for query in asked}) == len(asked)


def test_an_extended_list_that_lacks_the_user_is_read_whole(sandbox: Sandbox, folder: Path) -> None:
    """Somebody took the new user's place behind the cursor away: another list, or another order of ids."""
    add_users(sandbox, 3)
    sandbox.fault("reply", method="GET", path="/v1/users", nth=[2], body='{"has_more": false, "data": []}')

    async def run() -> None:
        async with users_run(sandbox, folder) as one:
            assert (await create_user(one, 5)).origin is CreateOrigin.CREATED

    asyncio.run(run())
    assert counts(sandbox) == {LIST: 3, NUMBERS: 1, POST: 1}


def test_an_entry_without_what_a_user_needs_is_told_so(sandbox: Sandbox, folder: Path) -> None:
    async def run() -> str:
        async with users_run(sandbox, folder) as one:
            wanted, parsed = NewAgent("Desk", number(1)), parse_number(number(1))
            with pytest.raises(NotSent) as caught:
                await one.creator.create("desk", wanted, parsed, one.told.append)
            return caught.value.what

    assert asyncio.run(run()) == (
        "`desk`: an agent of this account is created as a user, and POST /v1/user needs email, login_id, user_role, "
        "caller_ids too"
    )
    assert counts(sandbox) == {LIST: 1}


@pytest.mark.parametrize("agent", [True, False], ids=["with an agent", "without an agent"])
def test_a_login_that_is_taken_is_refused_without_a_call(sandbox: Sandbox, folder: Path, agent: bool) -> None:
    """Its user has another number, so it is not the wanted one, and a second user of that login cannot be."""
    sandbox.smartflo.add_user(number(9), name="Other", login_id="Agent.1", create_agent=agent)

    async def run() -> str:
        async with users_run(sandbox, folder) as one:
            with pytest.raises(Refused) as caught:
                await create_user(one, 1)
            return caught.value.what

    told = asyncio.run(run())
    by = "another agent's user (eid " if agent else "a user without an agent (id "
    assert told.startswith(f"the login_id agent.1 is that of {by}")
    assert counts(sandbox) == {LIST: 1}


def test_what_the_account_has_is_taken_over_without_a_write(sandbox: Sandbox, folder: Path) -> None:
    (user, _) = add_users(sandbox, 2)

    async def run() -> None:
        async with users_run(sandbox, folder) as one:
            made = await create_user(one, 0)
            assert (made.origin, made.record.eid) == (CreateOrigin.FOUND, user["eid"])

    asyncio.run(run())
    assert counts(sandbox) == {LIST: 1}


def test_a_password_is_sent_once_and_nothing_keeps_it(sandbox: Sandbox, folder: Path) -> None:
    async def run() -> str:
        async with users_run(sandbox, folder) as one:
            made = [await create_user(one, index) for index in range(2)]
            wanted = NewAgent("Desk", number(3), None, {**made[0].record.other_fields, **OTHERS})
            secret = "example-Password-1"
            one_more = await one.creator.create("c", wanted, parse_number(number(3)), one.told.append, secret)
            return repr([*made, one_more, one.told])

    shown = asyncio.run(run()) + "".join(path.read_text() for path in folder.iterdir())
    sent = [request["body"]["password"] for request in sandbox.requests() if request["method"] == "POST"]
    assert len(set(sent)) == 3
    assert sent[2] == "example-Password-1"
    assert [password for password in sent if password in shown] == []


OTHERS = {"email": "c@example.com", "login_id": "c", "user_role": "12", "caller_ids": json.dumps([CALLER])}


def test_a_random_password_has_each_kind_of_sign() -> None:
    made = [new_password() for _ in range(50)]
    assert len(set(made)) == 50
    assert all(any(sign.isupper() for sign in one) and any(sign.isdigit() for sign in one) for one in made)


def test_where_users_are_not_served_agents_are_created_put_and_deleted(sandbox: Sandbox, folder: Path) -> None:
    sandbox.smartflo.settings(users="403")

    async def run() -> None:
        async with users_run(sandbox, folder) as one:
            wanted = NewAgent("Desk", number(1), "1001")
            made = await one.creator.create("a", wanted, parse_number(number(1)), one.told.append)
            changes = {"name": "Desk 2", "follow_me_number": number(2), "blocked": "true"}
            record = await one.writer.update("a", made.record, changes, one.told.append)
            assert {name: record.value(name) for name in changes} == changes
            (agent,) = sandbox.smartflo.agents()
            assert (agent["name"], agent["custom_status"]) == ("Desk 2", 1)
            await one.writer.update("a", record, {"blocked": "false"}, one.told.append)
            assert sandbox.smartflo.agents()[0]["custom_status"] == 0
            await one.writer.delete("a", record, one.told.append)

    asyncio.run(run())
    assert sandbox.smartflo.agents() == []
    assert counts(sandbox)[LIST] == 1


def test_a_second_part_that_fails_says_what_was_changed_before(sandbox: Sandbox, folder: Path) -> None:
    sandbox.smartflo.settings(users="404")
    add_users(sandbox, 1)
    sandbox.fault("success-false", method="POST")

    async def run() -> str:
        async with users_run(sandbox, folder) as one:
            live = (await agents_of(one))["Agent 0"]
            with pytest.raises(Refused) as caught:
                await one.writer.update("a", live, {"name": "Desk", "blocked": "true"}, one.told.append)
            return caught.value.what

    assert asyncio.run(run()).endswith("; name had been changed before")
    assert sandbox.smartflo.agents()[0]["name"] == "Desk"

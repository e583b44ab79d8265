"""Deleting agents with their users while replies get lost or contradict, and creating others meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from digo.api import ApiError, OutcomeUnknown, RateLimited, Refused, TokenRefused
from digo.state.journal import Outcome
from sandbox.testing import Sandbox
from tests.apply.apply_place import HASTY, entry, last, written
from tests.apply.user_runs import add_users, agents_of, counts, create_user, users_run

DELETE, LIST, POST = "DELETE /v1/user", "GET /v1/users", "POST /v1/user"
DONE = "done"

# What strikes the DELETEs; how it ends; whether the user is gone; DELETEs and list reads; the journal's lines. aiohttp
# itself sends a DELETE once more if its connection breaks.
FAULTS: dict[str, tuple[str | None, dict[str, Any], object, bool, int, int, list[str]]] = {
    "nothing": (None, {}, DONE, True, 1, 2, ["intent", "applied"]),
    "lost before": ("lost-before", {}, DONE, True, 2, 2, ["intent", "applied"]),
    "lost after": ("lost-after", {}, DONE, True, 2, 2, ["intent", "applied"]),
    "500, done": ("status-after-commit", {}, DONE, True, 2, 2, ["intent", "applied"]),
    "a page with 200": ("html", {}, DONE, True, 2, 4, ["intent", "unknown", "intent", "applied", "applied"]),
    "a page with 200, done": ("html-after-commit", {}, DONE, True, 1, 2, ["intent", "unknown", "applied"]),
    "lost for ever": (
        "lost-before", {"times": "always"}, OutcomeUnknown, False, 12, 4, ["intent", "unknown", "intent", "unknown"],
    ),
    "lost for ever, done": (
        "lost-after", {"times": "always"}, DONE, True, 6, 2, ["intent", "unknown", "applied"],
    ),
    "a reply that lies": (
        "reply", {"status": 200, "body": '{"success": true}'}, OutcomeUnknown, False, 1, 2, ["intent", "applied"],
    ),
    "a route that is not there": (
        "reply", {"status": 404, "body": '{"message": "No."}'}, OutcomeUnknown, False, 1, 2, ["intent", "applied"],
    ),
    "success false": ("success-false", {}, Refused, False, 1, 1, ["intent", "not applied"]),
    "429 for ever": (
        "status", {"status": 429, "times": "always"}, RateLimited, False, 4, 1, ["intent", "not applied"],
    ),
    "a refused token": ("unauthorized", {}, TokenRefused, False, 1, 1, ["intent", "not applied"]),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_one_delete_under_one_fault(sandbox: Sandbox, folder: Path, case: str) -> None:
    kind, parameters, end, gone, deletes, lists, journal = FAULTS[case]
    add_users(sandbox, 2)
    if kind is not None:
        sandbox.fault(kind, method="DELETE", **parameters)

    async def run() -> object:
        async with users_run(sandbox, folder, limits=replace(HASTY)) as one:
            live = (await agents_of(one))["Agent 0"]
            try:
                await one.writer.delete("a0", live, one.told.append)
            except ApiError as problem:
                assert problem.next_step
                return type(problem)
            return DONE

    assert asyncio.run(run()) is end
    names = [user["name"] for user in sandbox.smartflo.users()]
    assert names == (["Agent 1"] if gone else ["Agent 0", "Agent 1"])
    assert counts(sandbox) == {LIST: lists, DELETE: deletes}
    assert written(folder) == journal


def test_what_the_account_lacks_is_deleted_without_a_call(sandbox: Sandbox, folder: Path) -> None:
    (user,) = add_users(sandbox, 1)

    async def run() -> None:
        async with users_run(sandbox, folder) as one:
            live = (await agents_of(one))["Agent 0"]
            sandbox.smartflo.delete_user(user["id"])
            await one.account.relist()
            await one.writer.delete("a0", live, one.told.append)

    asyncio.run(run())
    assert counts(sandbox) == {LIST: 2}


def test_a_list_that_lacks_others_too_proves_no_delete(sandbox: Sandbox, folder: Path) -> None:
    add_users(sandbox, 20)
    sandbox.fault("html", method="DELETE")
    sandbox.fault("reply", method="GET", path="/v1/users", nth=[2], body='{"has_more": false, "data": []}')

    async def run() -> None:
        async with users_run(sandbox, folder) as one:
            with pytest.raises(OutcomeUnknown):
                await one.writer.delete("a0", (await agents_of(one))["Agent 0"], one.told.append)

    asyncio.run(run())
    assert len(sandbox.smartflo.users()) == 20
    assert written(folder) == ["intent", "unknown"]


def test_creates_changes_and_deletes_side_by_side(sandbox: Sandbox, folder: Path) -> None:
    """A list that settles a lost create lacks agents that this run deletes, and is whole all the same."""
    add_users(sandbox, 64)
    for method in ("POST", "PATCH", "DELETE"):
        sandbox.fault("html-after-commit", method=method, every=7)

    async def run() -> None:
        async with users_run(sandbox, folder) as one:
            live = await agents_of(one)
            made, _, _ = await asyncio.gather(
                asyncio.gather(*(create_user(one, index) for index in range(200, 232))),
                asyncio.gather(
                    *(
                        one.writer.update(f"a{index}", live[f"Agent {index}"], {"name": f"Desk {index}"}, print)
                        for index in range(32)
                    )
                ),
                asyncio.gather(
                    *(one.writer.delete(f"a{index}", live[f"Agent {index}"], print) for index in range(32, 64))
                ),
            )
            eids = {user["name"]: user["eid"] for user in sandbox.smartflo.users()}
            assert [one.record.eid for one in made] == [eids[f"Agent {index}"] for index in range(200, 232)]

    asyncio.run(run())
    names = [user["name"] for user in sandbox.smartflo.users()]
    assert names[:32] == [f"Desk {index}" for index in range(32)]
    assert sorted(names[32:]) == [f"Agent {index}" for index in range(200, 232)]
    found = counts(sandbox)
    assert (found[POST], found["PATCH /v1/user"], found[DELETE]) == (32, 32, 32)
    assert found[LIST] <= 4
    assert {one.outcome for one in last(folder)} == {Outcome.APPLIED}


def test_confirmed_deletes_need_no_list_after_two_that_show_them(sandbox: Sandbox, folder: Path) -> None:
    add_users(sandbox, 8)

    async def run() -> None:
        async with users_run(sandbox, folder) as one:
            live = await agents_of(one)
            for index in range(6):
                await one.writer.delete(f"a{index}", live[f"Agent {index}"], one.told.append)

    asyncio.run(run())
    assert counts(sandbox) == {LIST: 3, DELETE: 6}
    assert [user["name"] for user in sandbox.smartflo.users()] == ["Agent 6", "Agent 7"]


@pytest.mark.parametrize("call", ["PATCH /v1/user", "DELETE /v1/user", "POST /v1/user"])
def test_a_write_that_a_killed_run_left_is_waited_for(sandbox: Sandbox, folder: Path, call: str) -> None:
    """It could come after this run's own change, and undo it."""
    add_users(sandbox, 1)
    left = entry(outcome=Outcome.INTENT, at=2e9, call=call)

    async def run() -> None:
        async with users_run(sandbox, folder, earlier=[left]) as one:
            live = (await agents_of(one))["Agent 0"]
            await one.writer.update("a0", live, {"name": "Desk"}, one.told.append)
            what = "creates" if call.startswith("POST") else "writes"
            assert one.told[0] == f"an earlier run left {what} whose outcome is not known; waiting for late ones"
            assert len(one.slept) == 1

    asyncio.run(run())
    assert written(folder) == ["settled", "intent", "applied"]

"""Changing agents by their users while replies get lost or contradict: each ends as it is told."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from digo.api import ApiError, OutcomeUnknown, RateLimited, Refused, TokenRefused
from digo.state.journal import Outcome
from sandbox.testing import Sandbox
from tests.apply.apply_place import HASTY, last, number, written
from tests.apply.user_runs import add_users, agents_of, counts, users_run

PATCH, LIST = "PATCH /v1/user", "GET /v1/users"
DONE = "done"


# What strikes the PATCHes; how it ends; the name then; PATCHes and list reads; the journal's lines.
FAULTS: dict[str, tuple[str | None, dict[str, Any], object, bool, int, int, list[str]]] = {
    "nothing": (None, {}, DONE, True, 1, 2, ["intent", "applied"]),
    "lost before": ("lost-before", {}, DONE, True, 2, 2, ["intent", "applied"]),
    "lost after": ("lost-after", {}, DONE, True, 2, 2, ["intent", "applied"]),
    "no reply": ("hang", {}, DONE, True, 2, 2, ["intent", "applied"]),
    "500, done": ("status-after-commit", {}, DONE, True, 2, 2, ["intent", "applied"]),
    "a page with 200": ("html", {}, DONE, True, 2, 4, ["intent", "unknown", "intent", "applied", "applied"]),
    "a page with 200, done": ("html-after-commit", {}, DONE, True, 1, 2, ["intent", "unknown", "applied"]),
    "lost for ever": (
        "lost-before", {"times": "always"}, OutcomeUnknown, False, 6, 4, ["intent", "unknown", "intent", "unknown"],
    ),
    "lost for ever, done": (
        "lost-after", {"times": "always"}, DONE, True, 3, 2, ["intent", "unknown", "applied"],
    ),
    "500 for ever": (
        "status", {"times": "always"}, OutcomeUnknown, False, 6, 3, ["intent", "unknown", "intent", "unknown"],
    ),
    "success false": ("success-false", {}, Refused, False, 1, 1, ["intent", "not applied"]),
    'success "false"': ("string-false", {}, Refused, False, 1, 1, ["intent", "not applied"]),
    "one 429": ("status", {"status": 429}, DONE, True, 2, 2, ["intent", "applied"]),
    "429 for ever": ("status", {"status": 429, "times": "always"}, RateLimited, False, 4, 1, ["intent", "not applied"]),
    "a refused token": ("unauthorized", {}, TokenRefused, False, 1, 1, ["intent", "not applied"]),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_one_change_under_one_fault(sandbox: Sandbox, folder: Path, case: str) -> None:
    kind, parameters, end, changed, patches, lists, journal = FAULTS[case]
    add_users(sandbox, 1)
    if kind is not None:
        sandbox.fault(kind, method="PATCH", **parameters)
    limits = replace(HASTY, reply_timeout=0.2) if kind == "hang" else HASTY

    async def run() -> object:
        async with users_run(sandbox, folder, limits=limits) as one:
            live = (await agents_of(one))["Agent 0"]
            try:
                record = await one.writer.update("a0", live, {"name": "Desk"}, one.told.append)
            except ApiError as problem:
                assert problem.next_step
                return type(problem)
            assert (record.name, record.follow_me_number) == ("Desk", live.follow_me_number)
            return DONE

    assert asyncio.run(run()) is end
    assert sandbox.smartflo.users()[0]["name"] == ("Desk" if changed else "Agent 0")
    assert counts(sandbox) == {LIST: lists, PATCH: patches}
    assert written(folder) == journal


def test_a_change_that_came_late_is_not_sent_again(sandbox: Sandbox, folder: Path) -> None:
    """All tries are cut, and the service goes on with them all the same."""
    add_users(sandbox, 1)
    sandbox.fault("late", method="PATCH", ms=300, times="always")

    def late() -> None:
        sandbox.wait_for(lambda request: request["method"] == "PATCH" and request["committed"])

    async def run() -> None:
        async with users_run(sandbox, folder, late=late) as one:
            live = (await agents_of(one))["Agent 0"]
            assert (await one.writer.update("a0", live, {"name": "Desk"}, one.told.append)).name == "Desk"

    asyncio.run(run())
    assert counts(sandbox)[PATCH] == 3
    assert written(folder) == ["intent", "unknown", "applied"]


def test_what_the_account_shows_already_is_not_sent(sandbox: Sandbox, folder: Path) -> None:
    add_users(sandbox, 1)

    async def run() -> None:
        async with users_run(sandbox, folder) as one:
            live = (await agents_of(one))["Agent 0"]
            same = {"name": "Agent 0", "follow_me_number": number(0), "blocked": "false", "user_role": "12"}
            assert await one.writer.update("a0", live, same, one.told.append) == live
            # What the list does not show may differ.
            await one.writer.update("a0", live, {**same, "designation": "Lead"}, one.told.append)

    asyncio.run(run())
    assert counts(sandbox) == {LIST: 1, PATCH: 1}
    (request,) = (one for one in sandbox.requests() if one["method"] == "PATCH")
    assert request["body"] == {"designation": "Lead"}


def test_all_fields_of_a_user_are_changed(sandbox: Sandbox, folder: Path) -> None:
    add_users(sandbox, 1)
    changes = {
        "name": "Desk",
        "follow_me_number": number(7),
        "email": "desk@example.com",
        "login_id": "desk",
        "user_role": "13",
        "caller_ids": '["+12025550191"]',
        "agent_group": '["Sales"]',
        "blocked": "true",
        "international_outbound": "true",
        "designation": "Lead",
        "block_web_login": "true",
        "login_based_calling": "true",
    }

    async def run() -> None:
        async with users_run(sandbox, folder) as one:
            live = (await agents_of(one))["Agent 0"]
            record = await one.writer.update("a0", live, changes, one.told.append)
            assert {name: record.value(name) for name in changes} == changes

    asyncio.run(run())
    (user,) = sandbox.smartflo.users()
    assert (user["name"], user["number"], user["email"], user["blocked"]) == (
        "Desk",
        number(7),
        "desk@example.com",
        True,
    )
    assert (user["caller_id"], user["user_role"], user["agent_group"]) == (["2222223"], "13", ["Sales"])
    assert counts(sandbox) == {LIST: 2, PATCH: 1, "GET /v1/my_number": 1}


def test_an_update_that_the_list_does_not_show_is_unknown(sandbox: Sandbox, folder: Path) -> None:
    """The service confirms a change that it did not do."""
    add_users(sandbox, 1)
    sandbox.fault("reply", method="PATCH", status=200, body='{"success": true, "message": "done"}')

    async def run() -> str:
        async with users_run(sandbox, folder) as one:
            live = (await agents_of(one))["Agent 0"]
            with pytest.raises(OutcomeUnknown) as caught:
                await one.writer.update("a0", live, {"name": "Desk", "follow_me_number": number(7)}, one.told.append)
            return caught.value.what

    told = asyncio.run(run())
    assert told.startswith(
        'the API confirmed the change, but its list shows name "Agent 0" in place of "Desk", '
        "follow_me_number +1 ***0100 in place of +1 ***0107 (agent eid "
    )


@pytest.mark.parametrize("patch", ["nothing", "html-after-commit"])
def test_a_change_is_never_told_as_undone_because_the_list_cannot_be_read(
    sandbox: Sandbox, folder: Path, patch: str
) -> None:
    add_users(sandbox, 1)
    if patch != "nothing":
        sandbox.fault(patch, method="PATCH")
    sandbox.fault("html", method="GET", nth=[2])

    async def run() -> str:
        async with users_run(sandbox, folder) as one:
            live = (await agents_of(one))["Agent 0"]
            with pytest.raises(OutcomeUnknown) as caught:
                await one.writer.update("a0", live, {"name": "Desk"}, one.told.append)
            return str(caught.value)

    assert "run again: the account is listed first, and what was applied is seen there" in asyncio.run(run())
    assert counts(sandbox) == {LIST: 2, PATCH: 1}
    assert sandbox.smartflo.users()[0]["name"] == "Desk"


def test_changes_side_by_side_share_list_reads_and_later_ones_need_none(sandbox: Sandbox, folder: Path) -> None:
    """One list settles what was lost in a group; after two lists that show all, confirmations are believed."""
    add_users(sandbox, 72)
    sandbox.fault("html-after-commit", method="PATCH", every=9)

    async def run() -> None:
        async with users_run(sandbox, folder) as one:
            live = await agents_of(one)

            async def rename(index: int) -> None:
                changes = {"name": f"Desk {index}"}
                await one.writer.update(f"a{index}", live[f"Agent {index}"], changes, one.told.append)

            for group in range(3):
                await asyncio.gather(*(rename(24 * group + index) for index in range(24)))

    asyncio.run(run())
    assert [user["name"] for user in sandbox.smartflo.users()] == [f"Desk {index}" for index in range(72)]
    assert counts(sandbox) == {LIST: 4, PATCH: 72}
    assert {entry.outcome for entry in last(folder)} == {Outcome.APPLIED}

    sandbox.clear_faults()
    sandbox.clear_requests()

    async def confirmed() -> None:
        async with users_run(sandbox, folder) as one:
            live = await agents_of(one)
            for index in range(6):
                changes = {"name": f"Agent {index}"}
                await one.writer.update(f"a{index}", live[f"Desk {index}"], changes, one.told.append)

    asyncio.run(confirmed())
    assert counts(sandbox) == {LIST: 3, PATCH: 6}


def test_a_change_of_a_number_that_another_user_has_is_refused_with_the_reason(sandbox: Sandbox, folder: Path) -> None:
    add_users(sandbox, 2)

    async def run() -> str:
        async with users_run(sandbox, folder) as one:
            live = (await agents_of(one))["Agent 0"]
            with pytest.raises(Refused) as caught:
                await one.writer.update("a0", live, {"follow_me_number": number(1)}, one.told.append)
            return caught.value.what

    assert asyncio.run(run()).endswith("number: The number has already been taken.")


def test_an_agent_that_is_gone_is_not_changed(sandbox: Sandbox, folder: Path) -> None:
    (user,) = add_users(sandbox, 1)

    async def run() -> None:
        async with users_run(sandbox, folder) as one:
            live = (await agents_of(one))["Agent 0"]
            sandbox.smartflo.delete_user(user["id"])
            await one.account.relist()
            with pytest.raises(Refused, match=rf"no longer has the agent \(eid {live.eid}\)"):
                await one.writer.update("a0", live, {"name": "Desk"}, one.told.append)

    asyncio.run(run())
    assert counts(sandbox) == {LIST: 2}


@pytest.mark.parametrize(("kind", "end"), [("lost-after", DONE), ("lost-before", OutcomeUnknown)])
def test_what_no_list_shows_is_settled_by_the_user_alone(
    sandbox: Sandbox, folder: Path, kind: str, end: object
) -> None:
    add_users(sandbox, 1)
    sandbox.fault(kind, method="PATCH", times="always")

    async def run() -> object:
        async with users_run(sandbox, folder) as one:
            live = (await agents_of(one))["Agent 0"]
            changes = {"designation": "Lead", "block_web_login": "true"}
            try:
                record = await one.writer.update("a0", live, changes, one.told.append)
            except OutcomeUnknown:
                return OutcomeUnknown
            assert {name: record.value(name) for name in changes} == changes
            return DONE

    assert asyncio.run(run()) is end
    assert counts(sandbox) == {LIST: 1, PATCH: 3 if end is DONE else 6, "GET /v1/user": 1 if end is DONE else 3}


def test_what_nothing_shows_stays_unknown(sandbox: Sandbox, folder: Path) -> None:
    add_users(sandbox, 1)
    sandbox.fault("lost-after", method="PATCH", times="always")

    async def run() -> None:
        async with users_run(sandbox, folder) as one:
            live = (await agents_of(one))["Agent 0"]
            with pytest.raises(OutcomeUnknown, match="was lost"):
                await one.writer.update("a0", live, {"agent_group": '["Sales"]'}, one.told.append)

    asyncio.run(run())
    assert written(folder) == ["intent", "unknown"]
    assert sandbox.smartflo.users()[0]["agent_group"] == ["Sales"]


def test_a_field_that_no_call_changes_is_told_and_nothing_is_sent(sandbox: Sandbox, folder: Path) -> None:
    add_users(sandbox, 1)

    async def run() -> None:
        async with users_run(sandbox, folder) as one:
            live = (await agents_of(one))["Agent 0"]
            with pytest.raises(Refused, match="no call changes department of this agent"):
                await one.writer.update("a0", live, {"name": "Desk", "department": "[7]"}, one.told.append)

    asyncio.run(run())
    assert counts(sandbox) == {LIST: 1}


def test_a_caller_id_that_the_account_lacks_names_the_entry(sandbox: Sandbox, folder: Path) -> None:
    add_users(sandbox, 1)

    async def run() -> str:
        async with users_run(sandbox, folder) as one:
            live = (await agents_of(one))["Agent 0"]
            with pytest.raises(ApiError) as caught:
                await one.writer.update("a0", live, {"caller_ids": f'["{number(42)}"]'}, one.told.append)
            return str(caught.value)

    told = asyncio.run(run())
    assert told.startswith("`a0`: caller_ids: the account does not have +1 ***0142; it has 2 numbers of its own")
    assert "nothing was written by this call" in told
    assert PATCH not in counts(sandbox)

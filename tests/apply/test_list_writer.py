"""Creating, renaming and deleting broadcast lists while replies get lost or contradict."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from digo.api import Access, ApiError, AsyncClient, OutcomeUnknown, RateLimited, Refused, TokenRefused
from digo.api.agent_calls import USER_CALLS
from digo.api.models import NewBroadcastList
from digo.apply.account_cache import AccountCache
from digo.apply.account_writes import AccountWrites, EarlierRuns, LateRequests
from digo.apply.list_writer import LIST_CALLS, ListWriter
from digo.apply.lists_cache import ListsCache
from digo.state.journal import Journal, Outcome
from sandbox.testing import Sandbox
from tests.apply.apply_place import HASTY, LATE_SECONDS, entry, last, written

POST, PUT, DELETE, GET = (
    "POST /v1/broadcast/list",
    "PUT /v1/broadcast/list",
    "DELETE /v1/broadcast/list",
    "GET /v1/broadcast/lists",
)
WANTED = NewBroadcastList("Codes", "", ("field_0", "field_5"))
DONE = "done"


@dataclass
class Run:
    """A run that writes lists. `slept` are its waits for late requests."""

    writer: ListWriter
    lists: ListsCache
    slept: list[float] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def report(self, text: str) -> None:
        self.told.append(text)


@asynccontextmanager
async def a_run(
    sandbox: Sandbox, folder: Path, late: Callable[[], object] = lambda: None, **more: Any
) -> AsyncIterator[Run]:
    access, slept = Access(sandbox.url, sandbox.smartflo.token), []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.to_thread(late)

    async with AsyncClient(access, limits=HASTY, connections=8) as client:
        account, lists = AccountCache(client, USER_CALLS), ListsCache(client)
        late_ones = LateRequests(LATE_SECONDS, sleep)
        writes = AccountWrites(client, account, Journal(folder), names=LIST_CALLS, late=late_ones, **more)
        yield Run(ListWriter(writes, lists), lists, slept)


def counts(sandbox: Sandbox) -> dict[str, int]:
    """How often each call was asked, whatever the id in its path."""
    found: dict[str, int] = {}
    for request in sandbox.requests():
        name = f"{request['method']} " + "/".join(part for part in request["path"].split("/") if not part.isdecimal())
        found[name] = found.get(name, 0) + 1
    return found


def names(sandbox: Sandbox) -> list[str]:
    return [one["name"] for one in sandbox.smartflo.lists()]


# What strikes the POST; how it ends; how many lists there are; POSTs and reads; the journal's lines. aiohttp itself
# sends a POST once more if its connection breaks before a byte of the reply: never one that is not idempotent.
CREATES: dict[str, tuple[str | None, dict[str, Any], object, int, int, int, list[str]]] = {
    "nothing": (None, {}, DONE, 1, 1, 2, ["intent", "applied"]),
    "lost before": ("lost-before", {}, OutcomeUnknown, 0, 1, 3, ["intent", "unknown"]),
    "lost after": ("lost-after", {}, DONE, 1, 1, 2, ["intent", "unknown", "applied"]),
    "500": ("status", {"status": 500}, DONE, 1, 2, 3, ["intent", "unknown", "intent", "applied", "applied"]),
    "502": ("status", {"status": 502}, OutcomeUnknown, 0, 1, 3, ["intent", "unknown"]),
    "a page with 200": ("html", {}, OutcomeUnknown, 0, 1, 3, ["intent", "unknown"]),
    "a page with 200, done": ("html-after-commit", {}, DONE, 1, 1, 2, ["intent", "unknown", "applied"]),
    "a reply that lies": (
        "reply", {"status": 200, "body": '{"success": true, "list_id": 7}'}, OutcomeUnknown, 0, 1, 2,
        ["intent", "applied"],
    ),
    "a reply without an id": (
        "reply", {"status": 200, "body": '{"success": true}'}, OutcomeUnknown, 0, 1, 2, ["intent", "applied"],
    ),
    "success false": ("success-false", {}, Refused, 0, 1, 2, ["intent", "not applied"]),
    "429 for ever": ("status", {"status": 429, "times": "always"}, RateLimited, 0, 4, 2, ["intent", "not applied"]),
    "a refused token": ("unauthorized", {}, TokenRefused, 0, 1, 1, ["intent", "not applied"]),
}  # fmt: skip


@pytest.mark.parametrize("case", CREATES)
def test_one_create_under_one_fault(sandbox: Sandbox, folder: Path, case: str) -> None:
    kind, parameters, end, there, posts, reads, journal = CREATES[case]
    if kind is not None:
        sandbox.fault(kind, method="POST", path="/v1/broadcast/list", **parameters)

    async def run() -> object:
        async with a_run(sandbox, folder) as one:
            try:
                made = await one.writer.create("otp", WANTED, one.report)
            except ApiError as problem:
                return type(problem)
            assert made.id == str(sandbox.smartflo.lists()[0]["id"])
            return DONE

    assert asyncio.run(run()) == end
    assert names(sandbox) == ["Codes"] * there
    found = counts(sandbox)
    assert (found[POST], found[GET]) == (posts, reads)
    assert written(folder) == journal


def test_a_late_create_is_waited_for_and_adopted(sandbox: Sandbox, folder: Path) -> None:
    sandbox.fault("lost-before", method="POST", path="/v1/broadcast/list")

    async def run() -> str:
        async with a_run(sandbox, folder, late=lambda: sandbox.smartflo.add_list("Codes")) as one:
            made = await one.writer.create("otp", WANTED, one.report)
            assert one.slept == [LATE_SECONDS]
            return made.id

    assert asyncio.run(run()) == str(sandbox.smartflo.lists()[0]["id"])
    assert written(folder)[-1] == "applied"


def test_lists_that_are_cut_short_prove_nothing(sandbox: Sandbox, folder: Path) -> None:
    sandbox.smartflo.add_list("Another one")
    sandbox.fault("status", status=500, method="POST", path="/v1/broadcast/list")
    sandbox.fault("empty-list", method="GET", path="/v1/broadcast/lists", nth=[2])

    async def run() -> None:
        async with a_run(sandbox, folder) as one:
            await one.writer.create("otp", WANTED, one.report)

    with pytest.raises(OutcomeUnknown):
        asyncio.run(run())
    assert counts(sandbox)[POST] == 1


def test_many_lists_cost_two_reads(sandbox: Sandbox, folder: Path) -> None:
    async def run() -> list[str]:
        async with a_run(sandbox, folder) as one:
            wanted = [NewBroadcastList(f"List {index}", "", ("field_0",)) for index in range(5)]
            creates = (one.writer.create(f"l{index}", each, one.report) for index, each in enumerate(wanted))
            return [made.id for made in await asyncio.gather(*creates)]

    ids = asyncio.run(run())
    assert ids == [str(one["id"]) for one in sandbox.smartflo.lists()]
    assert counts(sandbox)[GET] == 2  # before the first create, and after it: from then on `list_id` is believed


def test_a_list_that_another_run_made_is_adopted(sandbox: Sandbox, folder: Path) -> None:
    async def run() -> str:
        async with a_run(sandbox, folder) as one:
            assert await one.lists.current() == ()
            sandbox.smartflo.add_list("Codes")
            return (await one.writer.create("otp", WANTED, one.report)).id

    assert asyncio.run(run()) == str(sandbox.smartflo.lists()[0]["id"])
    assert POST not in counts(sandbox)


def test_two_lists_of_the_name_are_never_guessed(sandbox: Sandbox, folder: Path) -> None:
    ids = [sandbox.smartflo.add_list("Codes") for _ in range(2)]

    async def run() -> None:
        async with a_run(sandbox, folder) as one:
            await one.writer.create("otp", WANTED, one.report)

    with pytest.raises(OutcomeUnknown, match=f"id {ids[0]}, id {ids[1]}"):
        asyncio.run(run())
    assert POST not in counts(sandbox)


def test_what_a_killed_run_left_is_waited_for_and_settled(sandbox: Sandbox, folder: Path) -> None:
    async def run() -> None:
        left = EarlierRuns([entry(call=POST, outcome=Outcome.UNKNOWN, at=9e12)])
        late = lambda: sandbox.smartflo.add_list("Codes")  # noqa: E731
        async with a_run(sandbox, folder, late=late, earlier=left) as one:
            await one.writer.create("otp", WANTED, one.report)
            assert len(one.slept) == 1

    asyncio.run(run())
    assert names(sandbox) == ["Codes"]
    assert POST not in counts(sandbox)
    assert [one.outcome for one in last(folder)] == [Outcome.SETTLED]


# What strikes the PUT or the DELETE; how it ends; whether it was done; writes and reads.
CHANGES: dict[str, tuple[str | None, dict[str, Any], object, bool, int, int]] = {
    "nothing": (None, {}, DONE, True, 1, 2),
    "lost before": ("lost-before", {}, DONE, True, 2, 2),
    "lost after": ("lost-after", {}, DONE, True, 2, 2),
    "a page with 200": ("html", {}, DONE, True, 2, 4),
    "a reply that lies": ("reply", {"status": 200, "body": '{"success": true}'}, OutcomeUnknown, False, 1, 2),
    "success false": ("success-false", {}, Refused, False, 1, 2),
}


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("case", CHANGES)
def test_one_change_under_one_fault(sandbox: Sandbox, folder: Path, method: str, case: str) -> None:
    kind, parameters, end, done, writes, reads = CHANGES[case]
    list_id = str(sandbox.smartflo.add_list("Old"))
    if kind is not None:
        sandbox.fault(kind, method=method, path="/v1/broadcast/list/*", **parameters)

    async def run() -> object:
        async with a_run(sandbox, folder) as one:
            try:
                if method == "PUT":
                    await one.writer.rename("otp", list_id, "Codes", "", one.report)
                else:
                    await one.writer.delete("otp", list_id, one.report)
            except ApiError as problem:
                return type(problem)
            return DONE

    assert asyncio.run(run()) == end
    after = ["Codes"] if method == "PUT" else []
    assert names(sandbox) == (after if done else ["Old"])
    found = counts(sandbox)
    assert (found[PUT if method == "PUT" else DELETE], found[GET]) == (writes, reads)


def test_a_list_that_is_gone_is_not_deleted_again(sandbox: Sandbox, folder: Path) -> None:
    async def run() -> None:
        async with a_run(sandbox, folder) as one:
            await one.writer.delete("otp", "4711", one.report)

    asyncio.run(run())
    assert DELETE not in counts(sandbox)


def test_a_reply_that_was_cut_short_does_not_prove_a_delete(sandbox: Sandbox, folder: Path) -> None:
    list_id, _other = str(sandbox.smartflo.add_list("Old")), sandbox.smartflo.add_list("Other")
    sandbox.fault("html", method="DELETE", path="/v1/broadcast/list/*")
    sandbox.fault("reply", method="GET", path="/v1/broadcast/lists", status=200, body="[]", nth=[2])

    async def run() -> None:
        async with a_run(sandbox, folder) as one:
            await one.writer.delete("otp", list_id, one.report)

    with pytest.raises(OutcomeUnknown):
        asyncio.run(run())
    assert names(sandbox) == ["Old", "Other"]
    assert written(folder) == ["intent", "unknown"]

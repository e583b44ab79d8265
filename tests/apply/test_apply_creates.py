"""Creating agents while replies get lost, late or contradictory: each ends exactly once, or is told as not known."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from digo.api import ApiError, OutcomeUnknown, RateLimited, Refused, TokenRefused
from digo.api.models import NewAgent
from digo.apply.agent_creator import CreateOrigin
from digo.phone.number import parse_number
from sandbox.testing import Sandbox
from tests.apply.apply_place import HASTY, LATE_SECONDS, a_run, number, written

POST, LIST = "POST /v1/agent", "GET /v1/agents"

# What strikes the first POST; how it ends; agents, POSTs and list reads then; the journal's lines.
FAULTS: dict[str, tuple[str | None, dict[str, Any], object, int, int, int, list[str]]] = {
    "nothing": (None, {}, CreateOrigin.CREATED, 1, 1, 2, ["intent", "applied"]),
    "slow": ("slow", {"ms": 200}, CreateOrigin.CREATED, 1, 1, 2, ["intent", "applied"]),
    "lost before": ("lost-before", {}, OutcomeUnknown, 0, 1, 3, ["intent", "unknown"]),
    "lost after": ("lost-after", {}, CreateOrigin.SETTLED, 1, 1, 2, ["intent", "unknown", "applied"]),
    "cut in its body": ("mid-body", {}, CreateOrigin.SETTLED, 1, 1, 2, ["intent", "unknown", "applied"]),
    "no reply": ("hang", {}, OutcomeUnknown, 0, 1, 3, ["intent", "unknown"]),
    "no reply, done": ("hang-after-commit", {}, CreateOrigin.SETTLED, 1, 1, 2, ["intent", "unknown", "applied"]),
    "500, not done": (
        "status", {}, CreateOrigin.CREATED, 1, 2, 3, ["intent", "unknown", "intent", "applied", "applied"],
    ),
    "500, done": ("status-after-commit", {}, CreateOrigin.SETTLED, 1, 1, 2, ["intent", "unknown", "applied"]),
    "a gateway's 502": ("status", {"status": 502}, OutcomeUnknown, 0, 1, 3, ["intent", "unknown"]),
    "a gateway's 504, done": (
        "status-after-commit", {"status": 504}, CreateOrigin.SETTLED, 1, 1, 2, ["intent", "unknown", "applied"],
    ),
    "a page with 200": ("html", {}, OutcomeUnknown, 0, 1, 3, ["intent", "unknown"]),
    "a page with 200, done": ("html-after-commit", {}, CreateOrigin.SETTLED, 1, 1, 2, ["intent", "unknown", "applied"]),
    "half a reply": ("truncated-json", {}, CreateOrigin.SETTLED, 1, 1, 2, ["intent", "unknown", "applied"]),
    "success false": ("success-false", {}, Refused, 0, 1, 2, ["intent", "not applied"]),
    'success "false"': ("string-false", {}, Refused, 0, 1, 2, ["intent", "not applied"]),
    "one 429": ("status", {"status": 429}, CreateOrigin.CREATED, 1, 2, 2, ["intent", "applied"]),
    "429 for ever": (
        "status", {"status": 429, "times": "always"}, RateLimited, 0, 4, 2, ["intent", "not applied"],
    ),
    "a refused token": ("unauthorized", {}, TokenRefused, 0, 1, 1, ["intent", "not applied"]),
    "500 for ever": (
        "status", {"times": "always"}, OutcomeUnknown, 0, 2, 3, ["intent", "unknown", "intent", "unknown"],
    ),
    "500 and then lost, done": (
        "lost-after", {"nth": [2]}, CreateOrigin.SETTLED, 1, 2, 3,
        ["intent", "unknown", "intent", "unknown", "applied"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_one_create_under_one_fault(sandbox: Sandbox, folder: Path, case: str) -> None:
    kind, parameters, end, agents, posts, lists, journal = FAULTS[case]
    if kind is not None:
        sandbox.fault(kind, method="POST", path="/v1/agent", **parameters)
    if case == "500 and then lost, done":
        sandbox.fault("status", method="POST", path="/v1/agent", nth=[1])

    hangs = kind in ("hang", "hang-after-commit")
    limits = replace(HASTY, reply_timeout=0.2) if hangs else HASTY

    def seen() -> None:
        """The client may leave before the service reads what it sent."""
        if hangs:
            sandbox.wait_for(lambda request: request["fault"] == kind)

    async def run() -> object:
        async with a_run(sandbox, folder, limits=limits, seen=seen) as one:
            try:
                return (await one.create("a", 1, "1001")).origin
            except ApiError as problem:
                assert problem.next_step
                assert number(1)[1:] not in str(problem)
                return type(problem)

    assert asyncio.run(run()) is end
    assert len(sandbox.agents()) == agents
    assert sandbox.counts() == {LIST: lists, **({POST: posts} if posts else {})}
    assert written(folder) == journal


def test_a_create_that_comes_late_is_waited_for(sandbox: Sandbox, folder: Path) -> None:
    """The connection is cut, and the service goes on with the request all the same."""
    sandbox.fault("late", method="POST", ms=400)

    def late() -> None:
        sandbox.wait_for(lambda request: request["committed"])

    async def run() -> tuple[CreateOrigin, list[float]]:
        async with a_run(sandbox, folder, late=late) as one:
            made = await one.create("a")
            assert made.record.eid == sandbox.agents()[0]["eid"]
            return made.origin, one.slept

    origin, slept = asyncio.run(run())
    assert origin is CreateOrigin.SETTLED
    assert len(sandbox.agents()) == 1
    assert sandbox.counts()[POST] == 1
    # Where the first look came after it, there was nothing left to wait for.
    assert (slept, sandbox.counts()[LIST]) in (([LATE_SECONDS], 3), ([], 2))


def test_what_the_account_has_is_taken_over_without_a_write(sandbox: Sandbox, folder: Path) -> None:
    there = sandbox.add_agent("+12025550101", intercom="1001")

    async def run() -> None:
        async with a_run(sandbox, folder) as one:
            made = await one.create("a", 1, "1001")
            assert (made.origin, made.record.eid) == (CreateOrigin.FOUND, there["eid"])

    asyncio.run(run())
    assert sandbox.counts() == {LIST: 1}
    assert written(folder) == []


def test_one_agent_is_never_that_of_two_entries(sandbox: Sandbox, folder: Path) -> None:
    """A list without country codes shows the first one's agent where the second one's number is looked for."""
    sandbox.settings(number_form="national")

    async def run() -> None:
        async with a_run(sandbox, folder) as one:
            await one.create("a", 1)
            india = parse_number("+91" + number(1)[2:])
            with pytest.raises(OutcomeUnknown, match=r"shows the agent of `a` .* the two cannot be told apart"):
                await one.creator.create("b", NewAgent("B", india.e164), india, lambda _: None)

    asyncio.run(run())
    assert sandbox.counts()[POST] == 1


def test_a_list_that_shrank_in_the_run_settles_nothing(sandbox: Sandbox, folder: Path) -> None:
    """The create was done, its reply says 500, and the list that should settle it is cut short."""
    for index in range(20, 40):
        sandbox.add_agent(number(index))
    sandbox.fault("status-after-commit", method="POST", path="/v1/agent")
    sandbox.fault("cut-list", nth=[2], keep=3)

    async def run() -> None:
        async with a_run(sandbox, folder) as one:
            with pytest.raises(OutcomeUnknown):
                await one.create("a", 1)

    asyncio.run(run())
    assert sandbox.counts()[POST] == 1
    assert len(sandbox.agents()) == 21


def test_an_intercom_that_was_taken_since_the_plan_is_refused_without_a_write(sandbox: Sandbox, folder: Path) -> None:
    there = sandbox.add_agent("+12025550199", intercom="1001")

    async def run() -> None:
        async with a_run(sandbox, folder) as one:
            with pytest.raises(Refused, match=rf"the intercom 1001 is held by another agent \(eid {there['eid']}\)"):
                await one.create("a", 1, "1001")

    asyncio.run(run())
    assert sandbox.counts() == {LIST: 1}


@pytest.mark.parametrize("create", ["nothing", "lost-after"])
def test_a_create_is_never_told_as_undone_because_the_list_cannot_be_read(
    sandbox: Sandbox, folder: Path, create: str
) -> None:
    if create != "nothing":
        sandbox.fault(create, method="POST")
    sandbox.fault("status", method="GET", nth=[2, 3, 4])

    async def run() -> str:
        async with a_run(sandbox, folder) as one:
            with pytest.raises(OutcomeUnknown) as caught:
                await one.create("a")
            return str(caught.value)

    told = asyncio.run(run())
    assert "was lost" in told if create != "nothing" else "the API confirmed the create, but then its list" in told
    assert "run again: the account is listed first" in told
    assert len(sandbox.agents()) == 1
    assert sandbox.counts() == {LIST: 4, POST: 1}


def test_a_confirmed_create_that_no_list_shows_is_not_sent_again(sandbox: Sandbox, folder: Path) -> None:
    sandbox.fault("cut-list", nth=[2], keep=0)

    async def run() -> None:
        async with a_run(sandbox, folder) as one:
            with pytest.raises(OutcomeUnknown, match="confirmed the create, but its list does not show the agent"):
                await one.create("a")

    asyncio.run(run())
    assert sandbox.counts() == {LIST: 2, POST: 1}
    assert len(sandbox.agents()) == 1

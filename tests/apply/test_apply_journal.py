"""The journal: the intent is on disk before the request leaves, the outcome after; a later run settles the rest."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest

from digo.api import Limits, NewLead, Refused, put_lead
from digo.apply.agent_creator import CreateOrigin
from digo.state.journal import (
    Journal,
    Outcome,
    read_run,
    runs,
    superseded_writes,
    unsettled,
)
from sandbox.testing import Sandbox
from tests.apply.apply_place import CALL, LATE_SECONDS, a_run, entry, last, number, save, written

POST, LIST = "POST /v1/agent", "GET /v1/agents"


def test_the_intent_is_on_disk_before_the_request_leaves(sandbox: Sandbox, folder: Path) -> None:
    sandbox.fault("hang", method="POST")

    async def run() -> None:
        async with a_run(sandbox, folder) as one:
            making = asyncio.create_task(one.create("a", 1, "1001"))
            await asyncio.to_thread(sandbox.wait_for, lambda request: request["fault"] == "hang")
            (found,) = unsettled(folder)
            assert (found.key, found.call, found.outcome) == ("a", CALL, Outcome.INTENT)
            await asyncio.to_thread(sandbox.clear_faults)
            await making

    asyncio.run(run())
    assert written(folder) == ["intent", "applied"]
    assert unsettled(folder) == []


def test_the_journal_has_no_number_no_name_and_no_token(sandbox: Sandbox, folder: Path) -> None:
    sandbox.fault("status", method="POST", status=422, message=f"{number(1)} is taken; {sandbox.token}")

    async def run() -> None:
        async with a_run(sandbox, folder) as one:
            with pytest.raises(Refused):
                await one.create("a")
            await one.create("b", 2)

    asyncio.run(run())
    text = runs(folder)[0].read_text()
    assert "5550101" not in text and "5550102" not in text
    assert sandbox.token not in text and "Agent" not in text
    assert [found.key for found in last(folder)] == ["a", "b"]
    assert last(folder)[0].note.endswith("***0101 is taken; [secret]")


def test_leads_are_journalled_by_the_same_context(sandbox: Sandbox, folder: Path) -> None:
    async def run() -> None:
        async with a_run(sandbox, folder) as one, one.journal.writing("otp-0101", "POST /v1/broadcast/lead"):
            await one.client.send(put_lead(NewLead("4711", number(1))))

    asyncio.run(run())
    assert written(folder) == ["intent", "applied"]


def test_many_entries_are_whole_lines(folder: Path) -> None:
    async def run() -> None:
        journal = Journal(folder)

        async def write(index: int) -> None:
            async with journal.writing(f"a{index}", CALL):
                await asyncio.sleep(0)

        await asyncio.gather(*(write(index) for index in range(200)))

    asyncio.run(run())
    assert len(runs(folder)) == 1
    found = last(folder)
    assert {one.key for one in found} == {f"a{index}" for index in range(200)}
    assert {one.outcome for one in found} == {Outcome.APPLIED}
    assert len(written(folder)) == 400


@pytest.mark.parametrize(
    "tail",
    ['{"at": 1.0, "write": "w", "key": "a", "ca', "{", '"text"', "[]", '{"outcome": "applied"}', "\x00\x00", "null",
     '{"at": 1.0, "write": "w", "key": "a", "call": "c", "outcome": "new word", "note": ""}'],
)  # fmt: skip
def test_a_line_that_was_cut_or_is_strange_says_nothing(folder: Path, tail: str) -> None:
    save(folder, "1-1.jsonl", entry("w"), entry("v", Outcome.APPLIED), tail=tail)
    assert [(one.write, one.outcome) for one in read_run(folder / "1-1.jsonl")] == [
        ("w", Outcome.INTENT),
        ("v", Outcome.APPLIED),
    ]
    assert [one.write for one in unsettled(folder)] == ["w"]


def test_bytes_that_are_no_text_do_not_hide_the_rest(folder: Path) -> None:
    save(folder, "1-1.jsonl", entry("w"))
    with (folder / "1-1.jsonl").open("ab") as file:
        file.write(b"\xff\xfe\n")
    assert [one.write for one in unsettled(folder)] == ["w"]


@pytest.mark.parametrize(
    ("outcome", "is_open"),
    [(Outcome.INTENT, True), (Outcome.UNKNOWN, True), (Outcome.APPLIED, False), (Outcome.NOT_APPLIED, False),
     (Outcome.SETTLED, False)],
)  # fmt: skip
def test_which_writes_are_not_settled(folder: Path, outcome: Outcome, is_open: bool) -> None:
    save(folder, "1-1.jsonl", entry("w", Outcome.INTENT, 1), entry("w", outcome, 2))
    assert bool(unsettled(folder)) is is_open


@pytest.mark.parametrize(
    ("outcome", "is_overtaken"),
    [(Outcome.INTENT, True), (Outcome.UNKNOWN, True), (Outcome.APPLIED, True), (Outcome.NOT_APPLIED, False)],
)
def test_a_write_is_overtaken_by_one_that_may_have_been_applied(
    folder: Path, outcome: Outcome, is_overtaken: bool
) -> None:
    save(folder, "1-1.jsonl", replace(entry("w"), was="v"), entry("w", outcome), entry("x", outcome))
    assert superseded_writes(folder) == ({"v"} if is_overtaken else set())


def test_a_later_run_settles_an_earlier_ones_write_and_the_newest_is_last(folder: Path) -> None:
    save(folder, "1-1.jsonl", entry("w", at=5), entry("v", at=1), entry("u", at=3))
    save(folder, "2-1.jsonl", entry("u", Outcome.SETTLED, at=9))
    assert [one.write for one in unsettled(folder)] == ["v", "w"]


def test_a_run_that_died_is_settled_before_anything_is_created(sandbox: Sandbox, folder: Path) -> None:
    """The other run's request is still at work when this one begins; it lands while this one waits."""
    sandbox.fault("late", method="POST", ms=300, cut=False)

    async def died() -> None:
        async with a_run(sandbox, folder, clock_name="1") as one:
            making = asyncio.create_task(one.create("a"))
            await asyncio.to_thread(sandbox.wait_for, lambda request: request["fault"] == "late")
            making.cancel()
            await asyncio.gather(making, return_exceptions=True)

    def late() -> None:
        sandbox.wait_for(lambda request: request["committed"])

    async def next_run() -> CreateOrigin:
        left = unsettled(folder)
        assert [one.outcome for one in left] == [Outcome.INTENT]
        async with a_run(sandbox, folder, clock_name="2", earlier=left, late=late) as one:
            made = await one.create("a")
            assert one.told == ["an earlier run left creates whose outcome is not known; waiting for late ones", ""]
            assert one.slept == [LATE_SECONDS]
            return made.origin

    asyncio.run(died())
    assert sandbox.counts() == {LIST: 1, POST: 1}
    assert asyncio.run(next_run()) is CreateOrigin.FOUND
    assert sandbox.counts() == {LIST: 2, POST: 1}
    assert len(sandbox.agents()) == 1
    assert written(folder) == ["settled"]
    assert unsettled(folder) == []


def test_an_old_intent_costs_a_list_read_and_no_wait(sandbox: Sandbox, folder: Path) -> None:
    save(folder, "1-1.jsonl", entry("w", at=time.time() - 3600))

    async def run() -> None:
        async with a_run(sandbox, folder, clock_name="2", earlier=unsettled(folder)) as one:
            made = await one.create_all(range(3))
            assert {found.origin for found in made} == {CreateOrigin.CREATED}
            assert not [text for text in one.told if "earlier run" in text]
            assert one.slept == []

    asyncio.run(run())
    assert sandbox.counts() == {LIST: 2, POST: 3}
    assert unsettled(folder) == []


def test_an_intent_may_have_been_waited_for_until_its_run_was_killed(sandbox: Sandbox, folder: Path) -> None:
    """The journal says when a request was begun, not when its run died: the reply may have been lost just now."""
    left = [entry("w", at=time.time() - 10)]

    async def run() -> None:
        async with a_run(sandbox, folder, clock_name="2", earlier=left, limits=Limits(reply_timeout=20)) as one:
            await one.create("a")
            assert one.told[0] == "an earlier run left creates whose outcome is not known; waiting for late ones"
            assert one.slept == [LATE_SECONDS]

    asyncio.run(run())


def test_a_clock_that_ran_ahead_holds_nobody_up(sandbox: Sandbox, folder: Path) -> None:
    save(folder, "1-1.jsonl", entry("w", at=time.time() + 3600))

    async def run() -> None:
        async with a_run(sandbox, folder, clock_name="2", earlier=unsettled(folder)) as one:
            await one.create("a")
            assert one.slept == [LATE_SECONDS]

    asyncio.run(run())
    assert unsettled(folder) == []


def test_leads_of_an_earlier_run_are_nothing_to_wait_for(sandbox: Sandbox, folder: Path) -> None:
    """Sending a lead twice is harmless."""
    left = [entry("w", at=time.time(), call="POST /v1/broadcast/lead")]

    async def run() -> None:
        async with a_run(sandbox, folder, earlier=left) as one:
            await one.create("a")
            assert not [text for text in one.told if "earlier run" in text]

    asyncio.run(run())
    assert sandbox.counts() == {LIST: 2, POST: 1}

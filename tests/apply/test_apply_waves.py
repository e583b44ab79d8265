"""How many list reads creates cost, and what runs beside each other do to one account."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest

from digo.api import ApiError, NewAgent, OutcomeUnknown, ReadUnknown, add_agent
from digo.api.snapshot import Snapshot
from digo.apply.agent_creator import CreateOrigin
from digo.apply.list_coalescer import ListCoalescer
from digo.state.journal import Outcome
from sandbox.testing import Sandbox
from tests.apply.apply_place import a_run, last, number
from tests.apply.no_time import in_no_time

POST, LIST = "POST /v1/agent", "GET /v1/agents"


def test_creates_side_by_side_share_one_list_read(sandbox: Sandbox, folder: Path) -> None:
    async def run() -> None:
        async with a_run(sandbox, folder) as one:
            made = await one.create_all(range(64))
        eids = {agent["follow_me_number"]: agent["eid"] for agent in sandbox.agents()}
        assert [one.record.eid for one in made] == [eids[number(index)] for index in range(64)]
        assert {one.origin for one in made} == {CreateOrigin.CREATED}

    asyncio.run(run())
    assert sandbox.counts() == {POST: 64, LIST: 2}
    assert {entry.outcome for entry in last(folder)} == {Outcome.APPLIED}
    assert len(last(folder)) == 64


@pytest.mark.parametrize(("agent_id", "lists"), [("eid", 3), ("id", 6), ("other", 6)])
def test_the_replys_id_is_believed_only_when_two_lists_have_shown_it(
    sandbox: Sandbox, folder: Path, agent_id: str, lists: int
) -> None:
    """Five creates one after the other: with an `agent_id` that is the EID, the list is read twice after them."""
    sandbox.settings(agent_id=agent_id)

    async def run() -> None:
        async with a_run(sandbox, folder) as one:
            made = [await one.create(f"a{index}", index) for index in range(5)]
        assert [one.record.eid for one in made] == [agent["eid"] for agent in sandbox.agents()]
        assert [one.record.id is None for one in made] == [False, False, *[agent_id == "eid"] * 3]

    asyncio.run(run())
    assert sandbox.counts() == {POST: 5, LIST: lists}


def test_many_under_faults_end_exactly_once(sandbox: Sandbox, folder: Path) -> None:
    sandbox.settings(agent_id="other")
    sandbox.fault("lost-after", method="POST", every=3)
    sandbox.fault("status-after-commit", method="POST", every=5)
    sandbox.fault("status", method="POST", every=7)

    async def run() -> None:
        async with a_run(sandbox, folder) as one:
            made = await one.create_all(range(30))
        assert len({one.record.eid for one in made}) == 30

    asyncio.run(run())
    assert sorted(agent["follow_me_number"] for agent in sandbox.agents()) == [number(index) for index in range(30)]


def test_two_runs_on_an_account_that_refuses_duplicates_make_one_agent(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.settings(duplicates="refuse")

    async def run() -> list[CreateOrigin]:
        async with a_run(sandbox, tmp_path / "one") as one, a_run(sandbox, tmp_path / "other") as other:
            await asyncio.gather(one.account.current(), other.account.current())
            made = await asyncio.gather(one.create("a", 1, "1001"), other.create("a", 1, "1001"))
            assert made[0].record.eid == made[1].record.eid
            return [one.origin for one in made]

    assert {*asyncio.run(run())} == {CreateOrigin.CREATED, CreateOrigin.FOUND}
    assert len(sandbox.agents()) == 1
    assert sandbox.counts() == {POST: 2, LIST: 4}


def test_a_second_run_that_looks_later_writes_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    async def run() -> None:
        async with a_run(sandbox, tmp_path / "one") as one, a_run(sandbox, tmp_path / "other") as other:
            first = await one.create("a")
            second = await other.create("a")
            assert (first.origin, second.origin) == (CreateOrigin.CREATED, CreateOrigin.FOUND)
            assert first.record.eid == second.record.eid

    asyncio.run(run())
    assert sandbox.counts() == {POST: 1, LIST: 3}


def test_a_duplicate_that_the_account_let_in_is_told_and_not_chosen_from(sandbox: Sandbox, folder: Path) -> None:
    """Between the look and the write somebody else made the same agent: nothing in the API can prevent that."""

    async def run() -> str:
        async with a_run(sandbox, folder) as one:
            await one.account.current()
            await one.client.send(add_agent(NewAgent("Other", number(1))))
            with pytest.raises(OutcomeUnknown) as caught:
                await one.create("a")
            return str(caught.value)

    told = asyncio.run(run())
    eids = ", ".join(f"eid {agent['eid']}" for agent in sandbox.agents())
    assert f"the account has several agents with this follow_me_number ({eids})" in told
    assert "remove the wrong ones in the panel, then run again" in told


def test_the_account_is_read_once_however_many_ask(sandbox: Sandbox, folder: Path) -> None:
    async def run() -> None:
        async with a_run(sandbox, folder) as one:
            snapshots = await asyncio.gather(*(one.account.current() for _ in range(50)))
            assert all(snapshot is snapshots[0] for snapshot in snapshots)
            assert await one.account.relist() is not snapshots[0]
            assert await one.account.current() is not snapshots[0]

    asyncio.run(run())
    assert sandbox.counts() == {LIST: 2}


def test_a_failed_read_is_told_to_all_and_never_remembered_as_empty(sandbox: Sandbox, folder: Path) -> None:
    sandbox.add_agent(number(1))
    sandbox.fault("object", method="GET")

    async def run() -> None:
        async with a_run(sandbox, folder) as one:
            found = await asyncio.gather(*(one.account.current() for _ in range(5)), return_exceptions=True)
            assert {type(problem) for problem in found} == {ReadUnknown}
            assert len((await one.account.current()).agents) == 1

    asyncio.run(run())
    assert sandbox.counts() == {LIST: 2}


def test_one_waiters_cancellation_takes_the_read_from_nobody(sandbox: Sandbox, folder: Path) -> None:
    sandbox.fault("hang", method="GET")

    async def run() -> None:
        async with a_run(sandbox, folder) as one:
            waiters = [asyncio.create_task(one.account.current()) for _ in range(3)]
            await asyncio.to_thread(sandbox.wait_for, lambda request: request["fault"] == "hang")
            waiters[0].cancel()
            await asyncio.to_thread(sandbox.clear_faults)
            found = await asyncio.gather(*waiters, return_exceptions=True)
            assert isinstance(found[0], asyncio.CancelledError)
            assert found[1] is found[2] and isinstance(found[1], Snapshot)

    asyncio.run(run())
    assert sandbox.counts() == {LIST: 1}


def test_one_writers_cancellation_takes_the_wave_from_nobody() -> None:
    async def run() -> None:
        answer = asyncio.Event()

        async def relist() -> Snapshot:
            await answer.wait()
            return Snapshot.of(())

        waves = ListCoalescer(relist, quiet_seconds=0.01)
        gone, kept = (asyncio.create_task(_write(waves)) for _ in range(2))
        await asyncio.sleep(0.05)
        gone.cancel()
        answer.set()
        await kept
        assert gone.cancelled()

    asyncio.run(run())


def test_a_wave_ends_when_no_write_is_under_way() -> None:
    async def run() -> list[str]:
        happened: list[str] = []

        async def relist() -> Snapshot:
            happened.append("list")
            return Snapshot.of(())

        waves = ListCoalescer(relist, quiet_seconds=0.01)

        async def write(done: asyncio.Event) -> None:
            with waves.writing():
                await done.wait()
                happened.append("written")
            await waves.list_after_writes()

        gates = [asyncio.Event(), asyncio.Event()]
        writes = [asyncio.create_task(write(gate)) for gate in gates]
        await asyncio.sleep(0)
        gates[0].set()
        await asyncio.sleep(0.05)  # longer than the quiet time: the second write alone holds the wave
        gates[1].set()
        await asyncio.gather(*writes)
        return happened

    assert asyncio.run(run()) == ["written", "written", "list"]


def test_a_wave_whose_read_fails_tells_all_who_wait_and_the_next_one_reads_again() -> None:
    async def run() -> None:
        answers: list[Snapshot | ApiError] = [
            ReadUnknown("unread", next_step="again", method="GET", path="/v1/agents"),
            Snapshot.of(()),
        ]

        async def relist() -> Snapshot:
            answer = answers.pop(0)
            if isinstance(answer, ApiError):
                raise answer
            return answer

        waves = ListCoalescer(relist, quiet_seconds=0.01)
        found = await asyncio.gather(waves.list_after_writes(), waves.list_after_writes(), return_exceptions=True)
        assert [type(problem) for problem in found] == [ReadUnknown, ReadUnknown]
        assert isinstance(await waves.list_after_writes(), Snapshot)

    asyncio.run(run())


def test_a_wave_is_over_when_all_that_can_be_under_way_wait() -> None:
    assert asyncio.run(asyncio.wait_for(_reads_of(2, quiet_seconds=3600, at_once=3), 60)) == 2


def test_a_wave_that_cannot_be_complete_ends_in_silence() -> None:
    assert asyncio.run(_reads_of(1, quiet_seconds=0.01, at_once=64)) == 1


async def _reads_of(waves_of_three: int, *, quiet_seconds: float, at_once: int) -> int:
    """How often the list is read for so many times three writes side by side."""
    reads = 0

    async def relist() -> Snapshot:
        nonlocal reads
        reads += 1
        return Snapshot.of(())

    waves = ListCoalescer(relist, quiet_seconds, at_once)
    for _ in range(waves_of_three):
        await asyncio.gather(*(_write(waves) for _ in range(3)))
    return reads


def served(begins: Iterable[float], read_seconds: float, at_once: int | None = None) -> list[int]:
    """How many writes each list is of; the writes begin at these seconds and take no time. No list is read beside
    another."""

    async def run() -> list[int]:
        waiting, found, reading = 0, [], asyncio.Lock()

        async def relist() -> Snapshot:
            nonlocal waiting
            assert not reading.locked()
            async with reading:
                found.append(waiting)
                waiting = 0
                await asyncio.sleep(read_seconds)
                return Snapshot.of(())

        waves = ListCoalescer(relist, quiet_seconds=0.2, at_once=at_once)

        async def write(begins_at: float) -> None:
            nonlocal waiting
            await asyncio.sleep(begins_at)
            with waves.writing():
                waiting += 1
            await waves.list_after_writes()

        await asyncio.gather(*map(write, begins))
        return found

    return in_no_time(run())


def test_an_engine_that_works_on_more_than_it_said_costs_one_read() -> None:
    begins = [number * 0.01 for number in range(10)]
    assert served(begins, 0.02, at_once=1) == [1, 9], "silence decides from here on: one read for all the others"


def test_while_a_list_is_slow_no_other_is_read_beside_it() -> None:
    assert served(range(5), 5) == [1, 4]


async def _write(waves: ListCoalescer) -> None:
    with waves.writing():
        await asyncio.sleep(0)
    await waves.list_after_writes()

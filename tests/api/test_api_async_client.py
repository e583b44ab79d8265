"""The asyncio client: the same judgement, many at once, and a stop that lets no write begin."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from pyrate_limiter import RateItem, StateBucket
from pyrate_limiter import TokenBucket as Policy

from digo.api import (
    Access,
    ApiError,
    AsyncClient,
    Limits,
    NewAgent,
    NewLead,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    ReadUnknown,
    Refused,
    TokenRefused,
    add_agent,
    list_agents,
    put_lead,
)
from digo.api.pace import NoLimit, concurrency_of, pace_of
from digo.api.token_bucket import TokenBucket, account_rate
from sandbox.testing import Sandbox
from tests.api.api_values import HASTY, NUMBER

AGENT = add_agent(NewAgent("Test Agent", NUMBER, "1001"))
LEAD = put_lead(NewLead("4711", NUMBER))


def agent(number: int) -> Any:
    return add_agent(NewAgent(f"Agent {number}", f"+120255501{number:02d}"))


def run(sandbox: Sandbox, work: Callable[[AsyncClient], Awaitable[None]], **options: Any) -> None:
    async def main() -> None:
        access = Access(sandbox.url, sandbox.token)
        async with AsyncClient(access, **{"limits": HASTY, **options}) as client:
            await asyncio.wait_for(work(client), 60)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("kind", "fault", "error"),
    [
        ("unauthorized", {}, TokenRefused),
        ("status", {"status": 500}, OutcomeUnknown),
        ("status", {"status": 429, "times": "always"}, RateLimited),
        ("html-after-commit", {}, OutcomeUnknown),
        ("string-false", {}, Refused),
        ("truncated-json", {}, OutcomeUnknown),
        ("lost-after", {}, OutcomeUnknown),
        ("mid-body", {}, OutcomeUnknown),
    ],
)
def test_it_judges_as_the_blocking_client_does(
    sandbox: Sandbox, kind: str, fault: dict[str, object], error: type[ApiError]
) -> None:
    async def work(client: AsyncClient) -> None:
        with pytest.raises(error):
            await client.send(AGENT)

    sandbox.fault(kind, **fault)
    run(sandbox, work)
    assert len(sandbox.requests()) == (HASTY.tries_when_limited if error is RateLimited else 1)


@pytest.mark.parametrize("kind", ["lost-before", "lost-after", "mid-body"])
def test_a_connection_that_served_before_and_breaks_is_no_proof_of_anything(sandbox: Sandbox, kind: str) -> None:
    """The request may have been read: it is neither "not sent" nor sent a second time below us."""

    async def work(client: AsyncClient) -> None:
        await client.send(agent(1))
        sandbox.fault(kind)
        with pytest.raises(OutcomeUnknown) as raised:
            await client.send(agent(2))
        assert not raised.value.answered

    run(sandbox, work, connections=1)
    assert [request["path"] for request in sandbox.requests()] == ["/v1/agent"] * 2


def test_nobody_listening_is_proof_that_nothing_was_sent(nobody: str) -> None:
    async def work() -> None:
        async with AsyncClient(Access(nobody, "example-token"), limits=HASTY) as client:
            with pytest.raises(NotSent):
                await client.send(AGENT)

    asyncio.run(work())


def test_reads_and_leads_survive_what_passes(sandbox: Sandbox) -> None:
    async def work(client: AsyncClient) -> None:
        await asyncio.gather(client.send(list_agents()), client.send(LEAD))

    sandbox.fault("lost-after", times=2)
    run(sandbox, work)
    assert len(sandbox.requests()) == 4
    assert len(sandbox.leads(4711)) == 1


def test_connections_bound_what_is_under_way(sandbox: Sandbox) -> None:
    async def work(client: AsyncClient) -> None:
        creates = [asyncio.create_task(client.send(agent(n))) for n in range(8)]
        await asyncio.to_thread(sandbox.wait_for, lambda request: request["n"] == 3)
        under_way = [request for request in sandbox.requests() if request["outcome"] == "open"]
        assert len(under_way) == 3
        sandbox.clear_faults()
        await asyncio.gather(*creates)

    sandbox.fault("hang", times=3)
    run(sandbox, work, connections=3)
    assert len(sandbox.agents()) == 8


def test_a_stop_lets_no_write_begin_and_those_under_way_end(sandbox: Sandbox) -> None:
    async def work(client: AsyncClient) -> None:
        creates = [asyncio.create_task(client.send(agent(n))) for n in range(6)]
        await asyncio.to_thread(sandbox.wait_for, lambda request: request["n"] == 2)
        client.stop()
        sandbox.clear_faults()
        results = await asyncio.gather(*creates, return_exceptions=True)
        assert [type(result).__name__ for result in results] == ["Receipt"] * 2 + ["NotSent"] * 4
        assert await client.send(list_agents())
        with pytest.raises(NotSent, match="cancelled"):
            await client.send(LEAD)

    sandbox.fault("hang", times="always")
    run(sandbox, work, connections=2)
    assert sandbox.counts() == {"POST /v1/agent": 2, "GET /v1/agents": 1}


def test_a_write_that_is_cancelled_in_the_queue_leaves_its_place(sandbox: Sandbox) -> None:
    async def work(client: AsyncClient) -> None:
        first = asyncio.create_task(client.send(agent(1)))
        await asyncio.to_thread(sandbox.wait_for, lambda request: request["n"] == 1)
        queued = asyncio.create_task(client.send(agent(2)))
        await asyncio.sleep(0.05)
        queued.cancel()
        with pytest.raises(asyncio.CancelledError):
            await queued
        sandbox.clear_faults()
        await asyncio.gather(first, client.send(agent(3)))

    sandbox.fault("hang")
    run(sandbox, work, connections=1)
    assert [found["name"] for found in sandbox.agents()] == ["Agent 1", "Agent 3"]


@pytest.mark.parametrize("where", ["waiting for the pace", "between two tries"])
def test_a_stop_ends_the_wait_of_a_write(sandbox: Sandbox, where: str) -> None:
    """With the pauses of real life a test would run into its time limit here if the wait went on."""
    pace = SlowPace()
    patient = Limits(first_pause=300.0, longest_pause=300.0)

    async def work(client: AsyncClient) -> None:
        create = asyncio.create_task(client.send(AGENT))
        if where == "between two tries":
            await asyncio.to_thread(sandbox.wait_for, lambda request: request["status"] == 429)
        else:
            await asyncio.sleep(0.05)
        client.stop()
        with pytest.raises(NotSent, match="cancelled"):
            await create

    sandbox.fault("status", status=429, retry_after=300, times="always")
    run(sandbox, work, limits=patient, pace=pace if where == "waiting for the pace" else NoLimit())
    assert len(sandbox.requests()) == (1 if where == "between two tries" else 0)


def test_a_stop_while_a_429_is_on_its_way_is_why_it_was_not_sent_again() -> None:
    came, go_on = asyncio.Event(), asyncio.Event()

    async def limited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        came.set()
        await go_on.wait()
        writer.write(b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 300\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async def main() -> None:
        async with await asyncio.start_server(limited, "127.0.0.1", 0) as server:
            address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            async with AsyncClient(Access(address, "example-token")) as client:
                create = asyncio.create_task(client.send(AGENT))
                await came.wait()
                client.stop()
                go_on.set()
                with pytest.raises(NotSent, match="cancelled"):
                    await create

    asyncio.run(asyncio.wait_for(main(), 60))


@pytest.mark.parametrize("after", ["refused", "stopped"])
def test_a_repeat_that_did_nothing_is_no_word_of_the_try_that_was_lost(sandbox: Sandbox, after: str) -> None:
    async def work(client: AsyncClient) -> None:
        lead = asyncio.create_task(client.send(LEAD))
        if after == "stopped":
            await asyncio.to_thread(sandbox.wait_for, lambda request: request["outcome"] == "cut")
            client.stop()
        with pytest.raises(OutcomeUnknown, match="was lost"):
            await lead

    sandbox.fault("lost-after", nth=[1])
    sandbox.fault("unauthorized", nth=[2])
    patient = replace(HASTY, first_pause=300.0, longest_pause=300.0)
    run(sandbox, work, limits=patient if after == "stopped" else HASTY)
    assert len(sandbox.leads(4711)) == 1


class SlowPace:
    """A budget that is used up for longer than any test lasts."""

    def wait(self) -> None:
        raise AssertionError("the asyncio client never blocks")

    async def wait_async(self) -> None:
        await asyncio.sleep(3600)


class Noting(StateBucket):
    """A budget that notes when it let each call pass, in milliseconds of its own clock."""

    def __init__(self, cps: int) -> None:
        super().__init__([account_rate(cps)], Policy())
        self.passed: list[int] = []

    def put(self, item: RateItem) -> bool:
        allowed = bool(super().put(item))
        if allowed:
            self.passed.append(item.timestamp)
        return allowed


def test_the_budget_is_kept_by_all_calls_together(sandbox: Sandbox) -> None:
    bucket = Noting(10)

    async def work(client: AsyncClient) -> None:
        await asyncio.gather(*(client.send(agent(n) if n % 2 else list_agents()) for n in range(13)))

    run(sandbox, work, pace=TokenBucket(10, bucket))
    assert [request["status"] for request in sandbox.requests()] == [200] * 13
    assert len(bucket.passed) == 13
    # Thirteen at ten a second, two of them at once, cannot all have passed within one: when they arrive is another
    # matter, and up to the machine.
    assert bucket.passed[-1] - bucket.passed[0] >= 1000


def test_reading_times_out_as_lost(sandbox: Sandbox) -> None:
    async def work(client: AsyncClient) -> None:
        with pytest.raises(ReadUnknown):
            await client.send(list_agents())
        with pytest.raises(OutcomeUnknown) as caught:
            await client.send(AGENT)
        assert caught.value.answered is False

    sandbox.fault("hang-after-commit", times="always")
    run(sandbox, work, limits=replace(HASTY, reply_timeout=0.2, tries=1))
    # The client may have left before the service read what it had sent.
    sandbox.wait_for(lambda request: request["method"] == "POST")
    assert sandbox.counts()["POST /v1/agent"] == 1


@pytest.mark.parametrize(("cps", "requests"), [(0, 64), (1, 2), (3, 6), (30, 60), (1000, 64)])
def test_concurrency_follows_the_pace(cps: int, requests: int) -> None:
    assert concurrency_of(cps) == requests
    assert isinstance(pace_of(cps), TokenBucket if cps else NoLimit)

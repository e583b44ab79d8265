"""The account lock in a real Redis and a real Postgres: what runs on several machines share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from digo.api import Access, NotSent
from digo.apply.account_lease import LEASE_SECONDS, AccountLease, lease_store
from digo.apply.account_lock import AccountLock
from digo.system.lock_file import LockFolder
from sandbox.testing import held_port
from tests.pace.servers import postgres_server, redis_server

STORES = {"redis": redis_server, "postgres": postgres_server}
KEYS = ("key-one", "key-two")


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.needs(name)) for name in STORES], scope="module")
def store(request: pytest.FixtureRequest) -> Iterator[str]:
    with STORES[request.param]() as url:
        yield url


async def never() -> bool:
    return False


def no_loss(reason: str) -> None:
    raise AssertionError(reason)


def lease(url: str, on_lost: Callable[[str], None] = no_loss) -> AccountLease:
    return AccountLease(lease_store(url), on_lost)


async def gets(url: str, *keys: str) -> bool:
    """Whether all these locks are free; they are not kept."""
    other = lease(url)
    try:
        return await other.acquire(keys, never)
    finally:
        await other.release()


def test_one_run_holds_what_two_machines_share(store: str) -> None:
    async def race() -> None:
        first = lease(store)
        assert await first.acquire(KEYS, never)
        assert not await gets(store, "key-two", "other")
        assert await gets(store, "other")
        await first.release()
        assert await gets(store, *KEYS)

    asyncio.run(race())


def test_a_run_waits_for_the_one_before_it(store: str) -> None:
    async def race() -> None:
        first, second, waits = lease(store), lease(store), asyncio.Event()

        async def goes_on() -> bool:
            waits.set()
            await asyncio.sleep(0.01)
            return True

        assert await first.acquire(KEYS, never)
        waiting = asyncio.create_task(second.acquire(KEYS, goes_on))
        await waits.wait()
        assert not waiting.done()
        await first.release()
        assert await waiting
        await second.release()

    asyncio.run(race())


def test_a_run_that_gives_up_leaves_nothing_behind(store: str) -> None:
    async def race() -> None:
        first, second = lease(store), lease(store)
        assert await first.acquire(("key-two",), never)
        assert not await second.acquire(KEYS, never)
        await second.release()
        assert await gets(store, "key-one")
        await first.release()

    asyncio.run(race())


async def take_away(url: str) -> None:
    """What a restart, a failover or an administrator does to the locks."""
    if url.startswith("redis"):
        redis.Redis.from_url(url).flushall()
        return
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as admin:
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )


def test_a_lock_that_is_taken_away_is_noticed(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digo.apply.account_lease.RENEW_SECONDS", 0.05)

    async def lose() -> str:
        lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        first = lease(store, lost.set_result)
        assert await first.acquire(KEYS, never)
        await take_away(store)
        reason = await asyncio.wait_for(lost, 60)
        await first.release()
        return reason

    assert asyncio.run(lose()).startswith(f"the store of the shared pace cannot be used ({store.split('://')[0]}://")


@pytest.mark.needs("redis")
def test_a_held_lock_is_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digo.apply.account_lease.RENEW_SECONDS", 0.05)

    lost: list[str] = []

    async def hold(url: str) -> None:
        first, client = lease(url, lost.append), redis.Redis.from_url(url)
        assert await first.acquire(KEYS, never)
        for key in KEYS:
            client.pexpire(f"digo:lock:{key}", 10_000)
        while not lost and any(client.pttl(f"digo:lock:{key}") < 20_000 for key in KEYS):  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # Redis tells nobody
        assert lost == []
        assert all(client.pttl(f"digo:lock:{key}") <= LEASE_SECONDS * 1000 for key in KEYS)
        await first.release()
        assert client.keys() == []

    with redis_server() as url:
        asyncio.run(hold(url))


class SilentStore:
    """A store that gives a lock and then says no more, as behind a broken network."""

    async def take(self, key: str) -> bool:
        return True

    async def renew(self) -> None:
        if self.silent:
            await asyncio.Event().wait()

    async def wait(self, seconds: float) -> None:
        self.silent = True
        await asyncio.sleep(0)

    async def drop(self) -> None:
        pass

    silent = False


def test_a_store_that_says_no_more_is_a_lost_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 0.0, 19.9, 19.9, *[20.1] * 50])
    monkeypatch.setattr("digo.apply.account_lease._now", lambda: next(clock))

    async def lose() -> str:
        lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        held = AccountLease(SilentStore(), lost.set_result)
        assert await held.acquire((), never)
        reason = await asyncio.wait_for(lost, 60)
        await held.release()
        return reason

    assert "did not answer in time" in asyncio.run(lose())


@pytest.mark.parametrize("scheme", ["redis", "postgresql"])
def test_without_the_store_nothing_is_sent(scheme: str) -> None:
    with held_port() as port, pytest.raises(NotSent) as refused:
        asyncio.run(gets(f"{scheme}://user:secret-word@127.0.0.1:{port}", "key"))
    assert f"the store of the shared pace cannot be used ({scheme}://127.0.0.1:{port})" in str(refused.value)
    assert "secret-word" not in str(refused.value)


def test_machines_with_files_of_their_own_are_kept_apart_by_the_store(store: str, tmp_path: Path) -> None:
    """Also with other tokens and another spelling: the list is read again, since no store says when a run ended."""

    def on_machine(name: str, access: Access) -> AccountLock:
        (tmp_path / name).mkdir()
        return AccountLock(access, [LockFolder(tmp_path / name, ("own",))], lease_store(store))

    async def race() -> None:
        one = on_machine("one", Access("https://192.0.2.7/", "token-one"))
        other = on_machine("other", Access("HTTPS://192.0.2.7:443", "token-two"))
        took = asyncio.Event()

        def waits() -> None:
            took.set()

        assert await one.acquire(float("inf"), waits, lambda: False, no_loss)
        assert not took.is_set()
        waiting = asyncio.create_task(other.acquire(float("inf"), waits, lambda: False, no_loss))
        await took.wait()
        assert not other.held
        await one.release()
        assert await waiting
        await other.release()

    asyncio.run(race())

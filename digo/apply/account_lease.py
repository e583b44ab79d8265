"""The account lock in the shared pace store, so that runs on several machines keep apart.

Postgres: advisory locks of one open transaction. They end with the connection, and a pooler keeps a transaction on one
server connection. Redis: the client library's lock, which ends half a minute after its holder died.

A run that loses the lock must not create any more: another machine may have it. The API cannot refuse a late writer, so
the run has to notice by itself.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol
from urllib.parse import urlsplit

from digo.api.errors import NotSent
from digo.api.pace_store import CONNECT_SECONDS, need_driver, unusable_store

LEASE_SECONDS = 30.0  # how long a lock in Redis outlives its holder
RENEW_SECONDS = 5.0
_GIVEN_UP_SECONDS = 20.0  # without an answer for so long, the lock counts as lost: before it ends in the store


class LeaseStore(Protocol):
    """Locks in one store. Every method raises NotSent if the store cannot be used or has taken the locks away."""

    async def take(self, key: str) -> bool:
        """Takes one more lock. False if another run has it."""
        ...

    async def renew(self) -> None:
        """Proves that the locks are still held, and extends them."""
        ...

    async def wait(self, seconds: float) -> None:
        """Waits so long, or until the store ends the connection."""
        ...

    async def drop(self) -> None:
        """Releases all locks and closes the connection. It raises nothing."""
        ...


def lease_store(url: str) -> LeaseStore:
    """The locks in a pace store (`redis://…`, `rediss://…` or `postgresql://…`). It connects on first use.

    Raises:
        NotSent: the library for the store is not installed.
    """
    need_driver(url)
    return _PostgresLocks(url) if urlsplit(url).scheme == "postgresql" else _RedisLocks(url)


class AccountLease:
    """Holds the locks of one account in a store, and notices when they are lost."""

    def __init__(self, store: LeaseStore, on_lost: Callable[[str], None]) -> None:
        self._store = store
        self._on_lost = on_lost
        self._renewed = _now()
        self._keeping: asyncio.Task[None] | None = None

    async def acquire(self, keys: Sequence[str], keep_waiting: Callable[[], Awaitable[bool]]) -> bool:
        """Takes all locks, in this order. False if `keep_waiting` (a pause before the next try) said so.

        Raises:
            NotSent: the store cannot be used.
        """
        for key in keys:
            while not await self._store.take(key):
                if not await keep_waiting():
                    return False
                await self._renew_if_due()
            await self._renew_if_due()
        await self._store.renew()
        self._renewed = _now()
        self._keeping = asyncio.create_task(self._keep())
        return True

    async def release(self) -> None:
        """Releases all locks."""
        if self._keeping is not None:
            self._keeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeping
        await self._store.drop()

    async def _renew_if_due(self) -> None:
        if _now() - self._renewed >= RENEW_SECONDS:
            await self._store.renew()
            self._renewed = _now()

    async def _keep(self) -> None:
        """Renews the locks until they are lost. A store that answers late is asked again while the locks last."""
        while True:
            try:
                await self._store.wait(RENEW_SECONDS)
                left = _GIVEN_UP_SECONDS - (_now() - self._renewed)
                if left <= 0:
                    raise _Late
                begun = _now()
                await asyncio.wait_for(self._store.renew(), left)
                self._renewed = begun
            except LeaseLost as lost:
                self._on_lost(lost.what)
                return
            except (asyncio.TimeoutError, _Late):
                self._on_lost("the store of the shared pace did not answer in time")
                return
            except NotSent:
                await asyncio.sleep(1)
            except Exception as problem:  # a lock that nobody renews is lost
                self._on_lost(f"the store of the shared pace cannot be used: {type(problem).__name__}")
                return


class LeaseLost(NotSent):
    """Another run may have the lock now."""


class _Late(Exception):
    pass


class _RedisLocks:
    def __init__(self, url: str) -> None:
        self._url = url
        self._client: Any = None
        self._locks: list[Any] = []

    async def take(self, key: str) -> bool:
        import redis
        from redis.asyncio.lock import Lock

        try:
            lock = Lock(self._connected(), f"digo:lock:{key}", timeout=LEASE_SECONDS, thread_local=False)
            if not await lock.acquire(blocking=False):
                return False
        except (redis.RedisError, OSError, ValueError) as problem:
            raise unusable_store(self._url, problem) from None
        self._locks.append(lock)
        return True

    async def renew(self) -> None:
        import redis

        try:
            for lock in self._locks:
                await lock.reacquire()
        except redis.exceptions.LockError:
            raise _lost(self._url, RuntimeError("it has no lock of this run any more")) from None
        except (redis.RedisError, OSError) as problem:
            raise unusable_store(self._url, problem) from None

    async def wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def drop(self) -> None:
        import redis

        locks, self._locks = self._locks, []
        for lock in locks:
            with suppress(redis.RedisError, OSError):
                await lock.release()
        if self._client is not None:
            with suppress(redis.RedisError, OSError):
                await self._client.aclose()

    def _connected(self) -> Any:
        from redis.asyncio import Redis

        if self._client is None:
            self._client = Redis.from_url(
                self._url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=CONNECT_SECONDS
            )
        return self._client


class _PostgresLocks:
    """Locks of one transaction, which stays open. Their server releases them as soon as the connection ends."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._open: Any = None

    async def take(self, key: str) -> bool:
        import psycopg

        number = int.from_bytes(hashlib.sha256(f"digo:lock:{key}".encode()).digest()[:8], "big", signed=True)
        try:
            if self._open is None:
                self._open = await psycopg.AsyncConnection.connect(self._url, connect_timeout=int(CONNECT_SECONDS))
            found = await self._open.execute("SELECT pg_try_advisory_xact_lock(%s)", (number,))
            return bool((await found.fetchone())[0])
        except (psycopg.Error, OSError) as problem:
            raise unusable_store(self._url, problem) from None

    async def renew(self) -> None:
        import psycopg

        try:
            await self._open.execute("SELECT 1")
        except (psycopg.Error, OSError) as problem:
            raise _lost(self._url, problem) from None

    async def wait(self, seconds: float) -> None:
        import psycopg

        try:
            async for _ in self._open.notifies(timeout=seconds):
                pass
        except (psycopg.Error, OSError) as problem:
            raise _lost(self._url, problem) from None

    async def drop(self) -> None:
        import psycopg

        if self._open is None:
            return
        # The server notices a closed connection late. A rollback releases the locks before this returns.
        with suppress(psycopg.Error, OSError, asyncio.TimeoutError):
            await asyncio.wait_for(self._open.rollback(), CONNECT_SECONDS)
        with suppress(psycopg.Error, OSError):
            await self._open.close()


def _lost(url: str, problem: Exception) -> LeaseLost:
    unusable = unusable_store(url, problem)
    return LeaseLost(unusable.what, next_step=unusable.next_step, method="", path="")


def _now() -> float:
    """Seconds of a clock that also counts while the machine sleeps, where the system has one."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)

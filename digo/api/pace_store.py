"""The budget of an account that several machines share, in Redis or Postgres, by the server's clock.

The library has the policy and the store for Redis. For Postgres, this module adds a store of one row, locked while it
changes: the library's own Postgres bucket keeps a row for each call, and fails if two processes ask at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pyrate_limiter import Rate, StateBucket, TokenBucket
from pyrate_limiter.abstracts.algorithm import Decision, State, StateAlgorithm
from pyrate_limiter.abstracts.store import StateStore
from pyrate_limiter.buckets.redis_state import RedisStateStore
from pyrate_limiter.clocks import AbstractClock

from digo.api.errors import NotSent
from digo.system.extras import lacking

CONNECT_SECONDS = 5

T = TypeVar("T")


def shared_bucket(url: str, account: str, rate: Rate) -> StateBucket:
    """Makes the bucket at a URL. It connects on first use.

    Args:
        url: `redis://…`, `rediss://…` or `postgresql://…`.
        account: identifies the bucket.
        rate: the account's budget.
    """
    key = f"digo:pace:{account}"
    place = _place(url)
    need_driver(url)
    if urlsplit(url).scheme == "postgresql":
        store = _PostgresStore(url, key, place)
        return StateBucket([rate], TokenBucket(), store, store.clock)
    import redis

    client: Any = _guarded(
        lambda: redis.Redis.from_url(url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=CONNECT_SECONDS),
        place,
        ValueError,
    )
    return StateBucket([rate], TokenBucket(), _RedisStore(client, key, place), _RedisClock(client, place))


def need_driver(url: str) -> None:
    """Makes sure of the library for a store.

    Raises:
        NotSent: it is not installed.
    """
    driver = "psycopg" if urlsplit(url).scheme == "postgresql" else "redis"
    if lack := lacking("shared-pace", "digo:paceStore", driver):
        raise NotSent(lack, next_step="install it; nothing was sent", method="", path="")


def _place(url: str) -> str:
    """The store's URL for messages, without user and password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"


def ask_store(url: str) -> None:
    """Asks the store at a URL whether it is there. It writes nothing.

    Raises:
        NotSent: it cannot be used.
    """
    place = _place(url)
    need_driver(url)
    if urlsplit(url).scheme == "postgresql":
        import psycopg

        def ask_postgres() -> None:
            with psycopg.connect(url, connect_timeout=CONNECT_SECONDS, autocommit=True) as connection:
                connection.execute("SELECT 1")

        _guarded(ask_postgres, place, psycopg.Error)
        return
    import redis

    def ask_redis() -> None:
        options = {"socket_connect_timeout": CONNECT_SECONDS, "socket_timeout": CONNECT_SECONDS}
        with redis.Redis.from_url(url, **options) as client:
            client.ping()

    _guarded(ask_redis, place, redis.RedisError, ValueError)


def unusable_store(url: str, problem: Exception) -> NotSent:
    """The error of a store that cannot be used. It names the store without its password."""
    return _unusable(_place(url), problem)


def _unusable(place: str, problem: Exception) -> NotSent:
    reason = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
    return NotSent(
        f"the store of the shared pace cannot be used ({place}): {reason}",
        next_step="check digo:paceStore (or DIGO_PACE_STORE) and that the store runs; nothing was sent",
        method="",
        path="",
    )


def _guarded(ask: Callable[[], T], place: str, *errors: type[Exception]) -> T:
    try:
        return ask()
    except errors as problem:
        raise _unusable(place, problem) from None


class _RedisClock(AbstractClock):
    def __init__(self, client: Any, place: str) -> None:
        self._client = client
        self._place = place

    def now(self) -> int:
        import redis

        seconds, micros = _guarded(self._client.time, self._place, redis.RedisError)
        return int(seconds) * 1000 + int(micros) // 1000


class _RedisStore(RedisStateStore):
    """The library's store, with errors that a user can act on."""

    is_async = False  # type: ignore[assignment]  # the library declares it None until it sees the client

    def __init__(self, client: Any, key: str, place: str) -> None:
        super().__init__(client, key)
        self._place = place

    def check(self, algorithm: StateAlgorithm, rates: list[Rate], now: int, weight: int) -> Any:
        """Takes tokens, as the library's store does.

        Raises:
            NotSent: Redis cannot be used.
        """
        import redis

        def check() -> Any:
            return super(_RedisStore, self).check(algorithm, rates, now, weight)  # type: ignore[no-untyped-call]  # untyped

        return _guarded(check, self._place, redis.RedisError)

    def close(self) -> None:
        """Closes the connections."""
        self.redis.close()  # type: ignore[no-untyped-call]  # the library has no types


class _PostgresStore(StateStore):
    """Keeps one row for each key, and creates the table if it is missing."""

    is_async = False

    def __init__(self, url: str, key: str, place: str) -> None:
        self._url = url
        self._key = key
        self._place = place
        self._open: Any = None
        self.clock = _PostgresClock(self)

    def check(self, algorithm: StateAlgorithm, rates: list[Rate], now: int, weight: int) -> Decision:  # noqa: ARG002  the library passes `now`
        """Takes tokens in one transaction that locks the row.

        The server's time after the lock counts: `now` is from before the wait for it.
        """

        def step(connection: Any) -> Decision:
            row = connection.execute("SELECT state FROM digo_pace WHERE key = %s FOR UPDATE", (self._key,)).fetchone()
            state, decision = algorithm.step(rates, _decoded(algorithm, rates, row), self._now(connection), weight)
            if decision.allowed:
                written = ",".join(str(number) for number in state)
                connection.execute("UPDATE digo_pace SET state = %s WHERE key = %s", (written, self._key))
            return decision

        return self.run(step)

    def read(self, algorithm: StateAlgorithm, rates: list[Rate]) -> State:
        """The current state, for reports."""
        query = "SELECT state FROM digo_pace WHERE key = %s"
        return self.run(
            lambda connection: _decoded(algorithm, rates, connection.execute(query, (self._key,)).fetchone())
        )

    def reset(self) -> None:
        """Clears the state, as if no token had been taken."""
        self.run(lambda connection: connection.execute("UPDATE digo_pace SET state = '' WHERE key = %s", (self._key,)))

    def run(self, work: Callable[[Any], T]) -> T:
        """Runs `work` in a transaction.

        Raises:
            NotSent: the database cannot be used.
        """
        import psycopg

        def ask() -> T:
            connection = self._connection()
            with connection.transaction():
                return work(connection)

        return _guarded(ask, self._place, psycopg.Error)

    def now(self) -> int:
        """The server's time in milliseconds."""
        return self.run(self._now)

    @staticmethod
    def _now(connection: Any) -> int:
        return int(connection.execute("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint").fetchone()[0])

    def _connection(self) -> Any:
        import psycopg

        if self._open is None or self._open.closed:
            connection = psycopg.connect(self._url, connect_timeout=CONNECT_SECONDS, autocommit=True)
            with connection.transaction():
                # Without the lock, two processes that create the table at once would fail on its name.
                connection.execute("SELECT pg_advisory_xact_lock(hashtext('digo_pace'))")
                if connection.execute("SELECT to_regclass('digo_pace')").fetchone() == (None,):
                    connection.execute("CREATE TABLE digo_pace (key text PRIMARY KEY, state text NOT NULL)")
                connection.execute("INSERT INTO digo_pace VALUES (%s, '') ON CONFLICT DO NOTHING", (self._key,))
            self._open = connection
        return self._open

    def close(self) -> None:
        """Closes the connection."""
        if self._open is not None:
            self._open.close()


class _PostgresClock(AbstractClock):
    def __init__(self, store: _PostgresStore) -> None:
        self._store = store

    def now(self) -> int:
        return self._store.now()


def _decoded(algorithm: StateAlgorithm, rates: list[Rate], row: Sequence[str] | None) -> State:
    numbers = row[0].split(",") if row and row[0] else []
    return algorithm.decode(numbers) if len(numbers) == len(rates) else algorithm.initial(rates)

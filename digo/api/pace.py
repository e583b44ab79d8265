"""The account's request budget: one rate for all calls together (api.md: calls per second, CPS).

The bucket (`digo.api.bucket`) is in this process's memory, or in a store that several machines share
(`digo.api.pace_store`). What the API answers moves it: a 429 halves the rate, and it comes back slowly.
"""

from __future__ import annotations

from typing import Protocol

STORE_SCHEMES = ("redis", "rediss", "postgresql")
"""Of the addresses of stores that machines can share."""

MAX_CONCURRENCY = 64
SECONDS_A_CALL = 2  # a slow reply: enough calls are under way for the rate to be met even then


class Pace(Protocol):
    """Lets one request pass at a time that the budget allows."""

    def wait(self) -> None:
        """Blocks until one request may be sent."""
        ...

    async def wait_async(self) -> None:
        """The same, for a coroutine."""
        ...

    def limited(self, retry_after: float | None) -> None:
        """The API answered 429. `retry_after` is in seconds, None where it did not say."""
        ...


class NoLimit:
    """For an account without a calls-per-second limit."""

    def wait(self) -> None:
        """Returns at once."""

    async def wait_async(self) -> None:
        """Returns at once."""

    def limited(self, retry_after: float | None) -> None:
        """The call's own pause before it is tried again has to do."""


def pace_of(cps: int, store: str | None = None, account: str = "") -> Pace:
    """The pace for `cps` requests a second; 0 means no limit.

    Args:
        cps: calls a second of the account.
        store: the address of the store that machines share (`redis://…`, `postgresql://…`); None: this process alone.
        account: tells accounts in one store apart.
    """
    if not cps:
        return NoLimit()
    # The limiter's library takes 20 ms, and an account without a limit has no use for it.
    from digo.api.bucket import TokenBucket, account_rate

    if store is None:
        return TokenBucket(cps)
    from digo.api.pace_store import shared_bucket  # drivers of databases, and most stacks have no such store

    return TokenBucket(cps, shared_bucket(store, account, account_rate(cps)), remote=True)


def concurrency_of(cps: int) -> int:
    """How many requests are worth having under way at once for `cps` requests a second (0: no limit)."""
    return min(MAX_CONCURRENCY, max(2, cps * SECONDS_A_CALL)) if cps else MAX_CONCURRENCY

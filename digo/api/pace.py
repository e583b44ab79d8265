"""The account's request budget: one rate for all calls together (api.md: calls per second, CPS).

The bucket (`digo.api.token_bucket`) is in this process's memory, or in a store that several machines share
(`digo.api.pace_store`). A 429 halves the rate, which then recovers slowly.
"""

from __future__ import annotations

from typing import Protocol

STORE_SCHEMES = ("redis", "rediss", "postgresql")
"""The URL schemes of stores that machines can share."""

MAX_CONCURRENCY = 64
SECONDS_A_CALL = 2  # with replies as slow as this, enough calls are under way to reach the rate


class Pace(Protocol):
    """Lets requests pass at the rate that the budget allows."""

    def wait(self) -> None:
        """Blocks until one request may be sent."""
        ...

    async def wait_async(self) -> None:
        """Waits as `wait` does, in a coroutine."""
        ...

    def limited(self, retry_after: float | None) -> None:
        """Slows down after a 429. `retry_after` is in seconds; None if the reply did not say."""
        ...

    def close(self) -> None:
        """Closes the connection to a shared store. The next wait makes a new one."""
        ...


class NoLimit:
    """For an account without a calls-per-second limit."""

    def wait(self) -> None:
        """Returns at once."""

    async def wait_async(self) -> None:
        """Returns at once."""

    def limited(self, retry_after: float | None) -> None:
        """Does nothing: the call pauses by itself before its next try."""

    def close(self) -> None:
        """Does nothing."""


def pace_of(cps: int, store: str | None = None, account: str = "") -> Pace:
    """Makes the pace for `cps` requests a second; 0 means no limit.

    Args:
        cps: calls a second of the account.
        store: the URL of the shared store (`redis://…`, `postgresql://…`); None keeps the budget in this process.
        account: identifies the account in the store.
    """
    if not cps:
        return NoLimit()
    # Importing the limiter takes 20 ms, and an account without a limit does not need it.
    from digo.api.token_bucket import TokenBucket, account_rate

    if store is None:
        return TokenBucket(cps)
    from digo.api.pace_store import shared_bucket  # it imports database drivers, and most stacks have no store

    return TokenBucket(cps, shared_bucket(store, account, account_rate(cps)), remote=True)


def concurrency_of(cps: int) -> int:
    """How many requests at once reach `cps` requests a second (0: no limit)."""
    return min(MAX_CONCURRENCY, max(2, cps * SECONDS_A_CALL)) if cps else MAX_CONCURRENCY

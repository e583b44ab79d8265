"""The account's request budget: one rate for all calls together (api.md: calls per second, CPS)."""

from __future__ import annotations

from typing import Protocol

from pyrate_limiter import Duration
from pyrate_limiter.limiter_factory import create_token_bucket_limiter

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


class NoLimit:
    """For an account without a calls-per-second limit."""

    def wait(self) -> None:
        """Returns at once."""

    async def wait_async(self) -> None:
        """Returns at once."""


class TokenBucket:
    """At most `cps` requests a second, evenly: a burst would meet the account's limit with a 429."""

    def __init__(self, cps: int) -> None:
        self._limiter = create_token_bucket_limiter(cps, Duration.SECOND, burst=1, buffer_ms=0)

    def wait(self) -> None:
        """Blocks until one request may be sent."""
        self._limiter.try_acquire("account")

    async def wait_async(self) -> None:
        """The same, for a coroutine."""
        await self._limiter.try_acquire_async("account")


def pace_of(cps: int) -> Pace:
    """The pace for `cps` requests a second; 0 means no limit."""
    return TokenBucket(cps) if cps else NoLimit()


def concurrency_of(cps: int) -> int:
    """How many requests are worth having under way at once for `cps` requests a second (0: no limit)."""
    return min(MAX_CONCURRENCY, max(2, cps * SECONDS_A_CALL)) if cps else MAX_CONCURRENCY

"""A token bucket for an account's rate, and a brake that slows it down after a 429."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

from pyrate_limiter import GCRA, Duration, Rate, RateItem, StateBucket
from pyrate_limiter import TokenBucket as Policy

from digo.api.pace_patience import PatientStore

# The rate is half a percent below the account's own, so that clock drift and network jitter cause no 429. A burst of
# two lets the next call make up for a late one; without it, each late timer would cost its time for good.
_SECOND = int(Duration.SECOND) * 1005 // 1000
_BURST = 2

_HALVING_SECONDS = 1.0  # calls that were under way together get their 429s together: these count as one
_RECOVERY_A_SECOND = 0.05  # of the full rate: ten seconds from half of it to all of it
_SLOWEST = 1 / 32
_LONGEST_HOLD = 60.0


class RateBrake:
    """Slows this process down after a 429, even where the budget allows more. `clock` gives seconds."""

    def __init__(self, cps: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._cps = cps
        self._clock = clock
        self._share = 1.0
        self._since = clock()
        self._held_until = 0.0
        self._policy = GCRA()
        self._state = self._policy.initial([self._rate()])

    @property
    def share(self) -> float:
        """The fraction of the full rate that is allowed now, at most 1."""
        return min(1.0, self._share + _RECOVERY_A_SECOND * (self._clock() - self._since))

    def limited(self, retry_after: float | None) -> None:
        """Halves the rate after a 429, and stops all calls for `retry_after` seconds."""
        now, share = self._clock(), self.share
        if share == 1.0 or now - self._since >= _HALVING_SECONDS:
            self._share, self._since = max(_SLOWEST, share / 2), now
        self._held_until = max(self._held_until, now + min(retry_after or 0.0, _LONGEST_HOLD))

    def take(self) -> float:
        """Takes one call: 0.0 if it may pass, else the seconds after which to ask again."""
        now = self._clock()
        if now < self._held_until:
            return self._held_until - now
        if self.share == 1.0:
            return 0.0
        self._state, decision = self._policy.step([self._rate()], self._state, int(now * 1000), 1)
        return (decision.retry_after_ms or 0) / 1000 if not decision.allowed else 0.0

    def _rate(self) -> Rate:
        return Rate(max(1, round(self.share * self._cps * 1000)), 1000 * _SECOND, burst=_BURST)


class TokenBucket:
    """Lets at most `cps` requests a second pass, evenly, because the account answers a burst with a 429.

    `bucket` holds the budget; without one, this process keeps its own. A `remote` bucket may let the caller wait for
    its answer.
    """

    def __init__(self, cps: int, bucket: StateBucket | None = None, *, remote: bool = False) -> None:
        self._bucket = bucket or StateBucket([account_rate(cps)], Policy())
        self._store = PatientStore() if remote else None
        self._brake = RateBrake(cps)
        self._braked = False
        self._one = threading.Lock()
        self._queue = asyncio.Lock()

    def wait(self) -> None:
        """Blocks until one request may be sent.

        Raises:
            ApiError: the store that machines share cannot be reached, or does not answer in time.
        """
        with self._one:
            while seconds := self._take() if self._store is None else self._store.ask(self._take):
                time.sleep(seconds)

    async def wait_async(self) -> None:
        """Waits as `wait` does, in a coroutine. Callers pass in the order in which they came."""
        async with self._queue:
            seconds = await self._try_take()
            while seconds > 0:
                await asyncio.sleep(seconds)
                seconds = await self._try_take()

    def limited(self, retry_after: float | None) -> None:
        """Halves the rate after a 429. It recovers within seconds."""
        self._brake.limited(retry_after)

    def close(self) -> None:
        """Closes the connection to a shared store, unless a question to it is still without an answer."""
        if self._store is not None and self._store.answered:
            self._bucket.close()

    async def _try_take(self) -> float:
        return self._take() if self._store is None else await self._store.ask_async(self._take)

    def _take(self) -> float:
        """Takes one token of the brake, then one of the budget. The brake's token is kept while the budget waits."""
        if not self._braked and (seconds := self._brake.take()):
            return seconds
        self._braked = True
        now = self._bucket.now()  # type: ignore[no-untyped-call]  # the library's method has no types
        assert isinstance(now, int)
        item = RateItem("account", now)
        if not self._bucket.put(item):
            waiting = self._bucket.waiting(item)
            assert isinstance(waiting, int)  # the stores here do not hand out coroutines
            return max(waiting, 1) / 1000
        self._braked = False
        return 0.0


def account_rate(cps: int) -> Rate:
    """The account's rate in the form that the limiter library takes."""
    return Rate(cps, _SECOND, burst=_BURST)

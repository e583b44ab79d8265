"""A token bucket that keeps to an account's rate, and the brake that a 429 pulls."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

from pyrate_limiter import GCRA, Duration, Rate, RateItem, StateBucket
from pyrate_limiter import TokenBucket as Policy

# Half a percent below the account's own rate, so that two clocks and a network's jitter come to no 429; and one call
# that is late may be made up for by the next, or each late timer would cost its time for good.
_SECOND = int(Duration.SECOND) * 1005 // 1000
_BURST = 2

_HALVING_SECONDS = 1.0  # calls that were under way together are refused together: they count as one 429
_RECOVERY_A_SECOND = 0.05  # of the whole rate: ten seconds from a half to the whole
_SLOWEST = 1 / 32
_LONGEST_HOLD = 60.0


class Brake:
    """Slows this process down after a 429, whatever the budget says. `clock` gives seconds."""

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
        """The part of the whole rate that is allowed now, up to 1."""
        return min(1.0, self._share + _RECOVERY_A_SECOND * (self._clock() - self._since))

    def limited(self, retry_after: float | None) -> None:
        """A 429: half the rate from now on, and nothing at all for `retry_after` seconds."""
        now, share = self._clock(), self.share
        if share == 1.0 or now - self._since >= _HALVING_SECONDS:
            self._share, self._since = max(_SLOWEST, share / 2), now
        self._held_until = max(self._held_until, now + min(retry_after or 0.0, _LONGEST_HOLD))

    def take(self) -> float:
        """Takes one call; 0.0 if it may pass, or else the seconds after which to ask again."""
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
    """At most `cps` requests a second, evenly: a burst would meet the account's limit with a 429.

    `bucket` holds the budget; left out, it is this process's own. One that is `remote` blocks while it is asked.
    """

    def __init__(self, cps: int, bucket: StateBucket | None = None, *, remote: bool = False) -> None:
        self._bucket = bucket or StateBucket([account_rate(cps)], Policy())
        self._remote = remote
        self._brake = Brake(cps)
        self._braked = False
        self._one = threading.Lock()
        self._queue = asyncio.Lock()

    def wait(self) -> None:
        """Blocks until one request may be sent.

        Raises:
            ApiError: the store that machines share cannot be reached.
        """
        with self._one:
            while seconds := self._take():
                time.sleep(seconds)

    async def wait_async(self) -> None:
        """The same, for a coroutine; whoever came first passes first."""
        async with self._queue:
            seconds = await self._asked()
            while seconds > 0:
                await asyncio.sleep(seconds)
                seconds = await self._asked()

    def limited(self, retry_after: float | None) -> None:
        """Half the rate from now on; it comes back within seconds."""
        self._brake.limited(retry_after)

    async def _asked(self) -> float:
        return await asyncio.to_thread(self._take) if self._remote else self._take()

    def _take(self) -> float:
        """One token of the brake, then one of the budget; the first is kept while the second is waited for."""
        if not self._braked and (seconds := self._brake.take()):
            return seconds
        self._braked = True
        now = self._bucket.now()
        assert isinstance(now, int)
        item = RateItem("account", now)
        if not self._bucket.put(item):
            waiting = self._bucket.waiting(item)
            assert isinstance(waiting, int)  # the stores here do not hand out coroutines
            return max(waiting, 1) / 1000
        self._braked = False
        return 0.0


def account_rate(cps: int) -> Rate:
    """The budget of an account as the limiter takes it."""
    return Rate(cps, _SECOND, burst=_BURST)

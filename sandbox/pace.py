"""The account-wide limit on requests a second."""

from pyrate_limiter import AbstractClock, Duration, Rate, RateItem, StateBucket, TokenBucket


class Pace:
    """Admits up to `cps` requests a second over all endpoints together; 0 admits all.

    `clock` gives milliseconds. Without it the limiter uses its own.
    """

    def __init__(self, cps: int, clock: AbstractClock | None = None) -> None:
        self._bucket = StateBucket([Rate(cps, Duration.SECOND)], TokenBucket(), clock=clock) if cps else None

    def admits(self) -> bool:
        """Whether one more request fits now; if so, it is counted."""
        if self._bucket is None:
            return True
        now = self._bucket.now()  # type: ignore[no-untyped-call]  # the library leaves it without annotations
        return bool(self._bucket.put(RateItem("account", now)))

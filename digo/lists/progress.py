"""The progress of a list over all of its shards: rows done, rate, and remaining time."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from digo.text.counts import counted
from digo.text.formatting import duration

WINDOW_SECONDS = 30.0


class ListProgress:
    """Counts the rows of one list in this run. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._samples: deque[tuple[float, int]] = deque()
        self.done = 0
        self.total = 0

    def expect(self, rows: int) -> None:
        """Adds the rows of a shard that begins to send."""
        if not self._samples:
            self._samples.append((self._clock(), 0))
        self.total += rows

    def count(self) -> None:
        """Counts a row that the API answered."""
        self.done += 1

    @property
    def rate(self) -> float:
        """Rows a second over the last half minute."""
        now = self._clock()
        self._samples.append((now, self.done))
        while len(self._samples) > 2 and now - self._samples[0][0] > WINDOW_SECONDS:
            self._samples.popleft()
        first, then = self._samples[0]
        return (self.done - then) / (now - first) if now > first else 0.0

    def __str__(self) -> str:
        rate = self.rate
        left = f", about {duration((self.total - self.done) / rate)} left" if rate and self.done < self.total else ""
        return f"{self.done:,} of {counted(self.total, 'row')}, {rate:,.1f} a second{left}"

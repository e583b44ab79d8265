"""The progress of a list over all of its shards: rows done, rate, and remaining time."""

from __future__ import annotations

import time
from collections.abc import Callable

from digo.text.progress import Rate, progress_text


class ListProgress:
    """Counts the rows of one list in this run. `clock` gives seconds; `cps` is the account's, 0 if it has no limit."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, cps: int = 0) -> None:
        self._rate = Rate(clock)
        self._cps = cps
        self._planned = 0
        self._shards: dict[int, int] = {}
        self._has_all = False
        self.done = 0

    def plan(self, rows: int) -> None:
        """Sets the rows by which the list grows, before its shards are compared."""
        self._planned = rows

    def expect(self, shard: int, shards: int, rows: int) -> None:
        """Sets the rows that one of the list's shards is to send. `shard` counts from 0."""
        self._shards[shard] = rows
        self._has_all = len(self._shards) >= shards

    def begin(self) -> None:
        """A shard begins to send."""
        self._rate.measure(self.done)

    def count(self, rows: int = 1) -> None:
        """Counts rows that the API answered."""
        self.done += rows

    @property
    def total(self) -> int:
        """The rows to send. An engine may compare a shard only when it has room to send it."""
        known = sum(self._shards.values())
        return known if self._has_all else max(known, self._planned)

    @property
    def rate(self) -> float | None:
        """Rows a second over the last half minute; None while that cannot be known."""
        return self._rate.measure(self.done)

    def __str__(self) -> str:
        return progress_text(self.done, self.total, "row", self.rate, cps=self._cps)

"""Counts of requests in memory that the workers share: one row for each place of a worker.

A worker that replaces another takes over its row, so no count ever falls. A row has one writer. All values are 64 bits
wide, so a reader sees a value before or after a change, and never half of one.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterable

from digo.masking.private_file import private_file, seal_size

OUTCOMES = (
    "route",
    "window",
    "default",
    "anonymous",
    "rejected",
    "failover",
    "none",
    "bad request",
    "unauthorized",
    "not found",
    "method not allowed",
    "timeout",
    "too large",
    "gone",
    "table damaged",
    "error",
)
BOUNDS = (0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5)  # seconds
ROWS = 128  # `--workers` takes up to 64; SIGTTIN adds more
_FIRST_BUCKET = len(OUTCOMES)
_SUM = _FIRST_BUCKET + len(BOUNDS) + 1
_COLUMNS = _SUM + 1
_BYTES = ROWS * _COLUMNS * 8
_PLACES = {outcome: place for place, outcome in enumerate(OUTCOMES)}


def counters_file() -> int:
    """The descriptor of new counters, all zero.

    Raises:
        OSError: there is no memory for them.
    """
    descriptor = private_file("digo-masking-counters")
    try:
        # Pages that are there now cannot be missing later, when a missing page would kill a worker.
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(descriptor, 0, _BYTES)
        else:
            os.pwrite(descriptor, bytes(_BYTES), 0)
        seal_size(descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


class Counters:
    """The counters, as the worker in place `row` sees them."""

    def __init__(self, descriptor: int, row: int) -> None:
        """Maps the counters. The descriptor may be closed afterwards.

        Raises:
            OSError, ValueError: they cannot be mapped.
        """
        mapped = memoryview(mmap.mmap(descriptor, _BYTES))
        self._counts, self._seconds = mapped.cast("Q"), mapped.cast("d")
        self._start = row * _COLUMNS if row < ROWS else None

    def count(self, outcome: str, seconds: float) -> None:
        """Counts one finished request."""
        if (start := self._start) is None:
            return
        self._counts[start + _PLACES[outcome]] += 1
        self._seconds[start + _SUM] += seconds
        bucket = 0
        for bound in BOUNDS:
            if seconds <= bound:
                break
            bucket += 1
        self._counts[start + _FIRST_BUCKET + bucket] += 1

    def requests(self) -> Iterable[tuple[str, int]]:
        """The requests of all workers by outcome, without the outcomes that never occurred."""
        sums = ((outcome, self._total(place)) for place, outcome in enumerate(OUTCOMES))
        return [(outcome, total) for outcome, total in sums if total]

    def durations(self) -> tuple[list[int], float]:
        """How many requests of all workers are in each bucket (the last is beyond all bounds), and their seconds."""
        buckets = [self._total(_FIRST_BUCKET + place) for place in range(len(BOUNDS) + 1)]
        return buckets, sum(self._seconds[row * _COLUMNS + _SUM] for row in range(ROWS))

    def _total(self, column: int) -> int:
        return sum(self._counts[row * _COLUMNS + column] for row in range(ROWS))

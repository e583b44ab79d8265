"""How far something is: `412 of 1,000 agents, 41 %, 118/s, 5 s left`.

The count comes first, so that a line that is cut at the edge of a terminal still shows it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from digo.text.counts import counted
from digo.text.formatting import duration

WINDOW_SECONDS = 30.0
FIRST_SECONDS = 3.0  # so long the first reply may take; until then, the account's pace says how long the rest takes


class Rate:
    """The rate of a growing count over the last half minute, so that waits after a 429 count. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._samples: deque[tuple[float, int]] = deque()

    def measure(self, count: int) -> float | None:
        """How much the count grows in a second; None while that cannot be known. The first call begins."""
        now = self._clock()
        self._samples.append((now, count))
        while len(self._samples) > 2 and now - self._samples[0][0] > WINDOW_SECONDS:
            self._samples.popleft()
        first, then = self._samples[0]
        if now == first or (count == then and now - first < FIRST_SECONDS):
            return None
        return (count - then) / (now - first)


def progress_text(
    done: int, total: int | None, thing: str, rate: float | None, *, things: str | None = None, cps: int = 0
) -> str:
    """Count, percentage, rate and time left, as far as they are known.

    Args:
        done: how many are done.
        total: of how many; None if that is not known.
        thing: what is counted, in the singular.
        rate: how many a second, measured; None if that is not known yet.
        things: an irregular plural of `thing`.
        cps: the account's calls a second, one for each; 0 if there is no limit. No rest takes less than this allows.
    """
    if total is None:
        parts = [counted(done, thing, things)]
    else:
        # The count of another may be late: more than all is never done, and 100 % is the end.
        total = max(total, done)
        parts = [f"{done:,} of {counted(total, thing, things)}", f"{100 * done // total if total else 100} %"]
    if rate is not None:
        parts.append(f"{rate:,.0f}/s" if rate >= 10 or not rate else f"{rate:,.1f}/s")
    speed = float(cps) if rate is None else min(rate, cps or rate)
    if total is not None and done < total and speed:
        parts.append(f"{duration((total - done) / speed)} left")
    return ", ".join(parts)

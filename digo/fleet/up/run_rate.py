"""How quickly stacks end, and how long the rest takes."""

from __future__ import annotations

from collections.abc import Callable

from digo.text.formatting import duration

_FEWEST_ENDED = 2  # from fewer stacks, nothing follows for the others


class RunRate:
    """The rate since this process looks at the run. What ended before, in another process, does not count.

    Args:
        clock: gives seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._first: tuple[float, int] | None = None

    def words(self, done: int, total: int, *, waits: bool) -> list[str]:
        """The rate and the time left, as far as they are known: `12/min`, `3 min left`.

        Args:
            done: how many stacks have ended.
            total: of how many.
            waits: whether the run waits or stops, so that the rate says nothing about its end.
        """
        now = self._clock()
        if self._first is None:
            self._first = (now, done)
        began, before = self._first
        ended, seconds = done - before, now - began
        if ended < _FEWEST_ENDED or seconds <= 0:
            return []
        rate = ended / seconds
        words = [
            f"{rate:,.1f}/s" if rate >= 1 else f"{60 * rate:,.0f}/min" if rate >= 1 / 60 else f"{3600 * rate:,.0f}/h"
        ]
        if done < total and not waits:
            words.append(f"{duration((total - done) / rate)} left")
        return words

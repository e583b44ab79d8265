"""A clock for coroutines that jumps to whatever is due next: what they do in which order is not up to the machine."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Jumping(selectors.DefaultSelector):
    """Where a loop would wait for time to pass, it has passed. Nothing else may be waited for: no thread, no socket."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.seconds += timeout or 0.0
        return super().select(0 if timeout else timeout)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.seconds


def in_no_time(work: Coroutine[Any, Any, T]) -> T:
    """What the coroutine returns, its sleeps taking no time."""
    loop = _Loop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()

"""Stopping a run: gracefully the first time, immediately the second time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Cancellation:
    """Stops a running deployment. Its methods can be called from any thread and from signal handlers."""

    def __init__(self) -> None:
        # Re-entrant: a signal handler may run on the very thread that holds the lock.
        self._lock = threading.RLock()
        self._callbacks: tuple[Callable[[], None] | None, Callable[[], None] | None] = (None, None)
        self.cancelled = False
        self.terminated = False

    def cancel(self) -> None:
        """Let the running steps end, send Cancel to the host, and start no more steps."""
        with self._lock:
            on_cancel, _ = (None, None) if self.cancelled else self._callbacks
            self.cancelled = True
        if on_cancel is not None:
            on_cancel()

    def terminate(self) -> None:
        """End the program and the host now. Running steps become pending operations."""
        self.cancel()
        with self._lock:
            _, on_terminate = (None, None) if self.terminated else self._callbacks
            self.terminated = True
        if on_terminate is not None:
            on_terminate()

    @contextmanager
    def notify(self, on_cancel: Callable[[], None], on_terminate: Callable[[], None]) -> Iterator[None]:
        """Have the callbacks of one run called while inside the context. A past cancel or terminate calls them now."""
        with self._lock:
            self._callbacks = (on_cancel, on_terminate)
            cancelled, terminated = self.cancelled, self.terminated
        if cancelled:
            on_cancel()
        if terminated:
            on_terminate()
        try:
            yield
        finally:
            with self._lock:
                self._callbacks = (None, None)

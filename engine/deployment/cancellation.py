"""How a caller stops a run: gracefully first, at once the second time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Cancellation:
    """Carries Ctrl-C into a running deployment. Safe to call from any thread and from signal handlers."""

    def __init__(self) -> None:
        # Re-entrant: a signal handler may run on the very thread that holds the lock.
        self._lock = threading.RLock()
        self._listeners: list[tuple[Callable[[], None], Callable[[], None]]] = []
        self.cancelled = False
        self.terminated = False

    def cancel(self) -> None:
        """Finish the steps in flight, tell the host to cancel, start no more."""
        with self._lock:
            told = [] if self.cancelled else [on_cancel for on_cancel, _ in self._listeners]
            self.cancelled = True
        for on_cancel in told:
            on_cancel()

    def terminate(self) -> None:
        """End the program and the host now; what was in flight becomes a pending operation."""
        self.cancel()
        with self._lock:
            told = [] if self.terminated else [on_terminate for _, on_terminate in self._listeners]
            self.terminated = True
        for on_terminate in told:
            on_terminate()

    @contextmanager
    def heard_by(self, on_cancel: Callable[[], None], on_terminate: Callable[[], None]) -> Iterator[None]:
        """While inside, have the callbacks called; at once for what has already happened."""
        listener = (on_cancel, on_terminate)
        with self._lock:
            self._listeners.append(listener)
            cancelled, terminated = self.cancelled, self.terminated
        if cancelled:
            on_cancel()
        if terminated:
            on_terminate()
        try:
            yield
        finally:
            with self._lock:
                self._listeners.remove(listener)

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
        self._listeners: list[tuple[Callable[[], None], Callable[[], None]]] = []
        self.cancelled = False
        self.terminated = False

    def cancel(self) -> None:
        """Let the running steps end, send Cancel to the host, and start no more steps."""
        with self._lock:
            listeners = [] if self.cancelled else [on_cancel for on_cancel, _ in self._listeners]
            self.cancelled = True
        for on_cancel in listeners:
            on_cancel()

    def terminate(self) -> None:
        """End the program and the host now. Running steps become pending operations."""
        self.cancel()
        with self._lock:
            listeners = [] if self.terminated else [on_terminate for _, on_terminate in self._listeners]
            self.terminated = True
        for on_terminate in listeners:
            on_terminate()

    @contextmanager
    def notify(self, on_cancel: Callable[[], None], on_terminate: Callable[[], None]) -> Iterator[None]:
        """Register the callbacks while inside the context. A past cancel or terminate calls them immediately."""
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

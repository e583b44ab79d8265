"""How a caller stops a run: gracefully first, at once the second time."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Cancellation:
    """Carries Ctrl-C into a running deployment. Safe to call from any thread and from signal handlers."""

    def __init__(self) -> None:
        # Re-entrant: a signal handler may run on the very thread that holds the lock.
        self._lock = threading.RLock()
        self._cancelled = False
        self._terminated = False
        self._on_cancel: list[Callable[[], None]] = []
        self._on_terminate: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        """Whether the run is to end early."""
        return self._cancelled

    @property
    def terminated(self) -> bool:
        """Whether the run is to end at once."""
        return self._terminated

    def cancel(self) -> None:
        """Finish the steps in flight, tell the hosts to cancel, start no more."""
        with self._lock:
            if self._cancelled:
                return
            self._cancelled = True
            callbacks = list(self._on_cancel)
        for callback in callbacks:
            callback()

    def terminate(self) -> None:
        """End the program and the hosts now; what was in flight becomes a pending operation."""
        self.cancel()
        with self._lock:
            if self._terminated:
                return
            self._terminated = True
            callbacks = list(self._on_terminate)
        for callback in callbacks:
            callback()

    def subscribe(self, on_cancel: Callable[[], None], on_terminate: Callable[[], None]) -> None:
        """Have the callbacks called, without delay for what already happened."""
        with self._lock:
            self._on_cancel.append(on_cancel)
            self._on_terminate.append(on_terminate)
            cancelled, terminated = self._cancelled, self._terminated
        if cancelled:
            on_cancel()
        if terminated:
            on_terminate()

    def unsubscribe(self, on_cancel: Callable[[], None], on_terminate: Callable[[], None]) -> None:
        """Undo `subscribe`."""
        with self._lock:
            self._on_cancel.remove(on_cancel)
            self._on_terminate.remove(on_terminate)

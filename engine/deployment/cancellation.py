"""Stopping a run: gracefully the first time, immediately the second time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Cancellation:
    """Stops a running deployment. Its methods can be called from any thread and from signal handlers."""

    def __init__(self) -> None:
        self._on_cancel: Callable[[], None] = _nobody_to_call
        self._on_terminate: Callable[[], None] = _nobody_to_call
        self.cancelled = False
        self.terminated = False

    def cancel(self) -> None:
        """Let the running steps end, send Cancel to the host, and start no more steps."""
        if not self.cancelled:
            self.cancelled = True
            self._on_cancel()

    def terminate(self) -> None:
        """End the program and the host now. Running steps become pending operations."""
        self.cancel()
        if not self.terminated:
            self.terminated = True
            self._on_terminate()

    @contextmanager
    def notify(self, on_cancel: Callable[[], None], on_terminate: Callable[[], None]) -> Iterator[None]:
        """Have the callbacks of one run called while inside the context. A past cancel or terminate calls them now.

        If one comes while the context is entered, its callback may be called twice.
        """
        self._on_cancel, self._on_terminate = on_cancel, on_terminate
        if self.cancelled:
            on_cancel()
        if self.terminated:
            on_terminate()
        try:
            yield
        finally:
            self._on_cancel = self._on_terminate = _nobody_to_call


def _nobody_to_call() -> None: ...

"""What every display does."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod

from engine.events import Event


class Display(ABC):
    """Shows a run to the user. Any thread may call `show` and `say`."""

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def show(self, event: Event) -> None:
        """Shows the next event."""
        with self._lock:
            self._show(event)

    def say(self, text: str) -> None:
        """Shows a line of the engine itself."""
        with self._lock:
            self._say(text)

    @abstractmethod
    def close(self) -> None:
        """Ends the display after the run."""

    @abstractmethod
    def _show(self, event: Event) -> None: ...

    @abstractmethod
    def _say(self, text: str) -> None: ...

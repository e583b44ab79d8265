"""Ctrl-C and SIGTERM during a run: the first cancels, the second terminates.

Source: pulumi/pulumi, `pkg/backend/cancellation_scope.go`.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from engine.deployment import Cancellation

Say = Callable[[str], None]

_SIGNALS = {signal.SIGINT: "^C", signal.SIGTERM: "SIGTERM"}


@contextmanager
def cancelled_by_signals(cancellation: Cancellation, say: Say, *, is_preview: bool) -> Iterator[None]:
    """Passes signals to the cancellation while inside the context. `say` tells the user."""
    lock = threading.Lock()

    def stop(number: int) -> None:
        # A second signal may come while the first is handled. It must find the run cancelled.
        with lock:
            stop_locked(number)

    def stop_locked(number: int) -> None:
        name = _SIGNALS[signal.Signals(number)]
        if cancellation.cancelled:
            say(f"{name} received; terminating")
            cancellation.terminate()
            return
        again = "press ^C" if name == "^C" else "send SIGTERM"
        text = f"{name} received; cancelling. If you would like to terminate immediately, {again} again."
        if not is_preview:
            text += "\nNote that terminating immediately may lead to orphaned resources and other inconsistencies."
        say(text)
        cancellation.cancel()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        # The handler interrupts a thread that may hold the locks that `say` and `cancel` need.
        threading.Thread(target=stop, args=(number,), name="signal", daemon=True).start()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, on_signal) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""Ctrl-C, SIGTERM and SIGHUP during a run: the first cancels, the second terminates.

Source: pulumi/pulumi, `pkg/backend/cancellation_scope.go`.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from digo.system.signals import drop_closed_terminal, ending_signals
from engine.deployment.cancellation import Cancellation


@contextmanager
def cancelled_by_signals(cancellation: Cancellation, say: Callable[[str], None], *, is_preview: bool) -> Iterator[None]:
    """Passes signals to the cancellation while inside the context. `say` tells the user."""
    lock = threading.Lock()

    def stop(number: int) -> None:
        # A second signal may come while the first is handled. It must find the run cancelled.
        with lock:
            drop_closed_terminal()
            name = "^C" if number == signal.SIGINT else signal.Signals(number).name
            if cancellation.cancelled:
                tell(f"{name} received; terminating")
                cancellation.terminate()
                return
            again = "press ^C" if name == "^C" else f"send {name}"
            text = f"{name} received; cancelling. If you would like to terminate immediately, {again} again."
            if not is_preview:
                text += "\nNote that terminating immediately may lead to orphaned resources and other inconsistencies."
            tell(text)
            cancellation.cancel()

    def tell(text: str) -> None:
        with contextlib.suppress(OSError):  # nobody reads it, and the run must end all the same
            say(text)

    def on_signal(number: int, _frame: FrameType | None) -> None:
        # The handler interrupts a thread that may hold the locks that `say` and `cancel` need.
        threading.Thread(target=stop, args=(number,), name="signal", daemon=True).start()

    before = {number: signal.signal(number, on_signal) for number in ending_signals()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

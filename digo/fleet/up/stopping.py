"""Ctrl-C, SIGTERM and SIGHUP while a run is under way: each is counted, and none ends the process by itself."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from digo.system.signals import drop_closed_terminal, ending_signals

OnSignal = Callable[[int, str], None]
"""Is told how many signals there were, and the name of the last one: `Ctrl-C`, `SIGTERM`."""


@contextmanager
def counted_signals(on_signal: OnSignal) -> Iterator[None]:
    """Calls `on_signal` for each signal inside the context, one after the other, in a thread of its own.

    In another thread than the main one, where Python hands on no signals, it does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    lock = threading.Lock()
    count = 0

    def act(number: int) -> None:
        nonlocal count
        with lock:
            count += 1
            drop_closed_terminal()
            on_signal(count, "Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name)

    def handle(number: int, _frame: FrameType | None) -> None:
        # The handler interrupts a thread that may hold the locks that `on_signal` needs.
        threading.Thread(target=act, args=(number,), name="digo-fleet-signal", daemon=True).start()

    before = {number: signal.signal(number, handle) for number in ending_signals()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class EarlySignals:
    """Takes signals before their handler exists: the handler gets those that came before."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._early: list[tuple[int, str]] = []
        self._on_signal: OnSignal | None = None

    def __call__(self, count: int, name: str) -> None:
        """See `OnSignal`."""
        with self._lock:
            if self._on_signal is None:
                self._early.append((count, name))
            else:
                self._on_signal(count, name)

    def pass_to(self, on_signal: OnSignal) -> None:
        """From now on, `on_signal` gets the signals."""
        with self._lock:
            for count, name in self._early:
                on_signal(count, name)
            self._on_signal = on_signal


@contextmanager
def early_signals() -> Iterator[EarlySignals]:
    """Counts the signals inside the context, from before there is a run that they stop; see `counted_signals`."""
    signals = EarlySignals()
    with counted_signals(signals):
        yield signals

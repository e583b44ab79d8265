"""Signals to a process that has begun a run, and does not work on it yet."""

from __future__ import annotations

import os
import queue
import signal

from digo.fleet.up.stopping import EarlySignals, counted_signals

SECONDS = 60


def test_a_signal_while_a_run_is_begun_is_told_to_who_works_on_it() -> None:
    told: queue.Queue[tuple[int, str]] = queue.Queue()
    seen: queue.Queue[int] = queue.Queue()
    signals = EarlySignals()

    def on_signal(count: int, name: str) -> None:
        signals(count, name)
        seen.put(count)

    before = signal.getsignal(signal.SIGINT)
    with counted_signals(on_signal):
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(os.getpid(), number)
            seen.get(timeout=SECONDS)
        assert told.empty()
        signals.pass_to(lambda count, name: told.put((count, name)))
        assert [told.get_nowait(), told.get_nowait()] == [(1, "Ctrl-C"), (2, "SIGTERM")]
        os.kill(os.getpid(), signal.SIGINT)
        assert told.get(timeout=SECONDS) == (3, "Ctrl-C")
    assert signal.getsignal(signal.SIGINT) is before

"""Carries out one run to its end: this process works on it, or only follows what workers do."""

from __future__ import annotations

import time
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digo.fleet.runs.failure import DatabaseLost, RunLeft
from digo.fleet.up.run_display import RunDisplay
from digo.fleet.up.run_view import RunView
from digo.fleet.up.stopping import EarlySignals, counted_signals

if TYPE_CHECKING:
    from digo.fleet.runs.run_document import RunDocument
    from digo.fleet.runs.runs import Runs
    from digo.fleet.runs.worker import Worker

_TICK_SECONDS = 0.5
_LOOK_SECONDS = 1.0
_LOOK_SHARE = 10  # a look at a run of many stacks takes long: it has at most a tenth of the time


@dataclass(frozen=True)
class CarriedOut:
    """What this process saw of a run that it carried out.

    Attributes:
        view: the run as it was seen last; None if it was never seen.
        interrupted: whether a signal stopped it.
        stops: whether the database has recorded that it is to stop.
        seconds: how long it took.
    """

    view: RunView | None
    interrupted: bool
    stops: bool
    seconds: float


def carry_out(
    runs: Runs,
    document: RunDocument,
    display: RunDisplay,
    *,
    work: bool = True,
    signals: EarlySignals | None = None,
) -> CarriedOut:
    """Works on a run until it has ended, wherever its other stacks are run.

    The first signal lets no further stack begin. The second one interrupts the engines of this process, which end what
    is under way, and the third one kills them. Where this process does not work, or has lost the database, the second
    one leaves the run.

    Args:
        runs: the fleet's runs.
        document: the run.
        display: shows it.
        work: whether this process takes stacks. Otherwise it only looks at what workers elsewhere do.
        signals: those since before the run was begun, if the caller has counted them.

    Raises:
        RunsError: the database cannot be used, or the run was begun by another version of the tool.
        RunLeft: a signal has ended this process's work while the database was lost.
    """
    loop = _CarryOut(runs, document, display, runs.worker(document) if work else None)
    began = time.monotonic()
    with display, nullcontext() if signals else counted_signals(loop.on_signal):
        if signals:
            signals.pass_to(loop.on_signal)
        loop.run()
    return CarriedOut(loop.view, loop.interrupted, loop.stops, round(time.monotonic() - began, 1))


class _CarryOut:
    def __init__(self, runs: Runs, document: RunDocument, display: RunDisplay, worker: Worker | None) -> None:
        self._runs = runs
        self._document = document
        self._display = display
        self._worker = worker
        self._follower = runs.follower(document)
        self._leaves = False
        self._stop_because = ""
        self._look_at = 0.0
        self.view: RunView | None = None
        self.interrupted = False
        self.stops = False

    def run(self) -> None:
        """Works or looks until the run has ended."""
        if self._worker is None:
            while not self._ended():
                time.sleep(_TICK_SECONDS)
            return
        self._worker.serve(self._ended, self._display.say)
        if self._worker.lost:
            raise RunLeft(
                f"run {self._document.run} has not ended, and its database does not answer",
                "`digo fleet up` goes on with it when the database is there again",
            )

    def on_signal(self, count: int, name: str) -> None:
        """See `carry_out`."""
        self.interrupted = True
        if count == 1:
            again = "interrupts those of this process" if self._worker is not None else "ends this command before that"
            self._display.say(
                f"{name}: run {self._document.run} stops, for all workers: no further stack is begun, and the ups that "
                f"run end; {name} again {again}"
            )
            self._stop_because = f"interrupted by {name}"
        elif self._worker is None or self._worker.lost:
            self._leaves = True
        else:
            kills = count > 2
            self._display.say(f"{name}: the ups that run are {'killed' if kills else 'interrupted'}")
            self._worker.interrupt(give_up=False)

    def _stop_if_due(self) -> None:
        """Stops the run if a signal has asked for it. A database that does not answer is asked again."""
        if self._stop_because:
            with suppress(DatabaseLost):
                self._runs.stop(self._document, self._stop_because)
                self._stop_because = ""
                self.stops = True

    def _ended(self) -> bool:
        """Looks at the run if that is due. Whether it has ended, or this process leaves it."""
        self._stop_if_due()
        if self._leaves:
            return True
        began = time.monotonic()
        if began < self._look_at:
            return False
        over = False
        with suppress(DatabaseLost):
            self.view = self._follower.look()
            self._display.show(self.view)
            over = self.view.ended
        now = time.monotonic()
        self._look_at = max(now + _LOOK_SECONDS, began + (now - began) * _LOOK_SHARE)
        return over

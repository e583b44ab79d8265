"""One run, from its beginning to its report: this process works on it, or only follows it."""

from __future__ import annotations

import time
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from digo.fleet.plan.stack_plan import FleetPlan, StackPlan
from digo.fleet.runs.failure import DatabaseLost, RunLeft
from digo.fleet.up.live_table import RunDisplay
from digo.fleet.up.report import FleetReport
from digo.fleet.up.run_folder import RunFolder
from digo.fleet.up.run_view import RunView
from digo.fleet.up.stack_result import ResultOutcome, StackResult
from digo.fleet.up.stopping import EarlySignals, counted_signals
from digo.sanitize.json import for_json

if TYPE_CHECKING:
    from digo.fleet.runs.run_document import RunDocument
    from digo.fleet.runs.runs import Runs
    from digo.fleet.runs.worker import Worker

_LOOK_SECONDS = 0.5
_LOOK_SHARE = 10  # a look at a run of many stacks takes long: it has at most a tenth of the time
STOPPED_BY_USER = "interrupted"


@dataclass(frozen=True)
class Carried:
    """What came of carrying out a run.

    Attributes:
        view: the run as it was seen last; None if it was never seen.
        interrupted: whether a signal stopped it.
        stops: whether the database has taken that it is to stop.
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
) -> Carried:
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
    carrying = _Carrying(runs, document, display, runs.worker(document) if work else None)
    began = time.monotonic()
    with display, nullcontext() if signals else counted_signals(carrying.on_signal):
        if signals:
            signals.pass_to(carrying.on_signal)
        carrying.go()
    return Carried(carrying.view, carrying.interrupted, carrying.stops, round(time.monotonic() - began, 1))


class _Carrying:
    def __init__(self, runs: Runs, document: RunDocument, display: RunDisplay, worker: Worker | None) -> None:
        self._runs = runs
        self._document = document
        self._display = display
        self._worker = worker
        self._leaves = False
        self._stop_because = ""
        self._look_at = 0.0
        self.view: RunView | None = None
        self.interrupted = False
        self.stops = False

    def go(self) -> None:
        """Works or looks until the run has ended."""
        follow = self._runs.follow(self._document, self._look, lambda: self._leaves)

        def ended() -> bool:
            self._stop_if_due()
            if time.monotonic() < self._look_at:
                return self._leaves
            began = time.monotonic()
            over = follow()
            took = time.monotonic() - began
            self._look_at = began + max(_LOOK_SECONDS, took * _LOOK_SHARE)
            return over

        if self._worker is None:
            while not ended():
                time.sleep(_LOOK_SECONDS)
            return
        self._worker.serve(ended, self._display.say)
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
            self._stop_because = f"{STOPPED_BY_USER} by {name}"
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

    def _look(self, view: RunView) -> None:
        self.view = view
        self._display.show(view)


def report_of(document: RunDocument, carried: Carried, plan: FleetPlan | None) -> FleetReport:
    """The report of a run that has ended.

    Args:
        document: the run.
        carried: what came of it.
        plan: the plan that it was begun with; None if this process did not begin it.
    """
    view = carried.view
    results = {one.stack: one for one in view.results} if view else {}
    for stack, reason in document.left_out.items():
        results[stack] = StackResult(stack, ResultOutcome.NOT_APPLIED, reason=reason)
    for one in plan.stacks if plan else ():
        if one.stack not in results and one.stack not in document.pins:
            results[one.stack] = StackResult(one.stack, ResultOutcome.UNCHANGED)
    return FleetReport(
        run=document.run,
        results=tuple(results.values()),
        stopped=view.stopped if view else "",
        interrupted=carried.interrupted,
        seconds=carried.seconds,
        commit=document.commit,
    )


def keep_report(root: Path, report: FleetReport) -> None:
    """Writes the report of a run to its folder, as `report.json`.

    Raises:
        OSError: it cannot be written.
    """
    RunFolder(root, report.run).write_report(for_json(report.to_dict(), indent=2) + "\n")


def pins_of(document: RunDocument) -> FleetPlan:
    """The pinned plans of a run."""
    return FleetPlan(tuple(StackPlan.from_dict(one) for one in document.pins.values()), document.commit)


def nothing_to_do(plan: FleetPlan, left_out: dict[str, str]) -> FleetReport:
    """The report where no stack is to be run.

    Args:
        plan: the plan.
        left_out: by stack, why its plan is refused.
    """
    unchanged = tuple(StackResult(one.stack, ResultOutcome.UNCHANGED) for one in plan.stacks)
    refused = (
        replace(one, outcome=ResultOutcome.NOT_APPLIED, reason=left_out[one.stack]) if one.stack in left_out else one
        for one in unchanged
    )
    return FleetReport("", tuple(refused), commit=plan.commit)

"""`Fleet.up`: an up of a fleet for programs. `digo fleet up` has the same parts with a table and questions."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING

from digo.fleet.carry_out import carry_out
from digo.fleet.run_report import report_of, report_without_run, write_report
from digo.fleet.runs.runs import FoundRun, open_runs
from digo.fleet.unfinished import run_to_go_on
from digo.fleet.up.refusals import left_out
from digo.fleet.up.report import FleetReport
from digo.fleet.up.run_view import RunView
from digo.fleet.up.stopping import early_signals

if TYPE_CHECKING:
    from digo.fleet.fleet import Fleet
    from digo.fleet.plan.stack_plan import FleetPlan


def up_fleet(
    fleet: Fleet,
    plan: FleetPlan,
    progress: Callable[[RunView], None],
    *,
    concurrency: int | None = None,
    restart: bool = False,
) -> FleetReport:
    """See `Fleet.up`."""
    display = _ProgressDisplay(progress)
    with open_runs(fleet) as runs:

        def end(one: FoundRun) -> None:
            if one.document.label != runs.label:
                runs.restart(one.document, one.stopped or "")
            elif carry_out(runs, one.document, display).interrupted:
                raise KeyboardInterrupt

        going = run_to_go_on(runs, end, restart=restart)
        if going is not None:
            report = report_of(going.document, carry_out(runs, going.document, display), None)
        else:
            out = left_out(plan, fleet.settings.refused, fleet.waves())
            if all(one.stack in out for one in plan.changed):
                return report_without_run(plan, out)
            with early_signals() as signals:
                document = runs.begin(plan, left_out=out, concurrency=concurrency)
                carried = carry_out(runs, document, display, signals=signals)
            report = report_of(document, carried, plan)
    with suppress(OSError):  # the caller has it
        write_report(fleet.root, report)
    return report


class _ProgressDisplay:
    """A display for programs: it passes on what it is shown."""

    def __init__(self, progress: Callable[[RunView], None]) -> None:
        self._progress = progress

    def show(self, view: RunView) -> None:
        self._progress(view)

    def say(self, text: str) -> None:
        """A program has the views."""

    def __enter__(self) -> _ProgressDisplay:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        return

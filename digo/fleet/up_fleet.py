"""`Fleet.up`: an up of a fleet for programs. `digo fleet up` has the same parts with a table and questions."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from digo.fleet.carrying_out import carry_out, nothing_to_do, report_of
from digo.fleet.runs.runs import FoundRun, open_runs
from digo.fleet.unfinished import run_to_go_on
from digo.fleet.up.refusals import left_out
from digo.fleet.up.report import FleetReport
from digo.fleet.up.run_view import RunView

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
    with open_runs(fleet) as runs:

        def end(one: FoundRun) -> None:
            if one.document.label == runs.label:
                carry_out(runs, one.document, _Told(progress))
            else:
                runs.restart(one.document, one.stopped or "")

        going = run_to_go_on(runs, end, restart=restart)
        if going is not None:
            return report_of(going.document, carry_out(runs, going.document, _Told(progress)), None)
        out = left_out(plan, fleet.settings.refused)
        if all(one.stack in out for one in plan.changed):
            return nothing_to_do(plan, out)
        document = runs.begin(plan, left_out=out, concurrency=concurrency)
        return report_of(document, carry_out(runs, document, _Told(progress)), plan)


class _Told:
    """A display for programs: it passes on what it is shown."""

    def __init__(self, progress: Callable[[RunView], None]) -> None:
        self._progress = progress

    def show(self, view: RunView) -> None:
        self._progress(view)

    def say(self, text: str) -> None:
        """A program has the views."""

    def __enter__(self) -> _Told:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        return

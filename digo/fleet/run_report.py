"""Makes the report of a run, and writes it to the run's folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from digo.fleet.carry_out import CarriedOut
from digo.fleet.plan.stack_plan import FleetPlan
from digo.fleet.up.report import FleetReport
from digo.fleet.up.run_folder import RunFolder
from digo.fleet.up.stack_result import ResultOutcome, StackResult
from digo.sanitize.json import for_json

if TYPE_CHECKING:
    from digo.fleet.runs.run_document import RunDocument


def report_of(document: RunDocument, carried: CarriedOut, plan: FleetPlan | None) -> FleetReport:
    """The report of a run that has ended.

    Args:
        document: the run.
        carried: what this process saw of it.
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


def write_report(root: Path, report: FleetReport) -> None:
    """Writes the report of a run to its folder, as `report.json`.

    Raises:
        OSError: it cannot be written.
    """
    RunFolder(root, report.run).write_report(for_json(report.to_dict(), indent=2) + "\n")


def report_without_run(plan: FleetPlan, left_out: Mapping[str, str]) -> FleetReport:
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

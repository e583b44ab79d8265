"""The steps of `digo fleet up`: the unfinished run or a new plan, the question, the run, and its report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digo.cli.fleet_plan import planned
from digo.cli.output import error_console
from digo.fleet.carry_out import CarriedOut, carry_out
from digo.fleet.failure import FleetError
from digo.fleet.plan.document import read_fleet_plan
from digo.fleet.plan.stack_plan import ChangedFiles, FleetPlan
from digo.fleet.plan.terminal import show_fleet_plan
from digo.fleet.run_report import report_of, report_without_run, write_report
from digo.fleet.runs.runs import FoundRun, Runs, open_runs
from digo.fleet.unfinished import described, run_to_go_on
from digo.fleet.up.refusals import left_out, refusals, with_reviewed
from digo.fleet.up.report import INTERRUPTED, FleetReport
from digo.fleet.up.run_display import RunDisplay
from digo.fleet.up.stopping import early_signals
from digo.sanitize.terminal import one_line
from digo.system.command_name import pasteable
from digo.system.prompts import prompt_confirmation
from digo.system.regular_file import read_any
from digo.text.counts import counted

if TYPE_CHECKING:
    from digo.fleet.fleet import Fleet
    from digo.fleet.runs.run_document import RunDocument


class Part(Enum):
    """What this process does in a run: it takes stacks, it only looks at what workers do, or it only begins the run."""

    WORKS = "works"
    FOLLOWS = "follows"
    DETACHES = "detaches"


@dataclass(frozen=True)
class UpOptions:
    """The options of the command; see its help. `changed_files` is None for all stacks."""

    reviewed: Path | None = None
    changed_files: ChangedFiles | None = None
    concurrency: int | None = None
    yes: bool = False
    resume: bool = False
    restart: bool = False
    part: Part = Part.WORKS
    everything: bool = False


class UpSteps:
    """One call of `digo fleet up`.

    Args:
        fleet: the chosen stacks.
        options: the command's options.
        display: makes what shows the run.
    """

    def __init__(self, fleet: Fleet, options: UpOptions, display: Callable[[], RunDisplay]) -> None:
        self._fleet = fleet
        self._options = options
        self._display = display

    def report(self) -> FleetReport | None:
        """Does everything; the report, or None if the user said no, or leaves the run to its workers.

        Raises:
            click.exceptions.Exit: the user left a run that goes on elsewhere.
            FleetError: nothing may be begun; the message says why.
            RunsError: the database of the runs cannot be used.
        """
        reviewed = None if self._options.reviewed is None else reviewed_plan(self._options.reviewed)
        if reviewed is not None:
            # It may be of the stacks that a pull request changes. What others differ in, nobody has reviewed.
            self._fleet = self._fleet.only(one.stack for one in reviewed.stacks)
        with open_runs(self._fleet) as runs:
            if (document := self._unfinished(runs, reviewed)) is not None:
                return self._carried(runs, lambda: document, None)
            plan = self._planned()
            out = left_out(plan, self._fleet.settings.refused, self._fleet.waves(), reviewed)
            if reviewed is not None:
                plan = with_reviewed(plan, reviewed)
            due = [one for one in plan.changed if one.stack not in out]
            if not due:
                return report_without_run(plan, out)
            if not self._confirmed(f"Up {counted(len(due), 'stack')}?"):
                return None
            return self._carried(
                runs, lambda: runs.begin(plan, left_out=out, concurrency=self._options.concurrency), plan
            )

    def _unfinished(self, runs: Runs, reviewed: FleetPlan | None) -> RunDocument | None:
        """The run to go on with; None if a new one is due. See `run_to_go_on`."""

        def end(one: FoundRun) -> None:
            self._say(f"{described(one)} was stopped and has not ended: what it has begun is ended first")
            if one.document.label == runs.label and self._options.part is Part.WORKS:
                if carry_out(runs, one.document, self._display()).interrupted:
                    raise click.exceptions.Exit(INTERRUPTED)
            else:
                runs.restart(one.document, one.stopped or "")

        found = run_to_go_on(runs, end, resume=self._options.resume, restart=self._options.restart)
        if found is None:
            return None
        if reviewed is not None and refusals(found.document.pinned_plan(), reviewed):
            raise FleetError(
                f"{described(found)} has not ended, and its plans are not the reviewed ones. Nothing was begun.\n"
                "  Next: --restart stops it and begins a new one, or leave out --plan to go on with it"
            )
        self._say(f"{described(found)} has not ended: it goes on")
        if not self._confirmed("Go on with it?"):
            raise click.exceptions.Exit(0)
        return found.document

    def _planned(self) -> FleetPlan:
        plan = planned(self._fleet)
        show_fleet_plan(
            plan, error_console(), everything=self._options.everything, changed_files=self._options.changed_files
        )
        return plan

    def _carried(self, runs: Runs, begin: Callable[[], RunDocument], plan: FleetPlan | None) -> FleetReport | None:
        with early_signals() as signals:  # a run that was begun is stopped, and not left to its workers
            document = begin()
            self._say(f"run {document.run}: {counted(len(document.stacks), 'stack')}")
            if self._options.part is Part.DETACHES:
                self._say(
                    f"it is in the queue, and `digo fleet worker` carries it out; `digo fleet status {document.run}` "
                    f"shows how far it is, and `digo fleet cancel {document.run}` stops it"
                )
                click.echo(document.run)
                return None
            works = self._options.part is Part.WORKS
            carried = carry_out(runs, document, self._display(), work=works, signals=signals)
        if carried.view is None or not carried.view.ended:
            self._say(_left(document.run, carried))
            raise click.exceptions.Exit(INTERRUPTED)
        report = report_of(document, carried, plan)
        try:
            write_report(self._fleet.root, report)
        except OSError as problem:
            self._say(f"warning: the report could not be written: {problem.strerror}")
        return report

    def _confirmed(self, question: str) -> bool:
        return self._options.yes or prompt_confirmation(question)

    @staticmethod
    def _say(text: str) -> None:
        click.echo(one_line(pasteable(text)), err=True)


def _left(run: str, carried: CarriedOut) -> str:
    """What becomes of a run that this process has left before its end."""
    if carried.stops:
        return (
            f"run {run} stops: its workers end the ups that run, and what was not begun is skipped; "
            f"`digo fleet status {run}` shows it, and the next `digo fleet up` begins a new run"
        )
    return (
        f"run {run} goes on at its workers: the database did not answer, so no worker was asked to stop; "
        f"`digo fleet cancel {run}` stops it when the database is there again"
    )


def reviewed_plan(file: Path) -> FleetPlan:
    """Reads a file of `digo fleet plan --format json`.

    Raises:
        FleetError: it cannot be read, or is not a plan of a fleet.
    """
    try:
        return read_fleet_plan(read_any(file))
    except OSError as problem:
        raise FleetError(f"{file} cannot be read: {problem.strerror}; nothing was begun") from None
    except ValueError:
        raise FleetError(
            f"{file} is not a plan of a fleet that this version reads; nothing was begun. Next: "
            f"`digo fleet plan --format json --output {file}` makes one"
        ) from None

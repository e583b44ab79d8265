"""`digo fleet status`: the runs, and how far each is."""

from __future__ import annotations

from typing import Any

import click
from rich.table import Table
from rich.text import Text

from digo.cli.context import Context, pass_context
from digo.cli.output import console
from digo.fleet.failure import FleetError
from digo.fleet.fleet import Fleet
from digo.fleet.runs.failure import DatabaseLost
from digo.fleet.runs.runs import FoundRun, Runs, open_runs
from digo.fleet.up.report import VERSION, FleetReport
from digo.fleet.up.report_text import show_report
from digo.fleet.up.run_view import RunView
from digo.sanitize.json import for_json
from digo.sanitize.terminal import one_line
from digo.text.counts import counted
from digo.text.did_you_mean import hint


@click.command(epilog="Example: digo fleet status 2026-11-29-163000-bfncdk")
@click.argument("run", required=False)
@click.option("--all", "everything", is_flag=True, help="List every stack of the run.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@pass_context
def status(context: Context, run: str | None, form: str, *, everything: bool) -> int:
    """Shows the runs, and how far each is; with RUN, the stacks of that run.

    It asks no account. Exit code: 0 done, 1 an error.
    """
    fleet = Fleet.load(context.root, context.environ)
    with open_runs(fleet) as runs:
        if run is None:
            _list(runs.all(), form)
            return 0
        found = found_run(runs, run)
        view = view_of(runs, found)
    _show(found, view, form, everything=everything)
    return 0


def found_run(runs: Runs, run: str) -> FoundRun:
    """The run with that id.

    Raises:
        FleetError: there is none.
    """
    known = {one.document.run: one for one in runs.all()}
    if run not in known:
        raise FleetError(f"there is no run {run}; {hint(run, known, '`digo fleet status` lists the runs', '{}')}")
    return known[run]


def view_of(runs: Runs, found: FoundRun) -> RunView:
    """How far a run is now.

    Raises:
        RunsError: the database does not have it any more, or cannot be used.
    """
    try:
        return runs.follower(found.document).look()
    except DatabaseLost:
        raise FleetError("the database of the runs does not answer; nothing was changed. Next: run it again") from None


def state_of(found: FoundRun) -> str:
    """A run's state in a word or two."""
    if found.ended:
        return "stopped" if found.stopped is not None else "ended"
    return "stops" if found.stopped is not None else "under way"


def _list(found: tuple[FoundRun, ...], form: str) -> None:
    if form == "json":
        click.echo(for_json({"version": VERSION, "runs": [_summary(one) for one in found]}, indent=2))
        return
    if not found:
        click.echo("there is no run yet; `digo fleet up` begins one")
        return
    table = Table(box=None, pad_edge=False)
    for name in ("run", "begun", "by", "stacks", "state", "why it stopped"):
        table.add_column(name, justify="right" if name == "stacks" else "left")
    for one in found:
        begun, who = one.document.begun, one.document.who
        texts = (one.document.run, begun, who, f"{len(one.document.stacks):,}", state_of(one), one.stopped or "")
        table.add_row(*(Text(one_line(text)) for text in texts))
    console().print(table)


def _summary(one: FoundRun) -> dict[str, Any]:
    return {
        "run": one.document.run,
        "begun": one.document.begun,
        "by": one.document.who,
        "commit": one.document.commit,
        "stacks": len(one.document.stacks),
        "state": state_of(one),
        "stopped": one.stopped or "",
    }


def _show(found: FoundRun, view: RunView, form: str, *, everything: bool) -> None:
    due = [stack for stack in found.document.stacks if stack not in {one.stack for one in view.results}]
    waiting = [stack for stack in due if stack not in view.running]
    if form == "json":
        document = {
            "version": VERSION,
            **_summary(found),
            "wave": view.wave,
            "waits": view.waits,
            "running": sorted(view.running),
            "waiting": waiting,
            "results": [one.to_dict() for one in view.results],
        }
        click.echo(for_json(document, indent=2))
        return
    out = console()
    report = FleetReport(view.run, view.results, view.stopped, commit=found.document.commit)
    show_report(report, out, everything=everything, of=len(found.document.stacks), ended=view.ended)
    if view.ended:
        return
    wave = f"wave {view.wave_number:,} of {view.waves:,}, {view.wave}: " if view.wave else ""
    waits = f", waits for {view.waits}" if view.waits else ""
    out.print(Text(one_line(f"{wave}{len(view.running):,} running, {counted(len(waiting), 'stack')} waiting{waits}")))
    for stack in sorted(view.running):
        out.print(Text(f"  running  {one_line(stack)}"))

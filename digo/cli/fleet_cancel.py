"""`digo fleet cancel`: stops a run."""

from __future__ import annotations

import click

from digo.cli.context import Context, pass_context
from digo.cli.fleet_status import found_run
from digo.fleet.failure import FleetError
from digo.fleet.fleet import Fleet
from digo.fleet.runs.runs import FoundRun, Runs, open_runs


@click.command(epilog="Example: digo fleet cancel")
@click.argument("run", required=False)
@pass_context
def cancel(context: Context, run: str | None) -> int:
    """Stops a run: no further stack is begun, and the ups that run end. Without RUN, the one that is under way.

    What was not begun is skipped. Exit code: 0 the run stops or has ended, 1 an error.
    """
    fleet = Fleet.load(context.root, context.environ)
    with open_runs(fleet) as runs:
        found = found_run(runs, run) if run else _only(runs)
        name = found.document.run
        if found.ended:
            click.echo(f"run {name} has ended already")
            return 0
        # Also ends a run of another version of tool or config, which no process goes on with.
        runs.restart(found.document, "it was cancelled")
    click.echo(
        f"run {name} stops: no further stack is begun, and what runs ends; `digo fleet status {name}` shows it. "
        "If no process works on it any more, the next `digo fleet up` ends it first"
    )
    return 0


def _only(runs: Runs) -> FoundRun:
    """The run under way.

    Raises:
        FleetError: there is none, or more than one.
    """
    found = runs.unfinished()
    if not found:
        raise FleetError("no run is under way; `digo fleet status` lists those that have ended")
    if len(found) > 1:
        names = ", ".join(one.document.run for one in found)
        raise FleetError(f"several runs are under way: {names}; name the one that is to stop")
    return found[0]

"""`digo fleet plan`: shows what an up of each stack would do, with equal changes in groups."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from digo.cli.context import Context, pass_context
from digo.cli.exit_codes import detailed_exitcode_option, exit_code
from digo.cli.fleet_options import Choice, changed_since, choice_options, chosen_fleet, since_option
from digo.cli.output import FILE, FORM_OF, captured, check_endings, check_folders, write_output
from digo.cli.progress import CountProgress
from digo.fleet.file.models import Refused
from digo.fleet.fleet import Fleet
from digo.fleet.plan.sentences import verdict
from digo.fleet.plan.stack_plan import ChangedFiles, FleetPlan
from digo.fleet.plan.terminal import show_fleet_plan


@click.command(epilog="Example: digo fleet plan --since main... --write plan.html --write plan.json")
@choice_options
@since_option
@click.option("--all", "everything", is_flag=True, help="List every stack and every group of changes.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "markdown", "html"]),
    default="table",
    show_default=True,
    help="markdown is for a comment on a pull request, html is a page for the browser.",
)
@click.option("-o", "--output", type=FILE, help="Write to this file, not to the terminal.")
@click.option(
    "--write",
    "copies",
    type=FILE,
    multiple=True,
    help="Write the plan to this file too: .json, .md or .html. Repeat for more.",
)
@detailed_exitcode_option
@pass_context
def plan(
    context: Context,
    /,
    since: str | None,
    form: str,
    output: Path | None,
    copies: tuple[Path, ...],
    *,
    everything: bool,
    detailed: bool,
    **choice: Any,
) -> int:
    """Plans all stacks, or some of them. Nothing is written.

    It shows the stacks whose plan is refused or has failed, then groups of equal changes, then each stack with its
    plan's hash. `digo fleet up --plan FILE` takes the plan as JSON, and carries out those plans, or nothing.

    Exit code: 0 an up can carry it out, 1 an error, or the plan of a stack is refused or has failed; with
    --detailed-exitcode 0 nothing to do, 2 changes, 3 a difference that no up can correct. With `refused: skip` in
    fleet.yaml the stacks that an up leaves out do not count.
    """
    check_endings(copies)
    check_folders([*copies, *([output] if output else [])])
    fleet, changed_files = changed_since(chosen_fleet(context, Choice(**choice)), since)
    found = planned(fleet)
    for path in copies:
        write_output(_rendered(found, FORM_OF[path.suffix], changed_files), path)
    write_output(_rendered(found, form, changed_files, everything=everything), output)
    if output is not None:
        click.echo(f"{verdict(found)}; the plan is in {output}", err=True)
    return exit_code(_counted(found, fleet).exit_code, detailed=detailed)


def _counted(plan: FleetPlan, fleet: Fleet) -> FleetPlan:
    """The plans that the exit code counts: not those that an up leaves out, unless it would leave out all."""
    kept = tuple(one for one in plan.stacks if one.outcome.can_up)
    return replace(plan, stacks=kept) if kept and fleet.settings.refused is Refused.SKIP else plan


def planned(fleet: Fleet) -> FleetPlan:
    """The plans of the fleet's stacks. A line on standard error shows how far they are."""
    total = len(fleet.stacks)
    with CountProgress("stack", total) as progress:
        return fleet.plan(lambda _: progress.add(1, total))


def _rendered(plan: FleetPlan, form: str, changed_files: ChangedFiles | None, *, everything: bool = False) -> str:
    # Each format is imported when it is asked for.
    if form == "json":
        from digo.fleet.plan.document import fleet_plan_json

        return fleet_plan_json(plan, changed_files)
    if form == "markdown":
        from digo.fleet.plan.markdown import fleet_plan_markdown

        return fleet_plan_markdown(plan, changed_files)
    if form == "html":
        from digo.fleet.plan.page import fleet_plan_page

        return fleet_plan_page(plan, changed_files)

    def show(out: Console) -> None:
        show_fleet_plan(plan, out, everything=everything, changed_files=changed_files)

    return captured(show)

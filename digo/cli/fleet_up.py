"""`digo fleet up`: plans all stacks, and ups those that change, in waves."""

from __future__ import annotations

import os
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import click

from digo.ci.services import run_link
from digo.cli.context import Context, pass_context
from digo.cli.fleet_options import Choice, changed_since, choice_options, chosen_fleet, since_option
from digo.cli.fleet_up_steps import Part, UpOptions, UpSteps
from digo.cli.notice_options import NONE, PRINT, notices_option
from digo.cli.output import FILE, captured, check_endings, check_folders, error_console, write_output
from digo.fleet.fleet import Fleet
from digo.fleet.runs.ending import end_now
from digo.fleet.runs.failure import DatabaseLost, RunLeft
from digo.fleet.up.live_table import LiveTable
from digo.fleet.up.report import INTERRUPTED, REFUSED, FleetReport
from digo.fleet.up.report_text import report_markdown, show_report
from digo.fleet.up.run_display import PlainLines, RunDisplay
from digo.sanitize.json import for_json
from digo.sanitize.terminal import one_line
from digo.system.ci import can_redraw
from digo.text.redact import mask_numbers

_FORM_OF = {".json": "json", ".md": "markdown"}


@click.command(epilog="Example: digo fleet up --group canary --yes")
@choice_options
@since_option
@click.option(
    "--plan",
    "reviewed",
    type=FILE,
    help="Carry out the plans of this file, and of its stacks alone: a file of `digo fleet plan --format json`.",
)
@click.option("-y", "--yes", is_flag=True, help="Ask no question.")
@click.option("--resume", is_flag=True, help="Go on with the unfinished run, although something has changed since.")
@click.option("--restart", is_flag=True, help="Stop the unfinished run, plan again, and begin a new one.")
@click.option("--no-work", is_flag=True, help="Only begin and follow the run: workers elsewhere take its stacks.")
@click.option("--detach", is_flag=True, help="Only begin the run, and print its id: workers elsewhere take its stacks.")
@click.option("--concurrency", type=click.IntRange(1), help="How many ups run at once, instead of fleet.yaml's number.")
@click.option("--all", "everything", is_flag=True, help="List every stack in plan and report.")
@click.option("--format", "form", type=click.Choice(["table", "json", "markdown"]), default="table", show_default=True)
@click.option("-o", "--output", type=FILE, help="Write the report to this file instead.")
@click.option(
    "--write",
    "copies",
    type=FILE,
    multiple=True,
    help="Write the report to this file too: .json or .md. Repeat for more.",
)
@notices_option("Whether the receivers in fleet.yaml get a notice; `print` shows what would be sent.")
@pass_context
def up(
    context: Context,
    /,
    since: str | None,
    reviewed: Path | None,
    concurrency: int | None,
    form: str,
    output: Path | None,
    copies: tuple[Path, ...],
    notices: str,
    *,
    yes: bool,
    resume: bool,
    restart: bool,
    no_work: bool,
    detach: bool,
    everything: bool,
    **choice: Any,
) -> int:
    """Plans all stacks, and ups those that change, in waves.

    Everything is planned first, and each stack's plan is pinned: another one is never carried out. A run that was
    killed goes on at the next `digo fleet up`.

    Exit code: 0 all applied or unchanged, 1 refused or an error before anything was written, 2 a stack has failed or is
    unknown, 3 stopped before the end, 130 interrupted. With --detach 0 means: the run was begun.
    """
    if resume and restart:
        raise click.UsageError("--resume goes on with the unfinished run, and --restart stops it: give one of them")
    _check_report(form, output, copies, detach=detach)
    if not yes and not sys.stdin.isatty():
        raise click.UsageError("this is not a terminal to ask on: give --yes to up without a question")
    fleet, changed_files = changed_since(chosen_fleet(context, Choice(**choice)), since)
    part = Part.DETACHES if detach else Part.FOLLOWS if no_work else Part.WORKS
    options = UpOptions(
        reviewed, changed_files, concurrency, part=part, yes=yes, resume=resume, restart=restart, everything=everything
    )
    report = _report(fleet, options)
    if report is None:
        return 0
    if detach and not report.run:
        click.echo("nothing is to be done, so no run was begun", err=True)
        return report.exit_code
    for path, its_form in [*((path, _FORM_OF[path.suffix]) for path in copies), *([(output, form)] if output else [])]:
        _write(path, _rendered(report, its_form, everything=everything))
    if report.run:
        _tell(fleet, report, notices)
    if output is None:
        write_output(_rendered(report, form, everything=everything), None)
    return report.exit_code


def _report(fleet: Fleet, options: UpOptions) -> FleetReport | None:
    """See `UpSteps.report`. A process that has lost its database ends at once."""
    try:
        return UpSteps(fleet, options, _display).report()
    except DatabaseLost as lost:
        click.echo(f"error: {mask_numbers(str(lost))}", err=True)
        end_now(INTERRUPTED if isinstance(lost, RunLeft) else REFUSED)


def _check_report(form: str, output: Path | None, copies: tuple[Path, ...], *, detach: bool) -> None:
    if detach and (copies or output or form != "table"):
        raise click.UsageError("--detach ends before there is a report: `digo fleet status RUN` has it later")
    check_endings(copies, _FORM_OF)
    check_folders([*copies, *([output] if output else [])])


def _write(path: Path, text: str) -> None:
    """Writes a report to a file. What became of the stacks is more than a file: the exit code stays theirs."""
    try:
        write_output(text, path)
    except OSError as problem:
        said = f"error: the report could not be written to {path}: {problem.strerror}; `digo fleet status` has it"
        click.echo(one_line(said), err=True)


def _tell(fleet: Fleet, report: FleetReport, notices: str) -> None:
    """Sends the notices to the receivers in fleet.yaml."""
    if notices == NONE or not fleet.settings.notices:
        return
    from digo.fleet.notices.send import Receivers
    from digo.fleet.notices.up_notice import up_notice

    at = datetime.now(timezone.utc).isoformat(timespec="seconds")
    notice = up_notice(report, fleet.project.name, at, run_link(fleet.environ))
    receivers = Receivers(fleet.settings.notices, fleet.root, fleet.environ)
    if notices == PRINT:
        click.echo(receivers.shown(notice), err=True)
        return
    receivers.send(notice, lambda text: click.echo(one_line(text), err=True))


def _display() -> RunDisplay:
    console = error_console()
    redraws = console.is_terminal and can_redraw(sys.stderr, os.environ)
    return LiveTable(console) if redraws else PlainLines(console)


def _rendered(report: FleetReport, form: str, *, everything: bool) -> str:
    if form == "json":
        return for_json(report.to_dict(), indent=2) + "\n"
    if form == "markdown":
        return report_markdown(report)
    return captured(lambda out: show_report(report, out, everything=everything))

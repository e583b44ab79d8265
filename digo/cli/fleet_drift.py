"""`digo fleet drift`: the watch of all stacks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from digo.ci.services import run_link
from digo.cli.context import Context, pass_context
from digo.cli.exit_codes import detailed_exitcode_option, exit_code
from digo.cli.fleet_options import Choice, choice_options, whole_and_chosen
from digo.cli.notice_options import NONE, PRINT, notices_option
from digo.cli.output import FILE, FORM_OF, captured, check_endings, check_folders, write_output
from digo.cli.progress import CountProgress
from digo.fleet.drift.changes import DriftChanges, Watched, drift_changes
from digo.fleet.drift.document import drift_json
from digo.fleet.drift.markdown import fleet_drift_markdown
from digo.fleet.drift.stack_drift import FleetDrift
from digo.fleet.drift.terminal import show_fleet_drift
from digo.fleet.drift.watch_file import (
    WatchFileProblem,
    one_at_a_time,
    own_watch,
    read_watch,
    watch_file,
    write_watch,
)
from digo.fleet.fleet import Fleet
from digo.fleet.notices.drift_notice import drift_notice
from digo.fleet.notices.notice import Notice
from digo.fleet.notices.send import Receivers
from digo.sanitize.terminal import one_line


@click.command(epilog="Example: digo fleet drift --write drift.html --detailed-exitcode")
@choice_options
@click.option("--all", "everything", is_flag=True, help="List every difference, and the stacks without one.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "markdown", "html"]), default="table", show_default=True
)
@click.option("-o", "--output", type=FILE, help="Write to this file, not to the terminal.")
@click.option(
    "--write", "copies", type=FILE, multiple=True, help="Write to this file too: .json, .md or .html. Repeat for more."
)
@click.option("--since", type=FILE, help="Compare with this file of an earlier watch, not with .digo/fleet/watch.json.")
@notices_option("`print` shows what would be sent. Only `send` keeps this watch for the next one to compare with.")
@detailed_exitcode_option
@pass_context
def drift(
    context: Context,
    /,
    form: str,
    output: Path | None,
    copies: tuple[Path, ...],
    since: Path | None,
    notices: str,
    *,
    everything: bool,
    detailed: bool,
    **choice: Any,
) -> int:
    """Compares config, the last up and the account of all stacks, and says what is new since the last watch.

    It writes to no account. `notices` of fleet.yaml names the receivers of what has changed. A stack that cannot
    be read is unknown, and keeps what the last watch found.

    Exit code: 0 with or without drift, 1 a stack could not be read; with --detailed-exitcode 0 no drift, 2 an up
    corrects it, 3 something that no up can correct.
    """
    check_endings(copies)
    check_folders([*copies, *([output] if output else [])])
    whole, fleet = whole_and_chosen(context, Choice(**choice))
    earlier = None if since is None else _earlier_watch(since)
    found = _watched(fleet)
    with one_at_a_time(watch_file(whole.root)):
        last, keeps = _own_watch(whole.root) if since is None else (earlier, True)
        changes, watched = drift_changes(found, last, [one.name for one in whole.stacks])
        for path in copies:
            write_output(_rendered(found, changes, FORM_OF[path.suffix], everything=everything), path)
        write_output(_rendered(found, changes, form, everything=everything), output)
        _tell(whole, drift_notice(found, changes, run_link(context.environ)), last, watched, notices, keeps=keeps)
    return exit_code(found.exit_code, detailed=detailed)


def _watched(fleet: Fleet) -> FleetDrift:
    """The watch. A line on standard error shows how far it is."""
    total = len(fleet.stacks)
    with CountProgress("stack", total) as progress:
        return fleet.drift(lambda _: progress.add(1, total))


def _earlier_watch(since: Path) -> Watched | None:
    """The watch of `--since`; None if the file is not there, as a cache is not at first."""
    if (last := read_watch(since)) is None:
        _note(f"{since} is not there, and counts as no last watch: every finding is new")
    return last


def _own_watch(root: Path) -> tuple[Watched | None, bool]:
    """The project's last watch, and whether this one may be kept in its place."""
    try:
        return own_watch(watch_file(root), _note), True
    except WatchFileProblem as problem:
        _say(f"warning: {problem}")
        return None, False


def _tell(fleet: Fleet, notice: Notice, last: Watched | None, watched: Watched, notices: str, *, keeps: bool) -> None:
    """Sends the notices, and keeps the watch for the next one."""
    if notices == NONE:
        return
    receivers = Receivers(fleet.settings.notices, fleet.root, fleet.environ)
    untold = last.untold if last else ()
    if notices == PRINT:
        click.echo(receivers.shown(notice, untold), err=True, nl=False)
        return
    failed = receivers.send(notice, _say, untold)
    try:
        if keeps:
            write_watch(watch_file(fleet.root), replace(watched, untold=failed))
    except OSError as problem:
        place = problem.filename or watch_file(fleet.root)
        _say(f"warning: the watch is not kept, so what is new now is new to the next one: {place}: {problem.strerror}")


def _say(text: str) -> None:
    click.echo(one_line(text), err=True)


def _note(text: str) -> None:
    _say(f"note: {text}")


def _rendered(drift: FleetDrift, changes: DriftChanges, form: str, *, everything: bool) -> str:
    if form == "json":
        return drift_json(drift, changes)
    if form == "markdown":
        return fleet_drift_markdown(drift, changes)
    if form == "html":
        from digo.fleet.drift.page import fleet_drift_page  # imported late: only this format needs it

        return fleet_drift_page(drift, changes)

    def show(out: Console) -> None:
        show_fleet_drift(drift, changes, out, everything=everything)

    return captured(show)

"""`stack ls`: list the stacks."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import click

from digo.sanitize.json import for_json
from engine.backend.layout import StackReference
from engine.backend.store import StackSummary
from engine.cli.flags import invocation_flags
from engine.cli.session import Session
from engine.cli.tables import ago, print_table
from engine.cli.terminal import Invocation
from engine.times import json_time


@click.command("ls", short_help="List stacks")
@click.option("--all", "-a", "everything", is_flag=True, help="List all stacks instead of just the project's")
@click.option("--json", "-j", "as_json", is_flag=True, help="Emit output as JSON")
@invocation_flags
@click.pass_obj
def ls(invocation: Invocation, *, everything: bool, as_json: bool) -> None:
    """List the project's stacks, or every stack in the state folder."""
    session = Session.open(invocation)
    found = [
        summary for summary in session.backend.stacks() if everything or summary.stack.project == session.project.name
    ]
    current = session.current_stack()
    if as_json:
        entries = [_entry(session, summary, current) for summary in found]
        click.echo(for_json(entries, indent=2))
        return
    now = datetime.now(timezone.utc)
    rows = [
        (
            _name(session, summary.stack) + ("*" if summary.stack == current else ""),
            ago(summary.last_update, now) if summary.last_update else "n/a",
            "n/a" if summary.resource_count is None else str(summary.resource_count),
        )
        for summary in found
    ]
    print_table(invocation.console(), ("NAME", "LAST UPDATE", "RESOURCE COUNT"), rows)


def _name(session: Session, stack: StackReference) -> str:
    return stack.name if stack.project == session.project.name else stack.qualified_name


def _entry(session: Session, summary: StackSummary, current: StackReference | None) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": _name(session, summary.stack), "current": summary.stack == current}
    if summary.last_update is not None:
        entry["lastUpdate"] = json_time(summary.last_update)
    if summary.resource_count is not None:
        entry["resourceCount"] = summary.resource_count
    return entry

"""`digo history`: who changed what, and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timezone

import click
from rich.console import Console

from digo.cli.context import Context, pass_context
from digo.cli.history_view import History, history_document, show_entry, show_history
from digo.cli.output import captured, write_output
from digo.sanitize.json import for_json
from digo.state.history import UPDATE, HistoryEntry, UnreadableHistory, engine_updates, joined
from digo.state.journal import journal_folder
from digo.state.record_reader import recorded_runs
from digo.state.run_record import history_folder
from digo.text.redact import mask_numbers
from digo.workspace.engine import EngineError

LIMIT = 10
ALL_KINDS = "all"
KINDS = (UPDATE, "refresh", "destroy", "import", "resource-import", "rename", ALL_KINDS)
_FORMAT = click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
_UTC = click.option("--utc", is_flag=True, help="Times in UTC. By default they are local. JSON has UTC always.")


@click.group(invoke_without_command=True, epilog="Example: digo --stack sandbox history --limit 3")
@click.option("--limit", type=click.IntRange(min=1), default=LIMIT, show_default=True, help="List so many updates.")
@click.option("--all", "everything", is_flag=True, help="List all updates, without a limit.")
@click.option("--kind", type=click.Choice(KINDS), default=UPDATE, show_default=True, help="List updates of this kind.")
@_UTC
@_FORMAT
@click.pass_context
def history(command: click.Context, limit: int, kind: str, form: str, *, everything: bool, utc: bool) -> int:
    """Lists the ups of a stack, the newest first: when, who, from which commit, and what each applied.

    The engine keeps when, who, commit, result and counts, for all machines. The plan's hash, and what was applied, not
    applied or is unknown, is recorded on the machine of the up: elsewhere it is "not recorded here".

    Exit code: 0 done, 1 an error.
    """
    if command.invoked_subcommand is not None:
        return 0
    context = command.find_object(Context)
    assert context is not None
    found = _history(context)
    wanted = [one for one in found.entries if kind in (ALL_KINDS, one.kind)]
    shown = wanted if everything else wanted[:limit]
    if form == "json":
        document = {
            "stack": context.stack,
            "total": len(wanted),
            "updates": [history_document(one, numbers=context.show_numbers) for one in shown],
        }
        click.echo(for_json(document, indent=2))
        return 0
    zone = timezone.utc if utc else None

    def show(out: Console) -> None:
        show_history(out, shown, len(wanted), zone, context)

    write_output(captured(show), None)
    return 0


@history.command(epilog="Example: digo --stack sandbox history show 3")
@click.argument("number", required=False)
@click.option("--all", "everything", is_flag=True, help="List all entries, without a limit.")
@_UTC
@_FORMAT
@pass_context
def show(context: Context, number: str | None, form: str, *, everything: bool, utc: bool) -> int:
    """Shows what one up wrote, entry by entry. NUMBER is that of `digo history`; without it, the newest up.

    It shows which entries are applied, not applied or unknown, and why an entry failed.

    Exit code: 0 done, 1 there is no such update, or an error.
    """
    entry = _chosen(context, _history(context).entries, number)
    if form == "json":
        click.echo(for_json(history_document(entry, numbers=context.show_numbers, whole=True), indent=2))
        return 0
    zone = timezone.utc if utc else None

    def render(out: Console) -> None:
        show_entry(out, entry, zone, context, everything=everything)

    write_output(captured(render), None)
    return 0


def _chosen(context: Context, entries: Sequence[HistoryEntry], number: str | None) -> HistoryEntry:
    if number is None:
        newest = next((one for one in entries if one.kind == UPDATE), None)
        if newest is None:
            raise click.ClickException(f"stack {context.stack} has had no up yet")
        return newest
    wanted = number.removeprefix("#")
    chosen = next((one for one in entries if one.id == wanted), None)
    if chosen is not None:
        return chosen
    numbers = [one.update.number for one in entries if one.update is not None]
    have = f"it has {min(numbers):,} to {max(numbers):,}" if numbers else "its history is empty"
    raise click.ClickException(
        f"stack {context.stack} has no update {mask_numbers(number)}; {have}; "
        "`digo history --kind all --all` lists them"
    )


def _history(context: Context) -> History:
    """The history, and notes on standard error about what cannot be said."""
    context.require_stack()
    runs, unreadable = recorded_runs(
        history_folder(context.root, context.stack), journal_folder(context.root, context.stack)
    )
    document = context.engine.history()
    try:
        updates = engine_updates(document if document is not None else [])
    except UnreadableHistory as problem:
        raise EngineError(
            f"the history of stack {context.stack} in {context.engine.backend} is not as Pulumi writes it: {problem}; "
            f"`{context.engine.name} stack history --stack {context.stack}` may show more"
        ) from None
    if document is None:
        known = "; what this machine recorded is listed" if runs else ""
        click.echo(f"note: there is no stack {context.stack} in {context.engine.backend}{known}", err=True)
    for name in unreadable:
        click.echo(
            f"note: .digo/history/{context.stack}/{name} is damaged or of another version, and is left out", err=True
        )
    return History(joined(updates, runs))

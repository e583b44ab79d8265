"""`digo report`: shows what the last run wrote, from its journal."""

from __future__ import annotations

from collections import Counter

import click

from digo.cli.context import Context, pass_context
from digo.sanitize.terminal import one_line
from digo.state.journal import JournalEntry, Outcome, journal_folder, read_run, runs
from digo.text.redact import mask_numbers

WORDS = {Outcome.INTENT: Outcome.UNKNOWN}
UNSETTLED = 2
SHOWN = 20


@click.command(epilog="Example: digo --stack sandbox report --all")
@click.option("--all", "everything", is_flag=True, help="List all writes, also applied ones.")
@pass_context
def report(context: Context, *, everything: bool) -> int:
    """Shows what the last up wrote: applied, not applied or unknown. It reads the journal on disk, not the API.

    The next up settles unknown writes before it creates anything.

    Exit code: 0 all applied or settled, 2 a write was not applied or is unknown.
    """
    journals = runs(journal_folder(context.root, context.stack))
    if not journals:
        context.require_stack()
        click.echo(f"no up of stack {context.stack} has written anything yet")
        return 0
    entries = read_run(journals[-1])
    counts = Counter(_outcome(entry) for entry in entries)
    totals = (f"{counts[outcome]:,} {outcome.value}" for outcome in Outcome if counts[outcome])
    click.echo(", ".join(totals) or "0 writes")
    listed = [entry for entry in entries if everything or _outcome(entry) not in (Outcome.APPLIED, Outcome.SETTLED)]
    for entry in listed if everything else listed[:SHOWN]:
        note = entry.note.partition("\n")[0]
        line = f"  {_outcome(entry).value}: {entry.key} ({entry.call}){f': {note}' if note else ''}"
        click.echo(one_line(mask_numbers(line)))
    if not everything and len(listed) > SHOWN:
        click.echo(f"  and {len(listed) - SHOWN:,} more: --all lists them")
    left = counts[Outcome.NOT_APPLIED] + counts[Outcome.UNKNOWN]
    if left:
        click.echo(f"Next: run up again; it lists the account first, and adopts what was applied ({left:,} left)")
    return UNSETTLED if left else 0


def _outcome(entry: JournalEntry) -> Outcome:
    return WORDS.get(entry.outcome, entry.outcome)

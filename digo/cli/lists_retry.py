"""`digo lists retry`: sends again what the API refused of one list, by an up of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from digo.cli.context import Context, pass_context
from digo.cli.lists_plan import wanted_list
from digo.sanitize.terminal import one_line
from digo.text.counts import counted
from digo.text.samples import counts_of_kinds

if TYPE_CHECKING:
    from digo.desired.state import DesiredList


@click.command(epilog="Example: digo --stack prod lists retry otp --yes")
@click.argument("key")
@click.option("--yes", is_flag=True, help="Do not ask before the rows are sent. As in pulumi.")
@click.option("--skip-preview", is_flag=True, help="Do not show what is sent before it is. As in pulumi.")
@click.option("--preview-only", is_flag=True, help="Show what would be sent, and send nothing.")
@pass_context
def retry(context: Context, key: str, *, yes: bool, skip_preview: bool, preview_only: bool) -> int:
    """Sends again the rows of list KEY that the API refused, as they are or as you have corrected them.

    It is an up with the shards of the list and the account as targets, so guards, approvals, DIGO_PLAN, lock, ledger
    and state are those of every up. Other rows of the list that differ wait for an ordinary up. A row that is refused
    again stays in the file of refused rows; one that is confirmed leaves it, and is not sent again.

    Exit code: 0 nothing was refused; otherwise that of the engine's up.
    """
    from digo.desired import load_environment
    from digo.lists.sending.refused_file import RefusedFile, refused_folder
    from digo.lists.sending.retry import VARIABLE

    wanted = wanted_list(load_environment(context.folder, context.root), key)
    file = RefusedFile(refused_folder(context.root, context.stack), key)
    entries = file.entries()
    if not entries:
        click.echo(one_line(f"no row of list {key} waits for another try: none was refused"))
        return 0
    told = counted(len(entries), "row of list", "rows of list")
    click.echo(one_line(f"{told} {key} {'was' if len(entries) == 1 else 'were'} refused:"), err=True)
    for line in counts_of_kinds(one.reason for one in entries):
        click.echo(one_line(f"  {line}"), err=True)
    options = [name for name, given in (("--yes", yes), ("--skip-preview", skip_preview)) if given and not preview_only]
    sys.stdout.flush()
    sys.stderr.flush()
    return context.engine.become(
        "preview" if preview_only else "up", *_targets(wanted), *options, environ={VARIABLE: key}
    )


def _targets(wanted: DesiredList) -> Iterator[str]:
    """The options for the shards of a list, and the account: without it the guards are not asked."""
    from digo.lists.sending.shard import shard_name

    names = [shard_name(wanted.key, index) for index in range(wanted.shards)]
    for target in ("**digo:Account::account", *(f"**digo:LeadShard::{name}" for name in names)):
        yield from ("--target", target)

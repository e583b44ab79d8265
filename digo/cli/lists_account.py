"""`digo lists account`: the account's broadcast lists, and entries for those that config lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from digo.cli.context import Context, pass_context
from digo.cli.output import console, write_output
from digo.sanitize.json import for_json
from digo.sanitize.terminal import one_line
from digo.settings.profiles import Ability, Subject
from digo.text.redact import mask_numbers

if TYPE_CHECKING:
    from digo.export.lists_file import AccountList


@click.command(epilog="Example: digo --stack prod lists account --format yaml")
@click.option("--format", "form", type=click.Choice(["table", "json", "yaml"]), default="table", show_default=True)
@pass_context
def account(context: Context, form: str) -> int:
    """Lists the account's broadcast lists with their entries, if the stack's profile can list them.

    With --format yaml, entries for lists.yaml of those that config lacks. The API shows no columns, so add yours.

    Exit code: 0 done, 1 an error.
    """
    # The other commands of this group are offline, and must not wait for these imports.
    from digo.api.agent_calls import ReadOptions
    from digo.desired.written import read_written
    from digo.export.lists_file import account_lists, entries_text, new_entries

    profile = context.settings.profile
    if not profile.can(Ability.READ_BACK, Subject.BROADCAST_LIST):
        raise click.ClickException(profile.lacks(Ability.READ_BACK, Subject.BROADCAST_LIST))
    entries = read_written(context.folder, context.root).entries["lists"]
    found = account_lists(context.snapshot(ReadOptions(lists=True)).lists or (), entries)
    if form == "json":
        click.echo(for_json([_document(one) for one in found], indent=2))
    elif form == "yaml":
        write_output(entries_text(new_entries(found, entries)), None)
    else:
        _show(found)
    return 0


def _document(one: AccountList) -> dict[str, str | None]:
    return {"id": one.record.id, "name": mask_numbers(one.record.name), "key": one.key}


def _show(found: tuple[AccountList, ...]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("id", "name", "entry"):
        table.add_column(name, no_wrap=True)
    for one in found:
        cells = (one.record.id, mask_numbers(one.record.name), one.key or "in no config")
        table.add_row(*map(one_line, cells))
    console().print(table)

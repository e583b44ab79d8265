"""`digo export`: an existing account as config."""

from __future__ import annotations

from collections.abc import Sequence

import click

from digo.cli.context import Context, pass_context
from digo.desired import Desired, load_environment
from digo.desired.models import check_country
from digo.desired.reading import ENVIRONMENT_FILE, KINDS, paths_of
from digo.export.entries import exported
from digo.export.files import Files, write
from digo.export.model import Export
from digo.redact import mask_numbers

CHANGES = 2
SHOWN = 20


@click.command(epilog="Example: python -m digo --stack prod export --country IN")
@click.option("--country", help="Two letters: numbers that the account writes without country code are of this one.")
@click.option("--dry-run", is_flag=True, help="Write nothing; exit code 2 where something would be written.")
@pass_context
def export(context: Context, country: str | None, dry_run: bool) -> int:
    """Writes the account's agents into the environment's config. It costs one request; the account is not changed.

    Entries that are there are found by number and intercom, keep their keys and comments, and get the account's values
    where theirs differ. New ones come to the end of agents.yaml. Leads are not exported: the API cannot read them.

    Exit code: 0 done, 1 an error, with --dry-run 2 where something would be written.
    """
    if country is not None:
        try:
            country = check_country(country)
        except ValueError as problem:
            raise click.UsageError(f"--country: {problem}") from None
    desired = _present(context)
    found = exported(desired, context.snapshot(), country)
    files = Files(context.folder, context.root)
    files.add(found)
    texts = files.texts()
    if not dry_run:
        write(texts)
    for path in texts:
        click.echo(f"{'would write' if dry_run else 'wrote'} {path.relative_to(context.root).as_posix()}")
    _tell(found, files.kept)
    return CHANGES if dry_run and texts else 0


def _present(context: Context) -> Desired:
    """What config says already; nothing where the environment has no file yet."""
    folder = context.folder
    if not (folder / ENVIRONMENT_FILE).exists() and not any(paths_of(folder, kind) for kind in KINDS):
        return Desired(folder.name)
    return load_environment(folder, context.root, context.environ)


def _tell(found: Export, kept: Sequence[str]) -> None:
    changed = len({change.wanted.key for change in found.changes})
    click.echo(f"{len(found.new):,} new, {changed:,} changed, {len(found.left_out):,} left out")
    _list("left out", [f"{f'agent eid {one.eid}: ' if one.eid else ''}{one.reason}" for one in found.left_out])
    _list("the variable stays, and the account has another value", kept)
    _list("not on the account, and left as it is", [f"{one.position}: agents.{one.key}" for one in found.missing])


def _list(what: str, lines: Sequence[str]) -> None:
    for line in lines[:SHOWN]:
        click.echo(f"{what}: {mask_numbers(line)}", err=True)
    if len(lines) > SHOWN:
        click.echo(f"{what}: and {len(lines) - SHOWN:,} more", err=True)

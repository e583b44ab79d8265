"""`digo export`: writes an existing account as config."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from digo.cli.context import Context, pass_context
from digo.desired import Desired, load_environment
from digo.desired.environment_reader import KINDS, config_files
from digo.desired.list_models import check_country
from digo.export.check import ExportCheck
from digo.export.files import content_of, write
from digo.export.model import ExportError
from digo.export.prepare import PreparedExport, prepare_export
from digo.source.file_names import ENVIRONMENT_FILE
from digo.source.positions import shown_path
from digo.system.atomic_file import PartlyWritten
from digo.text.redact import mask_numbers
from digo.text.samples import SAMPLE, sample

CHANGES = 2


@click.command(epilog="Example: digo --stack prod export --country IN")
@click.option("--country", help="Two letters, such as IN: the country of numbers without country code.")
@click.option("--dry-run", is_flag=True, help="Write nothing. Exit code 2: something would be written.")
@click.option("--all", "everything", is_flag=True, help=f"List every note, also of more than {SAMPLE} of a kind.")
@pass_context
def export(context: Context, country: str | None, *, dry_run: bool, everything: bool) -> int:
    """Writes the account's agents into the environment's config. It needs one request, and changes no account.

    Existing entries are matched by number and intercom. They keep their keys, and get the account's values where these
    differ. New entries come after the last one of agents.yaml. Everything else in the files stays, byte for byte. The
    new files are checked and planned before any is written. Leads are not exported: the API cannot read them.

    Exit code: 0 done, 1 an error, with --dry-run 2 if something would be written.
    """
    if country is not None:
        try:
            country = check_country(country)
        except ValueError as problem:
            raise click.UsageError(f"--country: {problem}") from None
    content = content_of(context.folder)
    proof = ExportCheck(
        _present(context), context.snapshot(), context.folder, context.root, context.environ, context.settings.profile
    )
    try:
        ready = prepare_export(proof, content, country)
        if not dry_run:
            write(ready.texts, content)
    except ExportError as problem:
        raise click.ClickException(mask_numbers(str(problem))) from None
    except PartlyWritten as problem:
        raise click.ClickException(_partial_text(problem, context.root)) from None
    for path in ready.texts:
        click.echo(f"{'would write' if dry_run else 'wrote'} {shown_path(path, context.root.resolve())}")
    _report(ready, None if everything else SAMPLE)
    return CHANGES if dry_run and ready.texts else 0


def _partial_text(problem: PartlyWritten, root: Path) -> str:
    written, left = (
        ", ".join(shown_path(path, root.resolve()) for path in paths) for paths in (problem.written, problem.left)
    )
    return (
        f"{problem.filename} cannot be written: {problem.strerror}\n"
        f"  written: {written}\n  not written: {left}\n"
        "  Next: make room or change the permissions, and export again; what was written stays right"
    )


def _present(context: Context) -> Desired:
    """The present config; empty where the environment has no file yet."""
    folder = context.folder
    if not (folder / ENVIRONMENT_FILE).exists() and not any(config_files(folder, kind) for kind in KINDS):
        return Desired(folder.name)
    return load_environment(folder, context.root, context.environ)


def _report(ready: PreparedExport, most: int | None) -> None:
    """Prints the counts, and at most `most` notes of each kind."""
    found = ready.export
    changed = len({change.wanted.key for change in found.changes})
    click.echo(f"{len(found.new):,} new, {changed:,} changed, {len(found.left_out):,} left out")
    _list("left out", [str(one) for one in found.left_out], most)
    _list("intercom", [str(one) for one in found.intercoms], most)
    _list("keeps its variable, although the account has another value", ready.kept, most)
    _list("gets its own copy of a value, because the entry that it shared it with changes", ready.pinned, most)
    _list("reads the changed files too, and so changes with them", ready.others, most)
    _list("not on the account, and left as it is", [f"{one.position}: agents.{one.key}" for one in found.missing], most)


def _list(what: str, lines: Sequence[str], most: int | None) -> None:
    for line in sample(lines, "--all lists them", most):
        click.echo(f"{what}: {mask_numbers(line)}", err=True)

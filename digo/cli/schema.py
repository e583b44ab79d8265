"""`digo schema`: JSON Schema of the config files."""

from __future__ import annotations

from pathlib import Path

import click

from digo.schemas import KINDS, NOTICE, STACK, field_table, schema_text, write_schemas


@click.command(epilog="Example: digo schema --write docs/schema")
@click.argument("kind", type=click.Choice(list(KINDS)), required=False)
@click.option(
    "--write", "folder", type=click.Path(file_okay=False, path_type=Path), help="Write all schemas to this folder."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "markdown"]),
    default="json",
    show_default=True,
    help="markdown is a table of the fields, as in docs/config.md.",
)
def schema(kind: str | None, folder: Path | None, form: str) -> int:
    """Prints the JSON Schema of one kind of config file, or writes all schemas.

    An editor completes and checks a config file that starts with the line `# yaml-language-server: $schema=FILE`.
    """
    if (kind is None) == (folder is None):
        raise click.UsageError("say which schema is printed, or --write FOLDER for all of them")
    if kind == STACK and form == "markdown":
        raise click.UsageError("docs/settings.md has the table of a stack's settings")
    if kind == NOTICE and form == "markdown":
        raise click.UsageError(
            "a notice is not a config file, so there is no table of its fields; its schema explains them"
        )
    if folder is not None:
        for path in write_schemas(folder):
            click.echo(f"wrote {path}")
    elif kind is not None:
        click.echo(schema_text(kind) if form == "json" else field_table(kind), nl=False)
    return 0

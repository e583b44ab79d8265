"""`digo drift`: where config, state and account have come apart."""

from __future__ import annotations

import json

import click

from digo.cli.context import Context, pass_context
from digo.cli.output import console
from digo.cli.plan import reviewed
from digo.plan.render.document import review_document
from digo.plan.render.terminal import show_drift


@click.command(epilog="Example: python -m digo --stack sandbox drift || echo drifted")
@click.option("--all", "everything", is_flag=True, help="List all of it, however much there is.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@pass_context
def drift(context: Context, everything: bool, form: str) -> int:
    """Compares config, the last up and the account, field by field: which side moved, and who can mend it.

    Exit code: 0 none, 2 an up mends it, 3 something that no up can mend, 1 an error.
    """
    result = reviewed(context)
    if form == "json":
        click.echo(json.dumps(review_document(result, numbers=context.show_numbers), indent=2, ensure_ascii=False))
    else:
        show_drift(result, console(), numbers=context.show_numbers, everything=everything)
    return result.drift_exit_code

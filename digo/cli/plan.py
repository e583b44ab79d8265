"""`digo plan`: what an up would do, without the engine's preview."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import click

from digo.cli.context import Context, pass_context
from digo.cli.output import console
from digo.plan.render.document import review_document
from digo.plan.render.terminal import show_review
from digo.plan.review import Review, review


def reviewed(context: Context) -> Review:
    """The review of the context's stack: config, state, and one list of the account."""
    desired = context.desired()
    stand, cps = context.stand, context.settings.cps
    applied = context.applied()
    return review(desired, context.snapshot(), applied, stand, cps=cps, today=datetime.now(timezone.utc).date())


@click.command(epilog="Example: python -m digo --stack sandbox plan --all")
@click.option("--all", "everything", is_flag=True, help="List entries that are in order as well.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@pass_context
def plan(context: Context, everything: bool, form: str) -> int:
    """What an up would do, entry by entry, and the plan's hash for approvals. Nothing is written.

    Exit code: 0 nothing to do, 2 changes, 3 something differs that no up can mend, 1 an error.
    """
    result = reviewed(context)
    if form == "json":
        click.echo(json.dumps(review_document(result, numbers=context.show_numbers), indent=2, ensure_ascii=False))
    else:
        show_review(result, console(), numbers=context.show_numbers, everything=everything)
    return result.exit_code

"""`digo drift`: where config, state and account differ."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from digo.cli.context import Context, pass_context
from digo.cli.exit_codes import detailed_exitcode_option, exit_code
from digo.cli.output import captured, write_output
from digo.plan.render.drift_document import drift_json
from digo.plan.render.drift_markdown import drift_markdown
from digo.plan.render.drift_terminal import show_drift
from digo.plan.review import Review


@click.command(epilog="Example: digo --stack sandbox drift --detailed-exitcode || echo drifted")
@click.option("--all", "everything", is_flag=True, help="List everything, without a limit.")
@click.option("--format", "form", type=click.Choice(["table", "json", "markdown", "html"]), default="table")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@detailed_exitcode_option
@pass_context
def drift(context: Context, form: str, output: Path | None, *, everything: bool, detailed: bool) -> int:
    """Compares config, the last up and the account, field by field.

    It says which side has changed, and whether an up corrects it. Agents that are on the account but not in config are
    listed as unmanaged. They are not drift, unless the stack's digo:unmanaged is `drift`.

    Exit code: 0 with or without drift, 1 an error, or an up would be refused; with --detailed-exitcode 0 no drift, 2 an
    up corrects it, 3 something that no up can correct.
    """
    result = context.session.drift_review()
    text = _rendered(result, form, numbers=context.show_numbers, everything=everything)
    write_output(text, output)
    return result.drift_exit_code if detailed else exit_code(result.exit_code, detailed=False)


def _rendered(result: Review, form: str, *, numbers: bool, everything: bool) -> str:
    if form == "json":
        return drift_json(result, numbers=numbers)
    if form == "markdown":
        return drift_markdown(result, numbers=numbers)
    if form == "html":
        from digo.plan.render.drift_page import drift_page  # imported late: only this format needs the template library

        return drift_page(result, numbers=numbers)

    def show(out: Console) -> None:
        show_drift(result, out, numbers=numbers, everything=everything)

    return captured(show)

"""`digo plan`: shows what an up would do, without the engine's preview."""

from __future__ import annotations

from datetime import date, datetime, timezone
from pathlib import Path

import click
from pydantic import ValidationError
from rich.console import Console

from digo.cli.context import Context, pass_context
from digo.cli.exit_codes import detailed_exitcode_option, exit_code
from digo.cli.output import FILE, FORM_OF, captured, check_endings, write_output
from digo.cli.snapshot import age, offline, read_snapshot_file, restored
from digo.plan.changes_since import PlanDocument, changes_since
from digo.plan.pinned_plan import how_to_pin, pinned_plan_hash
from digo.plan.render.document import review_document, review_json
from digo.plan.render.markdown import review_markdown
from digo.plan.render.terminal import show_review
from digo.plan.review import CHANGES, STUCK, Review, review_plan
from digo.system.regular_file import read_any
from digo.text.counts import counted


def make_review_from(context: Context, file: Path, pinned: str | None = None) -> Review:
    """The review of config against a snapshot file of account and state. It needs no token and no engine."""
    snapshot_file = read_snapshot_file(file)
    click.echo(f"{age(snapshot_file)}, from {file}", err=True)
    context = offline(context, snapshot_file)
    desired = context.desired()
    snapshot, applied = restored(context, snapshot_file, desired)
    cps = context.settings.cps
    return review_plan(desired, snapshot, applied, context.guard_context, cps=cps, today=_today(), pinned=pinned)


def _today() -> date:
    return datetime.now(timezone.utc).date()


@click.command(epilog="Example: digo --stack sandbox plan --all")
@click.option("--all", "everything", is_flag=True, help="List every entry: of large groups, and without a change.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "markdown", "html"]),
    default="table",
    show_default=True,
    help="markdown is for a comment on a pull request, html is a page for the browser.",
)
@click.option("-o", "--output", type=FILE, help="Write to this file, not to the terminal.")
@click.option(
    "--write",
    "copies",
    type=FILE,
    multiple=True,
    help="Write the plan to this file too: .json, .md or .html. Repeat for more.",
)
@click.option(
    "--snapshot",
    "recorded",
    type=FILE,
    help="Plan from a file of `digo snapshot`, without a token.",
)
@click.option(
    "--since",
    type=FILE,
    help="Show what has changed since an earlier plan, a file of `--format json`.",
)
@detailed_exitcode_option
@pass_context
def plan(
    context: Context,
    form: str,
    output: Path | None,
    copies: tuple[Path, ...],
    recorded: Path | None,
    since: Path | None,
    *,
    everything: bool,
    detailed: bool,
) -> int:
    """Shows what an up would do, entry by entry, and the plan's hash. Nothing is written.

    The hash is for approvals and for DIGO_PLAN: an up with DIGO_PLAN=HASH carries out exactly that plan, or nothing.

    Exit code: 0 an up can carry it out, 1 an error or a refused plan; with --detailed-exitcode 0 nothing to do, 2
    changes, 3 a difference that no up can correct.
    """
    if recorded is not None and context.show_numbers:
        raise click.UsageError("a snapshot has no numbers to show")
    check_endings(copies)
    earlier = None if since is None else plan_file(since)
    pinned = pinned_plan_hash(context.environ)
    numbers = context.show_numbers
    result = context.session.review(pinned) if recorded is None else make_review_from(context, recorded, pinned)
    last = ""
    if form == "table" and result.exit_code in (CHANGES, STUCK):
        last = f"an up of this plan and no other: {how_to_pin(result.plan, context.engine.name, context.stack)}"
    text = _rendered(result, form, numbers=numbers, everything=everything, last=last)
    for path in copies:
        write_output(_rendered(result, FORM_OF[path.suffix], numbers=numbers, everything=everything), path)
    if earlier is not None:
        now = PlanDocument.model_validate(review_document(result))
        click.echo("\n".join(changes_since(earlier, now)), err=True)
    write_output(text, output)
    stuck = sum(bool(step.cannot_converge) for step in result.steps.steps)
    if stuck and (output is not None or form != "table"):  # the table says so on the terminal
        click.echo(f"warning: no up can correct {counted(stuck, 'entry')} of this plan; the plan says why", err=True)
    return exit_code(result.exit_code, detailed=detailed)


def plan_file(file: Path) -> PlanDocument:
    """Reads the plan in a file of `--format json`.

    Raises:
        click.ClickException: the file is not a plan, or cannot be read.
    """
    try:
        return PlanDocument.model_validate_json(read_any(file))
    except OSError as problem:
        raise click.ClickException(f"{file} cannot be read: {problem.strerror}") from None
    except ValidationError:
        raise click.ClickException(
            f"{file} is not a plan that this version reads; `digo plan --format json --output {file}` makes one"
        ) from None


def _rendered(result: Review, form: str, *, numbers: bool, everything: bool, last: str = "") -> str:
    """The review in a format. `last` is a line below a table."""
    if form == "json":
        return review_json(result, numbers=numbers)
    if form == "markdown":
        return review_markdown(result, numbers=numbers)
    if form == "html":
        from digo.plan.render.page import review_page  # imported late: only this format needs the template library

        return review_page(result, numbers=numbers)

    def show(out: Console) -> None:
        show_review(result, out, numbers=numbers, everything=everything)
        if last:
            out.print(last, soft_wrap=True)

    return captured(show)

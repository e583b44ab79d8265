"""`digo doctor`: is everything in place for a run, and what is to be done where it is not."""

from __future__ import annotations

import click

from digo.cli.context import Context, pass_context
from digo.cli.output import console
from digo.doctor.check import Status
from digo.doctor.examine import Check, examine
from digo.doctor.facts import Facts, Invocation
from digo.doctor.render import document, show_check, show_total, worst
from digo.sanitize.json import for_json


@click.command(epilog="Example: digo --stack sandbox doctor --offline")
@click.option("--json", "as_json", is_flag=True, help="Print a document for programs. Its names are stable.")
@click.option("--offline", is_flag=True, help="Ask nothing over the network: no account, no store, no remote backend.")
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings, too.")
@pass_context
def doctor(context: Context, *, as_json: bool, offline: bool, strict: bool) -> int:
    """Checks installation, project, stack, state, token, endpoint, account, stores, files and Git.

    Each problem comes with what it means and the next step. The account's list is read, and a second time only if the
    token is refused, with `Bearer` or without. Without a token, the stack's login comes first. Nothing is written.

    Exit code: 0 nothing is wrong, 1 something is, or with --strict something may be.
    """
    facts = Facts(_invocation(context, offline=offline))
    checks: list[Check] = []
    out = console()
    for check in examine(facts):
        checks.append(check)
        if not as_json:
            show_check(check, out)
    reads = facts.reads.or_none()
    if as_json:
        click.echo(for_json(document(checks, 0 if reads is None else reads.count), indent=2))
    else:
        show_total(checks, out)
    bad = (Status.ERROR, Status.WARNING) if strict else (Status.ERROR,)
    return int(worst(checks) in bad)


def _invocation(context: Context, *, offline: bool) -> Invocation:
    return Invocation(
        project=lambda: context.project,
        choice=lambda: context.stack_choice,
        engine=lambda: context.engine,
        stack=lambda: context.loaded,
        start=context.start,
        environ=context.environ,
        offline=offline,
    )

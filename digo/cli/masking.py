"""`digo masking`: the number-masking service, and commands that check its routes."""

from __future__ import annotations

import sys
from datetime import datetime

import click

from digo.api.calls import NumberForm
from digo.call_records.dates import DateProblem, moment_of
from digo.cli.context import Context, pass_context
from digo.cli.whole_number import WholeNumber
from digo.masking.call_party import PartyProblem
from digo.masking.loader import load_routes
from digo.masking.lookup import REJECTED, Lookup, RoutingResult
from digo.masking.private_file import private_file
from digo.masking.server import ListenAddress, ServerProblem, ServiceOptions, serve
from digo.masking.table import Table
from digo.source.problems import format_problems
from digo.system.loopback import is_loopback
from digo.text.counts import counted
from digo.text.redact import mask_number

NOBODY = 2


@click.group(epilog="Example: digo --stack prod masking check")
def masking() -> None:
    """Number masking: serves the API that DIGO asks whom to ring, from config/<environment>/masking.yaml."""


@masking.command(name="serve", epilog="Example: digo --stack prod masking serve --port 8080 --workers 2")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=WholeNumber(0, 65535), required=True, help="Port to listen on; 0 picks a free one.")
@click.option("--workers", type=WholeNumber(1, 64), default=1, show_default=True, help="Number of processes.")
@click.option("--secret-header", default="X-Digo-Secret", show_default=True, help="Header with the secret.")
@click.option("--no-secret", is_flag=True, help="Accept requests without a secret, also from other machines.")
@click.option("--access-log/--no-access-log", default=True, help="Print a line for each request, with masked numbers.")
@pass_context
def serve_command(
    context: Context, host: str, port: int, workers: int, secret_header: str, *, no_secret: bool, access_log: bool
) -> int:
    """Answers POST /masking (or /masking/SECRET), GET /healthz and GET /metrics until it is stopped.

    SIGTERM or Ctrl-C stops it after the open requests are answered. SIGHUP reads the config again.

    The secret comes from DIGO_MASKING_SECRET, from the file in DIGO_MASKING_SECRET_FILE or digo:maskingSecretFile, or
    from the stack secret digo:maskingSecret. A changed config file is loaded without dropping a request. If it is
    broken, the routes before it stay.
    """
    secret = None if no_secret else context.secret("maskingSecret")
    if secret is None and not no_secret and not is_loopback(host):
        raise click.UsageError(
            f"others than this machine reach {host}: set DIGO_MASKING_SECRET (or a file or stack secret), or say "
            "--no-secret"
        )
    options = ServiceOptions(secret, secret_header, _form(context) is NumberForm.PLUS, access_log)
    try:
        serve(context.folder, context.root, ListenAddress(host, port, workers), options, _report)
    except ServerProblem as problem:
        raise click.ClickException(str(problem)) from None
    return 0


@masking.command(epilog="Example: digo --stack prod masking check")
@pass_context
def check(context: Context) -> int:
    """Checks masking.yaml and the files that it names. Exit code: 0 they are right, 1 they are not."""
    routes = load_routes(context.folder, context.root)
    for warning in format_problems(routes.warnings):
        click.echo(f"warning: {warning}", err=True)
    click.echo(counted(int(routes.rules["routes"]), "route"))
    return 0


@masking.command(
    epilog="Example: digo masking lookup --dialled '+1 202 555 0190' --caller '+1 202 555 0142'. Exit code: "
    "0 somebody is rung, 2 nobody, 1 an error."
)
@click.option("--dialled", required=True, help="The masking number, as DIGO sends it.")
@click.option("--caller", required=True, help="The caller: a number, a sip: or tel: address, or `anonymous`.")
@click.option("--call", default="", help="The call's id. A pool chooses by it.")
@click.option("--at", "when", help="The time, in the file's zone: YYYY-MM-DD hh:mm. Default: now.")
@pass_context
def lookup(context: Context, dialled: str, caller: str, call: str, when: str | None) -> int:
    """Shows whom the service would ring, and why."""
    answer = _answer(context, dialled, caller, call, when)
    if answer.digits is None:
        why = "the masking number rejects anonymous callers; " if answer.by == REJECTED else ""
        click.echo(f"nobody: {why}DIGO's own failover decides")
        return NOBODY
    shown = f"+{answer.digits}" if context.show_numbers else mask_number(answer.digits)
    click.echo(f"{shown} by {answer.by}")
    return 0


def _answer(context: Context, dialled: str, caller: str, call: str, when: str | None) -> RoutingResult:
    routes = load_routes(context.folder, context.root)
    descriptor = private_file("digo-masking-table")
    routes.maker.write_to(descriptor, routes.rules)
    table = Table(descriptor)
    try:
        if when is None:
            return Lookup(table).answer(dialled, caller, call)
        return Lookup(table, lambda zone: moment_of(when, zone, ends=False)).answer(dialled, caller, call)
    except DateProblem as problem:
        raise click.BadParameter(str(problem), param_hint="--at") from None
    except PartyProblem as problem:
        raise click.BadParameter(str(problem), param_hint="--dialled or --caller") from None
    finally:
        table.close()


def _form(context: Context) -> NumberForm:
    text = (context.config("numberForm") or NumberForm.PLUS.value).strip().lower()
    try:
        return NumberForm(text)
    except ValueError:
        raise click.UsageError("digo:numberForm is one of plus, digits, integer") from None


def _report(line: str) -> None:
    stamp = datetime.now().astimezone().isoformat(timespec="seconds")
    print(f"{stamp} {line}", file=sys.stderr, flush=True)

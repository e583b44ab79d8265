"""The sandbox's command line."""

from pathlib import Path
from typing import Any

import click

from sandbox.background import Background
from sandbox.errors import SandboxError
from sandbox.options import accounts_of, behaviour_options, faults_of, place_of, place_options, settings_of
from sandbox.server import end_with_stdin, serve

_FAULTS = """
\b
Faults, each NAME[:VALUE][,KEY=VALUE...]:
  status:429             error status before anything is stored (429, 500, 502 ...)
  status-after-commit    error status although the change was stored
  lost-before            connection cut before anything is stored
  lost-after             change stored, connection cut without a byte of reply
  mid-body               change stored, connection cut in the middle of the reply
  html, html-after-commit  a gateway's HTML page with status 200
  object                 an object where the list is expected
  success-false          {"success": false} with status 200, nothing stored
  string-false           {"success": "false"} with status 200, nothing stored
  empty-list, cut-list:2   a list that is empty or ends early
  truncated-json         change stored, the JSON ends in the middle
  reply:TEXT             any reply, nothing stored; with status=422, and by POST
                         /_sandbox/faults with headers and body_base64
  redirect:URL           302 with that Location; with status=308
  slow:800, slow-after-commit:800   milliseconds of delay
  late:800               connection cut, and the change stored that much later;
                         with cut=false the server waits for the client to give up,
                         with held=true it is stored when the fault is lifted
  unauthorized           the token has expired
  hang, hang-after-commit  no reply until the faults are lifted
  drip:1000              change stored, the reply comes a byte at a time, with so many
                         milliseconds before each; with part=headers those too
  bomb:1024              change stored, a reply of so many megabytes, sent as one of
                         gzip; with packed=false it is sent as it is
  repeated-cursor        the page of users ends at the cursor that was asked for
  batch:failed           the bulk write ends so, with half of its rows stored; or with
                         hang, lost or completed, and with stored=100
\b
Which requests it strikes (default: the next one):
  method=POST  path=/v1/agent  body_contains=TEXT  nth=3+7  every=10  times=2 or always
  account=smartflo
\b
While it runs:
  GET    /_sandbox/health | requests | state | faults | settings
  DELETE /_sandbox/requests | faults | faults/NUMBER
  POST   /_sandbox/faults   {"match": {"path": "/v1/agent", "nth": [3]}, "fault": {"kind": "lost-after"}}
  POST   /_sandbox/settings {"cps": 5}
  POST   /_sandbox/reset
  POST   /_sandbox/save and load {"file": FILE}   (both accounts as they are, and back to them)
  GET    /_sandbox/calls, POST /_sandbox/records {"count": 1000}   (calls, and made-up ones of the past)
  POST   /_sandbox/inbound {"caller": "+1...", "dialled": "+1..."}  (a call on a masking number)
  POST   /_sandbox/agents, PATCH and DELETE /_sandbox/agents/EID   (edits as if in the panel)
  GET    /_sandbox/smartflo/users | agents | numbers | lists | leads/LIST | batches
  POST   /_sandbox/smartflo/users | lists | leads/LIST   (edits as if in the sibling's panel)
  PATCH and DELETE /_sandbox/smartflo/users/ID | lead/LEAD, DELETE /_sandbox/smartflo/lists/ID
  DELETE /_sandbox/smartflo/batches | logins   (all end now)
  GET    /_sandbox/accounts   (the names of --account and --accounts)
  Each of these calls below /_sandbox/accounts/NAME: the same for that account
"""


class _Group(click.Group):
    """Turns the sandbox's own failures into one line and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SandboxError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            where = f"{error.filename} cannot be used" if error.filename else "The sandbox could not go on"
            raise click.ClickException(f"{where}: {error.strerror or error}.") from error


@click.group(cls=_Group, invoke_without_command=True, epilog=_FAULTS)
@place_options
@behaviour_options
@click.option("--ready-file", type=click.Path(path_type=Path), help="File to write URL and pid to once up.")
@click.option("--until-stdin-ends", is_flag=True, help="End when standard input does: with the program that holds it.")
@click.pass_context
def main(ctx: click.Context, /, *, ready_file: Path | None, until_stdin_ends: bool, **options: Any) -> None:
    """A stand-in for the DIGO service, to rehearse against.

    Without a command it runs in the foreground until Ctrl-C. It speaks the vendor's API under /v1, keeps the
    account in a file, and fails on demand (see --fault). A second account speaks the API of the sibling product,
    Smartflo: the token chooses.
    """
    if ctx.invoked_subcommand is None:
        if until_stdin_ends:
            end_with_stdin()
        serve(place_of(options, ready_file), settings_of(options), faults_of(options), accounts_of(options))


@main.command()
@place_options
@behaviour_options
def start(**options: Any) -> None:
    """Start the sandbox in the background, unless it runs already.

    Its process id and its log lie beside the database.
    """
    # Checked here so that a wrong value is reported by this command and not in the log.
    accounts_of(options)
    others = {name: value for name, value in options.items() if name not in ("host", "port", "db")}
    running, started = Background(options["db"]).start(options["host"], options["port"], others)
    verb = "started" if started else "runs already"
    click.echo(f"The sandbox {verb}: {running.url} (process {running.pid}), account in {options['db']}.")


@main.command()
@place_options
def stop(**options: Any) -> None:
    """Stop the sandbox in the background. Its account stays."""
    stopped = Background(options["db"]).stop()
    if stopped is None:
        click.echo(f"No sandbox runs on {options['db']}.")
    else:
        click.echo(f"The sandbox at {stopped.url} is stopped; its account stays in {options['db']}.")


@main.command()
@place_options
@click.pass_context
def status(ctx: click.Context, /, **options: Any) -> None:
    """Say whether the sandbox runs. Exit code 0 if it does, 3 if not."""
    running = Background(options["db"]).running()
    if running is None:
        click.echo(f"No sandbox runs on {options['db']}.")
        ctx.exit(3)
    click.echo(f"The sandbox runs: {running.url} (process {running.pid}), account in {options['db']}.")

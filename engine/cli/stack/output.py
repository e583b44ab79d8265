"""`stack output`: show the stack's outputs."""

from __future__ import annotations

import json
import shlex
from typing import Any

import click
from rich.console import Console

from digo.sanitize.json import for_json
from engine.backend.layout import StackReference
from engine.cli.session import Session, on_stack
from engine.cli.tables import print_table
from engine.failure import ConfigurationFailure, Failure
from engine.model import Deployment
from protocol.stored import show_masked
from protocol.values import masked, without_secrets


@click.command("output", short_help="Show a stack's output properties")
@click.argument("name", metavar="[PROPERTY-NAME]", required=False)
@click.option("--json", "-j", "as_json", is_flag=True, help="Emit output as JSON")
@click.option("--shell", "as_shell", is_flag=True, help="Emit output as a shell script")
@click.option("--show-secrets", is_flag=True, help="Display outputs which are marked as secret in plaintext")
@on_stack
def output(
    session: Session, stack: StackReference, name: str | None, *, as_json: bool, as_shell: bool, show_secrets: bool
) -> None:
    """Show one output, or all. Without --show-secrets, secrets are blinded."""
    if as_json and as_shell:
        raise ConfigurationFailure("only one of --json and --shell may be set")
    read = session.open_secrets(stack).read if show_secrets else show_masked
    outputs = stack_outputs(session.backend.load(stack, read).deployment, show_secrets=show_secrets)
    if name is not None and name not in outputs:
        raise Failure(f"current stack does not have output property '{name}'")
    wanted = {name: outputs[name]} if name is not None else outputs
    if as_json:
        shown = outputs[name] if name is not None else outputs
        click.echo(for_json(shown, indent=2, sort_keys=True))
    elif as_shell:
        for key in sorted(wanted):
            click.echo(f"{key}={shlex.quote(stringified(wanted[key]))}")
    elif name is not None:
        click.echo(stringified(outputs[name]))
    else:
        print_outputs(session.invocation.console(), outputs)


def stack_outputs(deployment: Deployment, *, show_secrets: bool) -> dict[str, Any]:
    """The outputs of the stack's own resource as plain data, secrets in plaintext or blinded."""
    outputs = deployment.stack.outputs if deployment.stack is not None else {}
    return {key: without_secrets(value) if show_secrets else masked(value) for key, value in outputs.items()}


def stringified(value: Any) -> str:
    """A text unchanged, any other value as JSON."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def print_outputs(console: Console, outputs: dict[str, Any]) -> None:
    """Prints the number of outputs, and a table of them."""
    console.print(f"Current stack outputs ({len(outputs)}):")
    if not outputs:
        console.print("    No output values currently in this stack")
        return
    rows = [(key, stringified(outputs[key])) for key in sorted(outputs)]
    print_table(console, ("OUTPUT", "VALUE"), rows, prefix="    ")

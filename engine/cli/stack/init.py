"""`stack init`: create a stack."""

from __future__ import annotations

import click

from engine.cli.flags import invocation_flags, one_stack_name, stack_flag
from engine.cli.session import Session
from engine.cli.terminal import Invocation
from engine.failure import ConfigurationFailure


@click.command("init", short_help="Create an empty stack with the given name, ready for updates")
@click.argument("name", metavar="[STACK-NAME]", required=False)
@click.option("--no-select", is_flag=True, help="Do not select the stack")
@click.option("--secrets-provider", default="default", help="'default' or 'passphrase'; others need the pulumi CLI")
@stack_flag
@invocation_flags
@click.pass_obj
def init(invocation: Invocation, name: str | None, *, no_select: bool, secrets_provider: str, stack_name: str) -> None:
    """Create an empty stack with the given name, ready for updates, and select it."""
    if secrets_provider not in ("default", "passphrase"):
        raise ConfigurationFailure(
            f"unknown secrets provider '{secrets_provider}': the embedded engine knows 'passphrase'; "
            "use the pulumi CLI for others"
        )
    wanted = one_stack_name(stack_name, name)
    if not wanted and invocation.is_interactive():
        wanted = click.prompt("Please enter your desired stack name")
    if not wanted:
        raise ConfigurationFailure("missing stack name; write it as `stack init NAME`")
    session = Session.open(invocation)
    session.create_stack(session.reference(wanted), select=not no_select)

"""`stack init`, `select`, `unselect`, `rename` and `rm`: the life of a stack."""

from __future__ import annotations

import click
from rich.text import Text

from engine.cli.flags import invocation_flags, one_stack_name, stack_flag, yes_flag
from engine.cli.prompts import choose, confirm_by_name
from engine.cli.session import Session
from engine.cli.terminal import Invocation
from engine.display.operation_words import ATTENTION
from engine.failure import ConfigurationFailure, Failure, StackNotFound
from protocol.stored import keep_encrypted


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


@click.command("select", short_help="Switch the current workspace to the given stack")
@click.argument("name", metavar="[STACK]", required=False)
@click.option("--create", "-c", is_flag=True, help="If the stack does not exist, create it")
@click.option("--secrets-provider", hidden=True, expose_value=False)
@stack_flag
@invocation_flags
@click.pass_obj
def select(invocation: Invocation, name: str | None, *, create: bool, stack_name: str) -> None:
    """Select a stack. Commands without --stack then use it."""
    session = Session.open(invocation)
    wanted = one_stack_name(stack_name, name) or _choose(session)
    stack = session.reference(wanted)
    if create and not session.backend.exists(stack):
        session.create_stack(stack, select=True)
        return
    session.require(stack)
    session.selection.select(stack)


@click.command("unselect", short_help="Reset stack selection from the current workspace")
@invocation_flags
@click.pass_obj
def unselect(invocation: Invocation) -> None:
    """Remove the selection. Commands then need --stack."""
    Session.open(invocation).selection.unselect()
    click.echo("Stack was unselected")


def _choose(session: Session) -> str:
    names = [found.stack.name for found in session.backend.stacks() if found.stack.project == session.project.name]
    if not session.invocation.is_interactive():
        raise StackNotFound("no stack selected; write its name as `stack select NAME`")
    if not names:
        raise StackNotFound("this command requires a stack, but there are none; create one with `stack init NAME`")
    return choose(session.invocation, "Please choose a stack:", names, names[0])


@click.command("rename", short_help="Rename an existing stack")
@click.argument("new_name", metavar="NEW-STACK-NAME")
@stack_flag
@invocation_flags
@click.pass_obj
def rename(invocation: Invocation, new_name: str, stack_name: str) -> None:
    """Rename a stack, in its state and in the name of its Pulumi.<stack>.yaml.

    From then on a program gets the new name. With `organization/project/name` the state moves to another project;
    change the name in Pulumi.yaml too.
    """
    session = Session.open(invocation)
    old, new = session.require_stack(stack_name), session.reference(new_name)
    old_file, new_file = session.project.stack_file(old.name), session.project.stack_file(new.name)
    moves_file = old_file.exists() and old.name != new.name
    if moves_file and new_file.exists():
        raise Failure(f"{new_file.name} exists already; move it away, then rename again. Nothing was renamed")
    with session.locked(old):
        session.backend.settle(old)
        session.backend.rename(old, new)
    if moves_file:
        old_file.replace(new_file)
    session.selection.select(new)
    click.echo(f"Renamed {old.name} to {new.name}")


@click.command("rm", short_help="Remove a stack and its configuration")
@click.argument("name", metavar="[STACK-NAME]", required=False)
@click.option("--force", "-f", is_flag=True, help="Remove the stack even if it has resources, which are not deleted")
@click.option("--preserve-config", is_flag=True, help="Do not delete the Pulumi.<stack-name>.yaml of the stack")
@yes_flag
@stack_flag
@invocation_flags
@click.pass_obj
def rm(
    invocation: Invocation, name: str | None, *, force: bool, preserve_config: bool, yes: bool, stack_name: str
) -> None:
    """Remove a stack and its configuration. Destroy its resources first."""
    session = Session.open(invocation)
    stack = session.require_stack(one_stack_name(stack_name, name))
    confirm_by_name(invocation, f"This will permanently remove the '{stack.name}' stack!", stack.name, yes=yes)
    is_current = session.current_stack() == stack
    with session.locked(stack):
        if not force and session.backend.load(stack, keep_encrypted).deployment.resources:
            raise Failure(
                f"'{stack.name}' still has resources; removal rejected. Possible actions:\n"
                f"- Make sure that '{stack.name}' is the stack that you want to destroy\n"
                "- Run `destroy` to delete the resources, then run `stack rm`\n"
                "- Run `stack rm --force` to override this error"
            )
        session.backend.remove(stack)
    if not preserve_config and stack.project == session.project.name:
        session.project.stack_file(stack.name).unlink(missing_ok=True)
    invocation.console().print(Text(f"Stack '{stack.name}' has been removed!", ATTENTION))
    if is_current:
        session.selection.unselect()

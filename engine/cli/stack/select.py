"""`stack select` and `stack unselect`: choose the stack for commands without --stack."""

from __future__ import annotations

import click

from engine.cli.flags import invocation_flags, one_stack_name, stack_flag
from engine.cli.prompts import choose, headline
from engine.cli.session import Session
from engine.cli.terminal import Invocation
from engine.failure import StackNotFound


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
    return choose(session.invocation, headline("Please choose a stack:"), names, names[0])

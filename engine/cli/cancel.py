"""`cancel`: remove the locks of a run that has ended."""

from __future__ import annotations

import click
from rich.text import Text

from engine.backend.lock import break_locks
from engine.cli.flags import invocation_flags, one_stack_name, stack_flag, yes_flag
from engine.cli.prompts import confirm_by_name
from engine.cli.session import Session
from engine.cli.terminal import Invocation
from engine.display.operation_words import ATTENTION


@click.command("cancel", short_help="Cancel a stack's currently running update, if any")
@click.argument("name", metavar="[STACK-NAME]", required=False)
@stack_flag
@yes_flag
@invocation_flags
@click.pass_obj
def cancel(invocation: Invocation, name: str | None, stack_name: str, *, yes: bool) -> None:
    """Remove the locks of a stack, so that it can be updated again.

    This stops no process. Unfinished operations of a killed run stay in the state as pending operations.
    """
    session = Session.open(invocation)
    stack = session.require_stack(one_stack_name(stack_name, name))
    confirm_by_name(
        invocation,
        f"This will irreversibly cancel the currently running update for '{stack.name}'!",
        stack.name,
        yes=yes or not invocation.is_interactive(),
    )
    break_locks(session.backend.layout, stack)
    invocation.console().print(Text(f"The currently running update for '{stack.name}' has been canceled!", ATTENTION))

"""`stack rm`: remove a stack."""

from __future__ import annotations

import click
from rich.text import Text

from engine.cli.flags import invocation_flags, one_stack_name, stack_flag, yes_flag
from engine.cli.prompts import confirm_by_name
from engine.cli.session import Session
from engine.cli.terminal import Invocation
from engine.display.operation_words import ATTENTION
from engine.failure import Failure
from protocol.stored import keep_encrypted


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
    with session.backend.lock(stack, invocation.tell):
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

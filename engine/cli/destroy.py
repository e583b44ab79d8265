"""`destroy`: delete every resource in a stack."""

from __future__ import annotations

from typing import Any

import click

from digo.system.command_name import digo_command
from engine import deployment
from engine.cli.flags import change_flags, operation_flags, refresh_flag, target_flags
from engine.cli.operation import Operation, perform
from engine.cli.operation_flags import OperationFlags
from engine.cli.session import Session
from engine.cli.terminal import Invocation
from engine.display.options import Kind

DESTROY = Operation(Kind.DESTROY, lambda: deployment.destroy)


@click.command("destroy", short_help="Destroy all existing resources in the stack")
@operation_flags
@target_flags
@change_flags
@refresh_flag
@click.option("--continue-on-error", is_flag=True, help="Continue with what does not depend on what failed")
@click.option("--remove", is_flag=True, help="Remove the stack and its config file after all resources are deleted")
@click.pass_obj
def destroy(invocation: Invocation, /, *, remove: bool, **flags: Any) -> None:
    """Delete all the resources in the stack, but not the stack itself."""
    session = Session.open(invocation)
    stack = session.require_stack(flags["stack_name"])
    perform(session, DESTROY, OperationFlags.of(flags))
    if flags["targets"] or flags["preview_only"]:
        return
    if remove:
        with session.backend.lock(stack, invocation.tell):
            session.backend.remove(stack)
        session.project.stack_file(stack.name).unlink(missing_ok=True)
        session.selection.unselect()
        left = "and the history and configuration removed."
    else:
        left = (
            "but the history and configuration associated with the stack are still maintained. \n"
            f"If you want to remove the stack completely, run `{digo_command()} engine stack rm {stack.name}`."
        )
    if not flags["as_json"]:
        invocation.console().print(f"The resources in the stack have been deleted, {left}")

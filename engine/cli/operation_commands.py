"""`up`, `preview`, `refresh` and `destroy`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from digo.system.command_name import digo_command
from engine.backend.layout import StackReference
from engine.cli.config_values import save_assignments
from engine.cli.flags import (
    assignment_flags,
    change_flags,
    operation_flags,
    refresh_flag,
    replace_flags,
    target_flags,
)
from engine.cli.operation_flags import OperationFlags
from engine.cli.session import Session
from engine.cli.terminal import Invocation
from engine.display.options import Kind

if TYPE_CHECKING:
    from engine.cli.operation import Operation

_continue_flag = click.option(
    "--continue-on-error", is_flag=True, help="Continue with what does not depend on what failed"
)


@click.command("up", short_help="Create or update the resources in a stack")
@operation_flags
@target_flags
@change_flags
@refresh_flag
@replace_flags
@_continue_flag
@assignment_flags
@click.pass_obj
def up(invocation: Invocation, /, assignments: tuple[str, ...], *, config_path: bool, **flags: Any) -> None:
    """Create or update the resources in a stack: run the program, compare, ask, and make the changes."""
    session = Session.open(invocation)
    save_assignments(session, flags["stack_name"], assignments, as_path=config_path)
    _operation(session, Kind.UPDATE, flags).perform()


@click.command("preview", short_help="Show a preview of updates to a stack's resources")
@operation_flags
@target_flags
@refresh_flag
@click.option("--expect-no-changes", is_flag=True, help="Return an error if any changes are proposed")
@replace_flags
@assignment_flags
@click.pass_obj
def preview(invocation: Invocation, /, assignments: tuple[str, ...], *, config_path: bool, **flags: Any) -> None:
    """Show what `up` would create, update and delete. Changes nothing."""
    session = Session.open(invocation)
    save_assignments(session, flags["stack_name"], assignments, as_path=config_path)
    _operation(session, Kind.UPDATE, flags).preview()


@click.command("refresh", short_help="Refresh the resources in a stack")
@operation_flags
@target_flags
@change_flags
@click.option("--clear-pending-creates", is_flag=True, hidden=True, expose_value=False)
@click.pass_obj
def refresh(invocation: Invocation, /, **flags: Any) -> None:
    """Read every resource from its provider and write the result to the state. Changes no resource."""
    _operation(Session.open(invocation), Kind.REFRESH, flags).perform()


@click.command("destroy", short_help="Destroy all existing resources in the stack")
@operation_flags
@target_flags
@change_flags
@refresh_flag
@_continue_flag
@click.option("--remove", is_flag=True, help="Remove the stack and its config file after all resources are deleted")
@click.pass_obj
def destroy(invocation: Invocation, /, *, remove: bool, **flags: Any) -> None:
    """Delete all the resources in the stack, but not the stack itself."""
    session = Session.open(invocation)
    stack = session.require_stack(flags["stack_name"])
    _operation(session, Kind.DESTROY, flags).perform()
    if flags["targets"] or flags["preview_only"]:
        return
    left = _remove_stack(session, stack) if remove else _kept_stack(stack)
    if not flags["as_json"]:
        invocation.console().print(f"The resources in the stack have been deleted, {left}")


def _operation(session: Session, kind: Kind, flags: Mapping[str, Any]) -> Operation:
    # What runs an operation needs gRPC. So it is imported when a command runs, and help is quick.
    from engine.cli.operation import Operation
    from engine.deployment import deletions, refreshing, updating

    work = {Kind.UPDATE: updating.update, Kind.REFRESH: refreshing.refresh, Kind.DESTROY: deletions.destroy}[kind]
    return Operation(session, kind, work, OperationFlags.of(flags))


def _remove_stack(session: Session, stack: StackReference) -> str:
    with session.locked(stack):
        session.backend.remove(stack)
    session.project.stack_file(stack.name).unlink(missing_ok=True)
    session.selection.unselect()
    return "and the history and configuration removed."


def _kept_stack(stack: StackReference) -> str:
    return (
        "but the history and configuration associated with the stack are still maintained. \n"
        f"If you want to remove the stack completely, run `{digo_command()} engine stack rm {stack.name}`."
    )

"""`up`: create or update the resources in a stack; `preview`: show the changes that `up` would make."""

from __future__ import annotations

from typing import Any

import click

from engine import deployment
from engine.cli.config_values import save_assignments
from engine.cli.flags import (
    assignment_flags,
    change_flags,
    operation_flags,
    refresh_flag,
    replace_flags,
    target_flags,
)
from engine.cli.operation import Operation, perform
from engine.cli.operation import preview as run_preview
from engine.cli.operation_flags import OperationFlags
from engine.cli.session import Session
from engine.cli.terminal import Invocation
from engine.display.options import Kind

UP = Operation(Kind.UPDATE, lambda: deployment.update)


@click.command("up", short_help="Create or update the resources in a stack")
@operation_flags
@target_flags
@change_flags
@refresh_flag
@replace_flags
@click.option("--continue-on-error", is_flag=True, help="Continue with what does not depend on what failed")
@assignment_flags
@click.pass_obj
def up(invocation: Invocation, /, assignments: tuple[str, ...], *, config_path: bool, **flags: Any) -> None:
    """Create or update the resources in a stack: run the program, compare, ask, and make the changes."""
    session = Session.open(invocation)
    save_assignments(session, flags["stack_name"], assignments, as_path=config_path)
    perform(session, UP, OperationFlags.of(flags))


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
    run_preview(session, UP, OperationFlags.of(flags))

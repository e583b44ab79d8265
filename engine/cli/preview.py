"""`preview`: show what `up` would do."""

from __future__ import annotations

from typing import Any

import click

from engine.cli import operation
from engine.cli.config_values import save_assignments
from engine.cli.flags import operation_flags, refresh_flag, target_flags
from engine.cli.session import Session
from engine.cli.terminal import Invocation
from engine.cli.up import UP
from engine.cli.wishes import Wishes


@click.command("preview", short_help="Show a preview of updates to a stack's resources")
@operation_flags
@target_flags
@refresh_flag
@click.option("--expect-no-changes", is_flag=True, help="Return an error if any changes are proposed")
@click.option("--replace", "replace", multiple=True, help="A resource URN to replace; repeatable")
@click.option("--target-replace", multiple=True, help="Shorthand for --target URN --replace URN")
@click.option("--config", "-c", "assignments", multiple=True, help="Config (key=value) to use and to save")
@click.option("--config-path", is_flag=True, help="Config keys contain a path to a property in a map or list to set")
@click.pass_obj
def preview(invocation: Invocation, assignments: tuple[str, ...], config_path: bool, **flags: Any) -> None:
    """Show what `up` would create, update and delete. Changes nothing."""
    session = Session.open(invocation)
    save_assignments(session, flags["stack_name"], assignments, as_path=config_path)
    operation.preview(session, UP, Wishes.of(flags))

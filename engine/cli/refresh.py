"""`refresh`: update the state from the provider."""

from __future__ import annotations

from typing import Any

import click

from engine import deployment
from engine.cli.flags import change_flags, operation_flags, target_flags
from engine.cli.operation import Operation, perform
from engine.cli.operation_flags import OperationFlags
from engine.cli.session import Session
from engine.cli.terminal import Invocation
from engine.display.options import Kind

REFRESH = Operation(Kind.REFRESH, lambda: deployment.refresh)


@click.command("refresh", short_help="Refresh the resources in a stack")
@operation_flags
@target_flags
@change_flags
@click.option("--clear-pending-creates", is_flag=True, hidden=True, expose_value=False)
@click.pass_obj
def refresh(invocation: Invocation, /, **flags: Any) -> None:
    """Read every resource from its provider and write the result to the state. Changes no resource."""
    perform(Session.open(invocation), REFRESH, OperationFlags.of(flags))

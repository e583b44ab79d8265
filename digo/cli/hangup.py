"""`digo hangup`: ends a live call."""

from __future__ import annotations

import click

from digo.api.voice import hang_up
from digo.call_control.steps import CallStep
from digo.cli.call_options import EXIT_CODES, CallIdType, act, acting_options
from digo.cli.context import Context, pass_context


@click.command(epilog=f"Example: digo hangup 1627373566.350603. {EXIT_CODES}")
@click.argument("call_id", type=CallIdType())
@acting_options
@pass_context
def hangup(context: Context, call_id: str, *, yes: bool, dry_run: bool) -> int:
    """Ends the live call CALL_ID. The request is sent once and never retried."""
    return act(
        context, f"End the call {call_id}?", lambda: [CallStep("hang up", hang_up(call_id))], yes=yes, dry_run=dry_run
    )

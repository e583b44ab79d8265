"""`digo transfer`: hands a live call to another agent."""

from __future__ import annotations

import click

from digo.api.voice import transfer as transfer_call
from digo.call_control.agents import NoSuchAgent
from digo.call_control.steps import CallStep
from digo.cli.call_options import EXIT_CODES, CallIdType, act, acting_options, agents_of, shown_agent
from digo.cli.context import Context, pass_context
from digo.fields.types import canonical_intercom


@click.command(epilog=f"Example: digo transfer 1627373566.350603 --to sales. {EXIT_CODES}")
@click.argument("call_id", type=CallIdType())
@click.option("--to", "agent", required=True, help="Config key, EID, intercom, or number with +.")
@acting_options
@pass_context
def transfer(context: Context, call_id: str, agent: str, *, yes: bool, dry_run: bool) -> int:
    """Hands the live call CALL_ID to an agent (type 4 of the API's call options).

    It reads the agent from the account first, because the API requires the agent's EID and intercom.
    """

    def steps() -> list[CallStep]:
        found = agents_of(context).agent(agent)
        if not found.intercom:
            raise NoSuchAgent(f"the agent (eid {found.eid}) has no intercom, which the API demands for a transfer")
        call = transfer_call(call_id, found.eid, canonical_intercom(found.intercom))
        return [CallStep("transfer the call", call)]

    return act(
        context, f"Hand the call {call_id} to agent {shown_agent(context, agent)}?", steps, yes=yes, dry_run=dry_run
    )

"""`digo call`: connects an agent with a customer."""

from __future__ import annotations

import click

from digo.api.voice import ClickToCall, click_to_call
from digo.call_control.steps import CallStep
from digo.cli.call_options import EXIT_CODES, NumberType, act, acting_options, agents_of, shown_agent, shown_number
from digo.cli.context import Context, pass_context
from digo.cli.whole_number import WholeNumber

LONGEST_IDENTIFIER = 255


@click.command(epilog=f"Example: digo call --agent sales --to '+1 202 555 0142' --dry-run. {EXIT_CODES}")
@click.option(
    "--agent", required=True, help="Config key, EID, intercom, or number with +. Digits alone are never a key."
)
@click.option("--to", "destination", required=True, type=NumberType(), help="The customer's number, with +.")
@click.option("--caller-id", type=NumberType(), help="The number that the called party sees.")
@click.option("--async/--sync", "asynchronous", default=None, help="Whether to return before the agent answers.")
@click.option("--call-timeout", type=WholeNumber(1, 86_400), help="End the call after this many seconds.")
@click.option(
    "--get-call-id", is_flag=True, help="Ask for the call's id. The API sends it when the agent has answered."
)
@click.option("--custom-identifier", help="A text of yours; webhooks carry it.")
@acting_options
@pass_context
def call(
    context: Context,
    agent: str,
    destination: str,
    caller_id: str | None,
    *,
    asynchronous: bool | None,
    call_timeout: int | None,
    get_call_id: bool,
    custom_identifier: str | None,
    yes: bool,
    dry_run: bool,
) -> int:
    """Rings AGENT, then the customer. The request is sent once and never retried."""
    if custom_identifier is not None and not 1 <= len(custom_identifier) <= LONGEST_IDENTIFIER:
        raise click.BadParameter(f"1 to {LONGEST_IDENTIFIER} characters", param_hint="--custom-identifier")

    def steps() -> list[CallStep]:
        form = context.settings.number_form
        address = agents_of(context).address(agent, form)
        wanted = ClickToCall(
            address, destination, caller_id, asynchronous, call_timeout, get_call_id, custom_identifier
        )
        return [CallStep("place the call", click_to_call(wanted, form))]

    question = f"Ring agent {shown_agent(context, agent)} and connect {shown_number(context, destination)}?"
    return act(context, question, steps, yes=yes, dry_run=dry_run)

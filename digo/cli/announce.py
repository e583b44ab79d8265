"""`digo announce`: calls a customer and reads out a lead's columns, such as a one-time password."""

from __future__ import annotations

import click

from digo.api.calls import put_lead
from digo.api.models import NewLead
from digo.api.voice import call_customer
from digo.call_control.lists import NoSuchList, find_list
from digo.call_control.steps import CallStep
from digo.cli.call_options import EXIT_CODES, NumberType, act, acting_options, shown_number
from digo.cli.context import Context, pass_context


@click.command(epilog=f"Example: digo announce --list otp --to '+1 202 555 0142' --set otp=123456. {EXIT_CODES}")
@click.option("--list", "list_name", required=True, help="The list: its key in lists.yaml, or its id.")
@click.option("--to", "customer", required=True, type=NumberType(), help="The customer's number, with +.")
@click.option(
    "--set", "columns", multiple=True, metavar="COLUMN=VALUE", help="A column, by name or field_N. Repeat for more."
)
@acting_options
@pass_context
def announce(
    context: Context, list_name: str, customer: str, columns: tuple[str, ...], *, yes: bool, dry_run: bool
) -> int:
    """Writes the lead, then calls the customer. If the lead fails, nobody is called.

    The API key comes from DIGO_API_KEY, from the file in DIGO_API_KEY_FILE or digo:apiKeyFile, or from the stack
    secret digo:apiKey.
    """
    try:
        target = find_list(context.folder, context.root, list_name)
        fields = target.fields(columns)
    except NoSuchList as problem:
        raise click.ClickException(f"{problem}; nothing was sent") from None
    key = context.secret("apiKey")
    if key is None:
        raise click.ClickException(
            "no API key: set DIGO_API_KEY, or DIGO_API_KEY_FILE to a file that has it, or `pulumi config set --secret "
            "digo:apiKey`; nothing was sent"
        )

    def steps() -> list[CallStep]:
        form = context.settings.number_form
        return [
            CallStep("write the lead", put_lead(NewLead(target.id, customer, fields), form)),
            CallStep("call the customer", call_customer(customer, key, form)),
        ]

    question = f"Write the lead to list {target.id} and call {shown_number(context, customer)}?"
    return act(context, question, steps, yes=yes, dry_run=dry_run)

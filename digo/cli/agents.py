"""`digo agents`: the account's list, joined with config and state."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import click
from rich.table import Table

from digo.cli.context import Context, pass_context
from digo.cli.output import console
from digo.fields.agents import (
    AGENT_FIELDS,
    CONFIGURATION_FIELDS,
    NUMBER_FIELDS,
    WANTED_FIELDS,
    AgentField,
    shown_values,
)
from digo.fields.types import NUMBER
from digo.plan.agent_status import AgentEntryStatus, AgentStatus, AgentStatuses, agent_statuses
from digo.sanitize.json import for_json
from digo.sanitize.terminal import one_line
from digo.source.problems import format_problems
from digo.text.counts import counted
from digo.text.did_you_mean import hint
from digo.text.redact import mask_numbers, mask_value
from digo.text.samples import SAMPLE

SHOWN = 100
"""How many agents the table has by itself."""


def _has_status(status: AgentStatus) -> Callable[[AgentEntryStatus], bool]:
    return lambda member: member.status is status


ONLY: Mapping[str, Callable[[AgentEntryStatus], bool]] = {
    "drifted": lambda member: member.drifted,
    "blocked": lambda member: member.blocked,
    **{status.value: _has_status(status) for status in AgentStatus},
}


@click.group(invoke_without_command=True, epilog="Example: digo --stack sandbox agents --only unmanaged")
@click.option("--only", type=click.Choice(sorted(ONLY)), help="List only these agents.")
@click.option("--all", "everything", is_flag=True, help=f"List all of more than {SHOWN} agents. JSON has all anyway.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--state/--no-state", "with_state", default=True, help="Whether to read the state.")
@click.pass_context
def agents(command: click.Context, only: str | None, form: str, *, with_state: bool, everything: bool) -> int:
    """Lists the agents of the account and of config: managed, adoptable, missing, forgotten or unmanaged.

    It marks drifted and blocked agents. It needs one request. Numbers are masked unless --show-numbers.
    """
    if command.invoked_subcommand is not None:
        return 0
    context = command.find_object(Context)
    assert context is not None
    found = _agent_list(context, with_state=with_state)
    members = [member for member in found.entries if only is None or ONLY[only](member)]
    if form == "json":
        shown = [_document(member, numbers=context.show_numbers) for member in members]
        click.echo(for_json(shown, indent=2))
    else:
        _show(members, None if everything else SHOWN, numbers=context.show_numbers)
    for line in format_problems(found.conflicts, None if everything else SAMPLE, "--all lists them"):
        click.echo(f"conflict: {line}", err=True)
    return 0


@agents.command(
    epilog="Example: digo --stack sandbox agents show sales. Exit code: 0 found, 1 no such key, or an error."
)
@click.argument("key")
@click.option("--state/--no-state", "with_state", default=True, help="Whether to read the state.")
@pass_context
def show(context: Context, key: str, *, with_state: bool) -> int:
    """Shows all that is known about one agent, as JSON."""
    found = _agent_list(context, with_state=with_state)
    member = found.of_key(key)
    if member is None:
        keys = [one.key for one in found.entries if one.key]
        raise click.ClickException(f"no agent `{mask_numbers(key)}`; {hint(key, keys, 'see digo agents')}")
    document = _document(member, numbers=context.show_numbers)
    if member.live is not None:
        live = {name: member.live.configuration.get(name) for name in CONFIGURATION_FIELDS}
        document["configuration"] = live if context.show_numbers else _masked(live)
    click.echo(for_json(document, indent=2))
    return 0


def _agent_list(context: Context, *, with_state: bool) -> AgentStatuses:
    desired = context.desired()
    applied = context.last_up() if with_state else None
    return agent_statuses(desired, context.snapshot(), applied, context.settings.profile)


def _document(member: AgentEntryStatus, *, numbers: bool) -> dict[str, Any]:
    live, wanted = member.live, member.wanted
    return {
        "key": member.key,
        "status": member.status.value,
        "drifted": member.drifted,
        "blocked": member.blocked,
        "eid": live.eid if live else None,
        **_values(member, numbers=numbers),
        "position": str(wanted.position) if wanted else None,
        "differences": [
            {"field": one.field, "wanted": one.wanted, "live": one.live, "position": str(one.position)}
            for one in member.differences
        ],
    }


def _values(member: AgentEntryStatus, *, numbers: bool) -> dict[str, str | None]:
    """The agent's fields without `blocked`, which the document has as a truth value."""
    values = shown_values(lambda name: _value(AGENT_FIELDS[name], member, numbers=numbers))
    return {name: value for name, value in values.items() if name != "blocked"}


def _value(field: AgentField, member: AgentEntryStatus, *, numbers: bool) -> str | None:
    """The account's value; config's for an agent that the account lacks, and for a number that its list leaves out."""
    live, wanted = member.live, member.wanted
    value = live.value(field.name) if live else None
    if wanted is not None and (live is None or (not value and field.type is NUMBER)):
        value = wanted.value(field.name)
    return value if numbers or value is None else field.masked(value)


def _show(members: list[AgentEntryStatus], most: int | None, *, numbers: bool) -> None:
    """Prints the agents as a table, at most `most` of them, and the counts of all."""
    table = Table(box=None, pad_edge=False)
    columns = [field for field in WANTED_FIELDS if field.column]
    for name in ("key", "status", *(field.column for field in columns), "eid", ""):
        table.add_column(name, no_wrap=True)
    for member in members[:most]:
        one = _document(member, numbers=numbers)
        remarks = ["blocked"] if member.blocked else []
        remarks += [f"{d.field}: wanted {d.wanted}, has {d.live}" for d in member.differences]
        cells = (one["key"], one["status"], *(one[field.name] for field in columns), one["eid"])
        table.add_row(*(_plain(cell) for cell in cells), _plain("; ".join(remarks)))
    console().print(table)
    if most is not None and len(members) > most:
        click.echo(f"and {len(members) - most:,} more; --all lists them")
    counts = ", ".join(f"{sum(test(one) for one in members):,} {name}" for name, test in ONLY.items())
    click.echo(f"{counted(len(members), 'agent')}: {counts}")


def _masked(configuration: dict[str, Any]) -> dict[str, Any]:
    """The configuration with number fields masked, and whatever looks like a number in the other fields."""
    whole = {name: mask_value(value) if name in NUMBER_FIELDS else value for name, value in configuration.items()}
    return dict(json.loads(mask_numbers(json.dumps(whole, ensure_ascii=False))))


def _plain(value: str | None) -> str:
    """The text of a cell, without control codes; `-` where it is empty."""
    return one_line(value or "-")

"""`digo fleet stacks`: which stacks the fleet has, and what fleet.yaml makes of each."""

from __future__ import annotations

from typing import Any

import click
from rich.table import Table

from digo.cli.context import Context, pass_context
from digo.cli.fleet_options import Choice, choice_options, chosen_fleet
from digo.cli.output import console
from digo.fleet.fleet import Fleet
from digo.sanitize.json import for_json
from digo.sanitize.terminal import one_line
from digo.text.counts import counted

VERSION = 1


@click.command(epilog="Example: digo fleet stacks --label region=south --format json")
@choice_options
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@pass_context
def stacks(context: Context, /, form: str, **choice: Any) -> int:
    """Lists the fleet's stacks: environment, labels, groups, wave, account and endpoint.

    The wave is the one that an up of the listed stacks has. It asks no account. Exit code: 0 done, 1 an error.
    """
    fleet = chosen_fleet(context, Choice(**choice))
    found = _rows(fleet)
    if form == "json":
        click.echo(for_json({"version": VERSION, "stacks": found}, indent=2))
        return 0
    _show(found)
    click.echo(f"{counted(len(found), 'stack')}, {counted(len(fleet.waves()), 'wave')}")
    return 0


def _rows(fleet: Fleet) -> list[dict[str, Any]]:
    waves = {name: wave.name for wave in fleet.waves() for name in wave.stacks}
    return [
        {
            "stack": one.name,
            "environment": one.environment,
            "labels": dict(one.labels),
            "groups": list(one.groups),
            "wave": waves.get(one.name, ""),
            "account": one.account,
            "endpoint": one.endpoint,
        }
        for one in fleet.stacks
    ]


def _show(rows: list[dict[str, Any]]) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("stack", "environment", "labels", "groups", "wave", "account", "endpoint"):
        table.add_column(name)
    for row in rows:
        labels = " ".join(f"{key}={value}" for key, value in row["labels"].items())
        texts = {**row, "labels": labels, "groups": " ".join(row["groups"])}
        table.add_row(*(one_line(texts[column.header]) for column in table.columns))  # type: ignore[index]
    console().print(table)

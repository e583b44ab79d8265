"""`digo fleet stacks`: which stacks the fleet has, and what fleet.yaml makes of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from digo.cli.context import Context, pass_context
from digo.cli.fleet_options import Choice, changed_since, choice_options, chosen_fleet, since_option
from digo.cli.output import console
from digo.fleet.fleet import Fleet
from digo.sanitize.json import for_json
from digo.sanitize.terminal import one_line
from digo.text.counts import counted, some

if TYPE_CHECKING:  # `digo fleet stacks` plans nothing
    from digo.fleet.plan.stack_plan import ChangedFiles

VERSION = 1


@click.command(epilog="Example: digo fleet stacks --label region=south --format json")
@choice_options
@since_option
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@pass_context
def stacks(context: Context, /, form: str, since: str | None, **choice: Any) -> int:
    """Lists the fleet's stacks: environment, labels, groups, wave, account and endpoint.

    The wave is the one that an up of the listed stacks has. With --since it also lists the changed files. A stack with
    a broken file is listed too, with what is wrong in it: plan and up refuse it alone. It asks no account.

    Exit code: 0 done, 1 an error.
    """
    fleet, changed_files = changed_since(chosen_fleet(context, Choice(**choice)), since)
    found = _rows(fleet, changed_files)
    if form == "json":
        click.echo(for_json({"version": VERSION, "stacks": found}, indent=2))
        return 0
    if found:
        _show(found)
    refused = [one for one in found if one["problems"]]
    counts = [counted(len(found), "stack"), counted(len(fleet.waves()), "wave")]
    click.echo(", ".join([*counts, *([f"{len(refused):,} refused:"] if refused else [])]))
    for problem in dict.fromkeys(problem for one in refused for problem in one["problems"]):
        click.echo(f"  {problem}")
    return 0


def _rows(fleet: Fleet, changed_files: ChangedFiles | None) -> list[dict[str, Any]]:
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
            "problems": [str(problem) for problem in one.problems],
            **({} if changed_files is None else {"changed": list(changed_files[one.name])}),
        }
        for one in fleet.stacks
    ]


def _show(rows: list[dict[str, Any]]) -> None:
    table = Table(box=None, pad_edge=False)
    columns = [name for name in rows[0] if name != "problems"]
    for name in columns:
        table.add_column(name)
    for row in rows:
        labels = " ".join(f"{key}={value}" for key, value in row["labels"].items())
        texts = {**row, "labels": labels, "groups": " ".join(row["groups"]), "changed": some(row.get("changed", ()))}
        table.add_row(*(one_line(texts[name]) for name in columns))
    console().print(table)

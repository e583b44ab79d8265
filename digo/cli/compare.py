"""`digo compare`: two environments or accounts side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from digo.cli.context import Context, pass_context
from digo.cli.output import console
from digo.desired import load_environment
from digo.fields.agents import AGENT_FIELDS, FIRST_FIELDS, shown_values
from digo.plan.side_by_side import Pair, SideAgent, SideBySide, compare_side_by_side, side_agents
from digo.sanitize.json import for_json
from digo.sanitize.terminal import one_line
from digo.settings.environment import environment_of
from digo.text.redact import mask_numbers
from digo.text.samples import SAMPLE, sample

ACCOUNT = "account:"
DIFFERENT = 2
SHOWN = 100
"""How many rows the table has by itself."""


@click.command(epilog="Example: digo compare staging prod; digo compare prod account:prod")
@click.argument("left")
@click.argument("right")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--all", "everything", is_flag=True, help=f"List all of more than {SHOWN} rows. JSON has all anyway.")
@pass_context
def compare(context: Context, left: str, right: str, form: str, *, everything: bool) -> int:
    """Compares the agents of LEFT and RIGHT. Agents are matched by number, then by intercom.

    Each side is an environment (a folder under config/), or account:STACK for the present account of a stack.

    Exit code: 0 they are the same, 2 they differ, 1 an error.
    """
    sides = compare_side_by_side(_members(context, left), _members(context, right))
    if form == "json":
        click.echo(for_json(_document(sides, numbers=context.show_numbers), indent=2))
    else:
        _show(sides, left, right, None if everything else SHOWN, numbers=context.show_numbers)
    return 0 if sides.same else DIFFERENT


def _members(context: Context, name: str) -> list[SideAgent]:
    if name.startswith(ACCOUNT):
        return side_agents(replace(context, named=name.removeprefix(ACCOUNT)).snapshot())
    folder = context.root / "config" / environment_of(name, lambda _key: None)
    return side_agents(load_environment(folder, context.root, context.environ))


def _document(sides: SideBySide, *, numbers: bool) -> dict[str, Any]:
    return {
        "version": 1,
        "same": sides.same,
        "pairs": len(sides.pairs),
        "different": [
            {
                "left": _data(pair.left, numbers=numbers),
                "right": _data(pair.right, numbers=numbers),
                "fields": list(pair.fields),
                "unseen": pair.invisible or None,
            }
            for pair in sides.pairs
            if pair.fields
        ],
        "left_only": [_data(one, numbers=numbers) for one in sides.left_only],
        "right_only": [_data(one, numbers=numbers) for one in sides.right_only],
    }


def _data(member: SideAgent, *, numbers: bool) -> dict[str, str | None]:
    return {
        "key": member.key,
        **shown_values(lambda name: _shown(member, name, numbers=numbers)),
        "place": member.place,
    }


def _shown(member: SideAgent, field: str, *, numbers: bool) -> str | None:
    value = member.value(field)
    if value is None or numbers:
        return value
    return AGENT_FIELDS[field].masked(value) if field in AGENT_FIELDS else mask_numbers(value)


def _show(sides: SideBySide, left: str, right: str, most: int | None, *, numbers: bool) -> None:
    """Prints the differences as a table, at most `most` rows of it, and the counts of all."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("", "field", left, right):
        table.add_column(Text(name), overflow="fold")
    different = [pair for pair in sides.pairs if pair.fields]
    rows = list(_rows(sides, different, numbers=numbers))
    for cells in rows[:most]:
        table.add_row(*(Text(one_line(cell)) for cell in cells))
    if table.rows:
        console().print(table)
    if most is not None and len(rows) > most:
        click.echo(f"and {len(rows) - most:,} more; --all lists them")
    unseen = [f"{_title(pair.left)}: {pair.invisible}" for pair in different if pair.invisible]
    for line in sample(unseen, "--all lists them", None if most is None else SAMPLE):
        click.echo(line)
    same = len(sides.pairs) - len(different)
    click.echo(
        f"{same:,} the same, {len(different):,} different, {len(sides.left_only):,} only in {left}, "
        f"{len(sides.right_only):,} only in {right}"
    )


def _rows(sides: SideBySide, different: Iterable[Pair], *, numbers: bool) -> Iterator[tuple[str, str, str, str]]:
    for pair in different:
        for field in pair.fields:
            left, right = (_shown(one, field, numbers=numbers) or "none" for one in (pair.left, pair.right))
            yield _title(pair.left), field, left, right
    for member in sides.left_only:
        yield _title(member), "", _line(member, numbers=numbers), "none"
    for member in sides.right_only:
        yield _title(member), "", "none", _line(member, numbers=numbers)


def _title(member: SideAgent) -> str:
    return member.key or member.place


def _line(member: SideAgent, *, numbers: bool) -> str:
    parts = (_shown(member, field.name, numbers=numbers) for field in FIRST_FIELDS)
    return ", ".join(part for part in parts if part) or "an agent"

"""`digo lists`: on files of lead lists, their digests, the rows that an up sends of a list, and its refused rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digo.cli.context import Context, pass_context
from digo.cli.list_options import (
    LIST_FILE,
    ReadingOptions,
    check_endings,
    column_name,
    file_sources,
    problem_lines,
    read_source,
    reading_options,
    show_problems,
)
from digo.cli.list_path import shown
from digo.cli.lists_account import account
from digo.cli.lists_digest import digest
from digo.cli.lists_key import key
from digo.cli.lists_plan import plan
from digo.cli.lists_retry import retry
from digo.lists.files.source import ListSource
from digo.source.problems import printable
from digo.text.counts import counted
from digo.text.redact import mask_number

if TYPE_CHECKING:  # it imports a large library
    from digo.lists.rows.difference import RowChange
    from digo.lists.rows.suppress import SuppressFiles

DIFFERENT = 2


@click.group(epilog="Example: digo lists check config/prod/leads.csv")
def lists() -> None:
    """Checks and compares files of lead lists, shows the rows that an up sends, sends refused rows again.

    `check`, `diff`, `digest` and `key` are offline.
    """


lists.add_command(key)
lists.add_command(account)
lists.add_command(digest)
lists.add_command(plan)
lists.add_command(retry)


@lists.command(epilog="Example: digo lists check config/prod/leads.csv --country IN")
@click.argument("file", type=LIST_FILE)
@click.option(
    "--suppress",
    "suppress",
    type=LIST_FILE,
    multiple=True,
    metavar="FILE",
    help="A file of numbers that are never sent, as `suppress` in config; repeat for more.",
)
@reading_options
def check(file: Path | str, suppress: tuple[Path | str, ...], most: int, **reading: Any) -> int:
    """Checks whether a file can be sent: its header, numbers and duplicates.

    The file is CSV, CSV.GZ, Parquet or a workbook, here or at an address (s3://, gs://, https://). Each problem has its
    line. Exit code: 0 it can be sent, 1 it cannot.
    """
    how = ReadingOptions(**reading)
    check_endings(suppress)
    (source,) = file_sources((file,), how)
    files = _suppress_files()
    found = read_source(replace(source, suppress=suppress), files)
    show_problems(found, most)
    if found.problems:
        return 1
    warnings = (*files.read(suppress, source.country).warnings, *found.warnings)
    for line in problem_lines(warnings, found.more_warnings, most, "warning"):
        click.echo(f"warning: {line}", err=True)
    columns = ", ".join(column_name(name) for name in source.columns if name != how.phone)
    rows = counted(len(found.rows), "row") + (f", {found.suppressed:,} suppressed" if suppress else "")
    click.echo(f"{shown(file)}: {rows}, no problem; columns besides `{how.phone}`: {columns or 'none'}")
    return 0


@lists.command(epilog="Example: digo lists diff leads-monday.csv leads-tuesday.csv")
@click.argument("old", type=LIST_FILE)
@click.argument("new", type=LIST_FILE)
@reading_options
@pass_context
def diff(context: Context, /, old: Path | str, new: Path | str, most: int, **reading: Any) -> int:
    """Lists rows that are new (+), removed (-) or changed (~). Numbers are masked, and values are not shown.

    Exit code: 0 no difference, 2 some, 1 an error.
    """
    from digo.lists.rows.difference import ListDifference

    how = ReadingOptions(**reading)
    sources = file_sources((old, new), how)
    columns = _common(sources, how.phone)
    readings = [read_source(replace(one, columns=columns)) for one in sources]
    for found in readings:
        show_problems(found, most)
    if any(found.problems for found in readings):
        return 1
    names = tuple(name for name in columns if name != how.phone)
    difference = ListDifference(readings[0].rows, readings[1].rows, names)
    _show_rows(difference.added(), "+", most, numbers=context.show_numbers)
    _show_rows(difference.gone(), "-", most, numbers=context.show_numbers)
    _show_rows(difference.changed(), "~", most, numbers=context.show_numbers)
    added, gone, changed = difference.counts
    click.echo(f"{added:,} new, {gone:,} gone, {changed:,} changed of {counted(len(readings[1].rows), 'row')}")
    return DIFFERENT if added or gone or changed or len({tuple(sorted(one.columns)) for one in sources}) > 1 else 0


def _common(sources: list[ListSource], phone: str) -> dict[str, str]:
    """The columns that both files have. It prints the others."""
    old, new = (list(source.columns) for source in sources)
    for sign, names, others in (("-", old, new), ("+", new, old)):
        for name in names:
            if name not in others:
                click.echo(f"{sign} column {column_name(name)}")
    both = [name for name in old if name in new and name != phone]
    return {phone: "field_0", **{name: f"field_{place}" for place, name in enumerate(both, start=1)}}


def _suppress_files() -> SuppressFiles:
    from digo.lists.rows.suppress import SuppressFiles

    return SuppressFiles(Path.as_posix)


def _show_rows(rows: Iterator[RowChange], sign: str, most: int, *, numbers: bool) -> None:
    for row in islice(rows, most):
        columns = f": {printable(', '.join(row.columns))}" if row.columns else ""
        shown = row.phone if numbers else mask_number(row.phone)
        click.echo(f"{sign} {shown} ({row.position.file}:{row.position.line}){columns}")

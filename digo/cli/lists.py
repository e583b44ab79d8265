"""`digo lists`: checks and compares files of lead lists, makes the key of their digests, shows the account's lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digo.cli.context import Context, pass_context
from digo.cli.list_path import ListPath, shown
from digo.cli.lists_account import account
from digo.cli.whole_number import WholeNumber
from digo.lists.addresses import file_name
from digo.lists.encodings import check_encoding
from digo.lists.key_command import key
from digo.lists.source import ENDINGS, Duplicates, ListSource, is_source
from digo.source.problems import printable
from digo.system.extras import need
from digo.text.counts import counted
from digo.text.redact import mask_number, mask_numbers

if TYPE_CHECKING:  # it imports a large library
    from digo.lists.difference import RowChange
    from digo.lists.row_problem import RowProblem
    from digo.lists.rows import ReadList
    from digo.lists.suppress import SuppressFiles

DIFFERENT = 2
_FILE = ListPath()


def _reading(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options for reading numbers to a command."""
    for option in (
        click.option("--phone", default="phone", show_default=True, help="The column with the phone numbers."),
        click.option("--country", help="Two letters, such as IN: the country of numbers without + and country code."),
        click.option(
            "--duplicates",
            type=click.Choice([choice.value for choice in Duplicates]),
            default=Duplicates.ERROR.value,
            show_default=True,
            help="What to do with a number that is in two rows.",
        ),
        click.option("--encoding", help="The encoding of CSV files without a mark, such as windows-1252."),
        click.option("--sheet", help="The sheet of a workbook with several."),
        click.option(
            "--max", "most", type=WholeNumber(0), default=20, show_default=True, help="The most lines to list."
        ),
    ):
        command = option(command)
    return command


@click.group(epilog="Example: digo lists check config/prod/leads.csv")
def lists() -> None:
    """Checks a file of a lead list, or compares two; makes the key of digests. Offline, but for `account`."""


lists.add_command(key)
lists.add_command(account)


@lists.command(epilog="Example: digo lists check config/prod/leads.csv --country IN")
@click.argument("file", type=_FILE)
@click.option(
    "--suppress",
    "suppress",
    type=_FILE,
    multiple=True,
    metavar="FILE",
    help="A file of numbers that are never sent, as `suppress` in config; repeat for more.",
)
@_reading
def check(file: Path | str, suppress: tuple[Path | str, ...], most: int, **reading: Any) -> int:
    """Checks whether a file can be sent: its header, numbers and duplicates.

    The file is CSV, CSV.GZ, Parquet or a workbook, here or at an address (s3://, gs://, https://). Each problem has its
    line. Exit code: 0 it can be sent, 1 it cannot.
    """
    how = _How(**reading)
    _check_endings(suppress)
    (source,) = _sources((file,), how)
    files = _suppress_files()
    found = _read(replace(source, suppress=suppress), files)
    _show_problems(found, most)
    if found.problems:
        return 1
    warnings = (*files.read(suppress, source.country).warnings, *found.warnings)
    for line in _lines(warnings, found.more_warnings, most, "warning"):
        click.echo(f"warning: {line}", err=True)
    columns = ", ".join(_shown(name) for name in source.columns if name != how.phone)
    rows = counted(len(found.rows), "row") + (f", {found.suppressed:,} suppressed" if suppress else "")
    click.echo(f"{shown(file)}: {rows}, no problem; columns besides `{how.phone}`: {columns or 'none'}")
    return 0


@lists.command(epilog="Example: digo lists diff leads-monday.csv leads-tuesday.csv")
@click.argument("old", type=_FILE)
@click.argument("new", type=_FILE)
@_reading
@pass_context
def diff(context: Context, /, old: Path | str, new: Path | str, most: int, **reading: Any) -> int:
    """Lists rows that are new (+), removed (-) or changed (~). Numbers are masked, and values are not shown.

    Exit code: 0 no difference, 2 some, 1 an error.
    """
    from digo.lists.difference import ListDifference

    how = _How(**reading)
    sources = _sources((old, new), how)
    columns = _common(sources, how.phone)
    readings = [_read(replace(one, columns=columns)) for one in sources]
    for found in readings:
        _show_problems(found, most)
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


def _check_endings(files: Sequence[Path | str]) -> None:
    for file in files:
        if not is_source(file_name(file)):
            raise click.UsageError(f"{shown(file)}: a list is a file that ends in {', '.join(ENDINGS)}")


@dataclass(frozen=True)
class _How:
    """The options for reading files."""

    phone: str
    country: str | None
    duplicates: str
    encoding: str | None
    sheet: str | None


def _sources(files: Sequence[Path | str], how: _How) -> list[ListSource]:
    """The files as lists.

    Raises:
        click.UsageError: a file's ending, the country or the encoding is unknown.
        click.ClickException: with the problems of all files.
    """
    import phonenumbers

    need("lists", "a file of a list")
    from digo.lists.difference import whole_file
    from digo.lists.file_problem import FileProblem
    from digo.lists.list_file import Format

    _check_endings(files)
    country = how.country.upper() if how.country else None
    if country is not None and country not in phonenumbers.SUPPORTED_REGIONS:
        raise click.UsageError("--country is two letters, such as IN or US")
    try:
        form = Format(check_encoding(how.encoding) if how.encoding else None, how.sheet)
    except ValueError as problem:
        raise click.UsageError(f"--encoding: {problem}") from None
    found, problems = [], []
    for file in files:
        try:
            found.append(whole_file(file, how.phone, country, Duplicates(how.duplicates), form))
        except FileProblem as problem:
            problems.append(mask_numbers(f"{shown(file)}:{problem.line}: {problem}"))
    if problems:
        raise click.ClickException("\n".join(problems))
    return found


def _common(sources: list[ListSource], phone: str) -> dict[str, str]:
    """The columns that both files have. It prints the others."""
    old, new = (list(source.columns) for source in sources)
    for sign, names, others in (("-", old, new), ("+", new, old)):
        for name in names:
            if name not in others:
                click.echo(f"{sign} column {_shown(name)}")
    both = [name for name in old if name in new and name != phone]
    return {phone: "field_0", **{name: f"field_{place}" for place, name in enumerate(both, start=1)}}


def _shown(name: str) -> str:
    """A column's name, masked: in a file without a header it is a value of the first row."""
    return f"`{printable(mask_numbers(name))}`"


def _suppress_files() -> SuppressFiles:
    from digo.lists.suppress import SuppressFiles

    return SuppressFiles(Path.as_posix)


def _read(source: ListSource, suppress: SuppressFiles | None = None) -> ReadList:
    from digo.lists.rows import read_list

    return read_list(source, Path.as_posix, suppress)


def _show_problems(found: ReadList, most: int) -> None:
    for line in _lines(found.problems, found.more, most, "problem"):
        click.echo(line)


def _lines(problems: Sequence[RowProblem], more: Counter[str], most: int, what: str) -> Iterator[str]:
    for problem in problems[:most]:
        column = f"{problem.column}: " if problem.column else ""
        yield printable(mask_numbers(f"{problem.position}: {column}{problem.message}"))
    hidden = len(problems[most:]) + more.total()
    if hidden:
        yield f"and {counted(hidden, f'more {what}')}"
    for message, count in more.most_common(5):
        yield f"  {counted(count, 'time')}: {mask_numbers(message)}"


def _show_rows(rows: Iterator[RowChange], sign: str, most: int, *, numbers: bool) -> None:
    for row in islice(rows, most):
        columns = f": {printable(', '.join(row.columns))}" if row.columns else ""
        shown = row.phone if numbers else mask_number(row.phone)
        click.echo(f"{sign} {shown} ({row.position.file}:{row.position.line}){columns}")

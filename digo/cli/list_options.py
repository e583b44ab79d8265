"""What the commands on files of lists share: the options for reading numbers, reading, and the lines of problems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digo.cli.list_path import ListPath, shown
from digo.cli.whole_number import WholeNumber
from digo.lists.files.addresses import file_name
from digo.lists.files.encodings import check_encoding
from digo.lists.files.source import ENDINGS, Duplicates, ListSource, is_source
from digo.source.problems import printable
from digo.system.extras import need
from digo.text.counts import counted
from digo.text.redact import mask_numbers

if TYPE_CHECKING:  # it imports a large library
    from digo.lists.rows.list_rows import ReadList
    from digo.lists.rows.row_problem import RowProblem
    from digo.lists.rows.suppress import SuppressFiles

LIST_FILE = ListPath()


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
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
        most_option,
    ):
        command = option(command)
    return command


def most_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--max` to a command."""
    return click.option(
        "--max", "most", type=WholeNumber(0), default=20, show_default=True, help="The most lines to list."
    )(command)


@dataclass(frozen=True)
class ReadingOptions:
    """The values of `reading_options`, without `--max`."""

    phone: str
    country: str | None
    duplicates: str
    encoding: str | None
    sheet: str | None


def check_endings(files: Sequence[Path | str]) -> None:
    """Checks that files are lists, by their names.

    Raises:
        click.UsageError: a file's ending is unknown.
    """
    for file in files:
        if not is_source(file_name(file)):
            raise click.UsageError(f"{shown(file)}: a list is a file that ends in {', '.join(ENDINGS)}")


def file_sources(files: Sequence[Path | str], how: ReadingOptions) -> list[ListSource]:
    """The files as lists with all of their columns.

    Raises:
        click.UsageError: a file's ending, the country or the encoding is unknown.
        click.ClickException: with the problems of all files.
    """
    import phonenumbers

    need("lists", "a file of a list")
    from digo.lists.files.file_problem import FileProblem
    from digo.lists.files.open_file import Format
    from digo.lists.rows.difference import whole_file

    check_endings(files)
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


def column_name(name: str) -> str:
    """A column's name, masked: in a file without a header it is a value of the first row."""
    return f"`{printable(mask_numbers(name))}`"


def read_source(source: ListSource, suppress: SuppressFiles | None = None) -> ReadList:
    """The rows of a list, with its files named as the user gave them. `suppress` reads its suppress files."""
    from digo.lists.rows.list_rows import read_list

    return read_list(source, Path.as_posix, suppress)


def show_problems(found: ReadList, most: int) -> None:
    """Prints the problems of a list, up to a number."""
    for line in problem_lines(found.problems, found.more, most, "problem"):
        click.echo(line)


def problem_lines(problems: Sequence[RowProblem], more: Counter[str], most: int, what: str) -> Iterator[str]:
    """A line for each problem, at most so many, and how many others there are. `what` is a problem or a warning."""
    for problem in problems[:most]:
        column = f"{problem.column}: " if problem.column else ""
        yield printable(mask_numbers(f"{problem.position}: {column}{problem.message}"))
    hidden = len(problems[most:]) + more.total()
    if hidden:
        yield f"and {counted(hidden, f'more {what}')}"
    for message, count in more.most_common(5):
        yield f"  {counted(count, 'time')}: {mask_numbers(message)}"

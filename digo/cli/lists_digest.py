"""`digo lists digest`: a digest of lists that two systems can compare without showing a number."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digo.cli.context import Context, NotFound, pass_context
from digo.cli.list_options import (
    LIST_FILE,
    ReadingOptions,
    column_name,
    file_sources,
    read_source,
    reading_options,
    show_problems,
)
from digo.cli.list_path import shown
from digo.cli.output import write_output
from digo.sanitize.json import for_json
from digo.sanitize.terminal import one_line
from digo.system.extras import need
from digo.text.counts import counted

if TYPE_CHECKING:  # columns need a large library
    from digo.lists.digests.list_digest import Difference, ListDigest
    from digo.lists.key import LedgerKey

DIFFERENT = 2
_SAVED = ".json"


@click.command(epilog="Example: digo lists digest leads-monday.csv --compare leads-tuesday.csv")
@click.argument("files", type=LIST_FILE, nargs=-1, required=True)
@click.option(
    "--column",
    "columns",
    multiple=True,
    help="Digest this column beside the phone; repeat for more. The phone's own name: the phone alone.",
)
@click.option("--compare", type=LIST_FILE, help="Say how many rows differ from this file: a list, or a saved digest.")
@click.option(
    "--key-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the ledger key. Without it, the key is that of the variables or the stack.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@reading_options
@pass_context
def digest(
    context: Context,
    /,
    files: tuple[Path | str, ...],
    columns: tuple[str, ...],
    compare: Path | str | None,
    key_file: Path | None,
    form: str,
    output: Path | None,
    most: int,
    **reading: Any,
) -> int:
    """Prints one digest of all FILES: lists, and digests saved with --format json, which end in .json.

    The digest is the same whatever the order of rows and files. It is keyed: without the ledger key, nobody can search
    it for a number or make a list with a given digest. So two systems with one key can compare their lists without
    showing a row.

    Exit code: 0 done, 2 the lists differ (--compare), 1 an error.
    """
    need("lists", "a digest of a list")
    from digo.lists.digests.list_digest import NotComparable

    ledger_key = _key(context, key_file)
    reader = _Reader(ledger_key, columns, ReadingOptions(**reading), most)
    try:
        found = reader.digest(files)
        other = None if compare is None else reader.digest((compare,))
        difference = None if found is None or other is None else found.difference(other)
    except NotComparable as problem:
        raise click.ClickException(f"these lists cannot be compared or added: {problem}") from None
    if found is None or (compare is not None and other is None):
        return 1
    document = for_json(found.to_dict(), indent=2) + "\n"
    write_output(document if form == "json" else _text(found), output)
    if difference is None or compare is None:
        return 0
    click.echo(_difference_text(difference, compare), err=form == "json")
    return DIFFERENT if difference.any else 0


class _Reader:
    """Reads files of one invocation into digests."""

    def __init__(self, key: LedgerKey, columns: Sequence[str], how: ReadingOptions, most: int) -> None:
        self._key = key
        self._columns = columns
        self._how = how
        self._most = most

    def digest(self, files: Sequence[Path | str]) -> ListDigest | None:
        """The digest of all files together; None if one cannot be read, which is printed.

        Raises:
            NotComparable: their columns or keys differ.
            click.ClickException: a file is not a list, or not a digest.
        """
        saved = [file for file in files if isinstance(file, Path) and file.suffix.lower() == _SAVED]
        lists = [file for file in files if file not in saved]
        found = [self._saved(file) for file in saved]
        if lists:
            read = self._of_lists(lists)
            if read is None:
                return None
            found.insert(0, read)
        whole = found[0]
        for one in found[1:]:
            whole = whole.plus(one)
        return whole

    def _of_lists(self, files: Sequence[Path | str]) -> ListDigest | None:
        from digo.lists.digests.list_digest import ListDigest, NotComparable, digest_source

        sources = []
        for source in file_sources(files, self._how):
            try:
                sources.append(digest_source(files, source, self._columns))
            except KeyError as lack:
                raise click.ClickException(
                    f"{shown(source.files[0])} has no column {column_name(str(lack.args[0]))}"
                ) from None
        if len({one.list_id for one in sources}) > 1:
            raise NotComparable("the files have other columns; name those of all with --column")
        rows = read_source(sources[0])
        show_problems(rows, self._most)
        return None if rows.problems else ListDigest.of(sources[0], rows.rows, self._key)

    def _saved(self, file: Path) -> ListDigest:
        from digo.lists.digests.list_digest import ListDigest, NotComparable, chosen_columns, column_names

        try:
            found = ListDigest.from_json(file.read_bytes())
        except ValueError as problem:
            raise click.ClickException(f"{file}: {problem}; `digo lists digest --format json` makes one") from None
        if self._columns and chosen_columns(self._columns, self._how.phone) != chosen_columns(found.columns, ""):
            names = column_names(found.columns)
            raise NotComparable(f"the columns of {shown(file)} were chosen when it was made: {names}")
        return found


def _key(context: Context, file: Path | None) -> LedgerKey:
    """The ledger key of the file, of the variables, or of the stack if this is a project.

    Raises:
        click.UsageError: there is none.
        SettingsError: it is too short, or cannot be read.
    """
    from digo.lists.key import read_ledger_key

    environ = context.environ if file is None else {"DIGO_LEDGER_KEY_FILE": str(file.absolute())}
    found = read_ledger_key(lambda _: None, environ, context.start)
    if found is None:
        try:
            found = context.ledger_key()
        except NotFound:
            found = None
    if found is None:
        raise click.UsageError(
            "a digest needs a ledger key: give --key-file, or DIGO_LEDGER_KEY, or run this in a project whose stack "
            "has one. `digo lists key FILE` makes one; digests are compared with the same key"
        )
    return found


def _text(found: ListDigest) -> str:
    names = ", ".join(map(column_name, found.columns)) or "none"
    return f"{one_line(found.text)}\n{counted(found.rows, 'row')}; columns besides the phone: {names}\n"


def _difference_text(found: Difference, other: Path | str) -> str:
    parts = [f"{count:,} {word}" for count, word in _counts(found) if count]
    if found.groups:
        some = "more " if parts else ""
        groups = counted(found.groups, "group")
        parts.append(f"at least {found.least:,} {some}in {groups} of 2,048, too many to tell which")
    said = f"{', '.join(parts)}" if parts else "no row differs"
    return one_line(f"compared with {shown(other)}: {said}")


def _counts(found: Difference) -> tuple[tuple[int, str], ...]:
    return (found.new, "new"), (found.changed, "changed"), (found.gone, "gone")

"""Opens a file of a list, wherever it is and in whatever format and encoding."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from digo.lists.files.csv_file import ListFile, open_list_file
from digo.lists.files.encodings import as_utf8
from digo.lists.files.file_problem import FileProblem, NotUtf8
from digo.lists.files.source import is_parquet, is_workbook
from digo.system.extras import lacking

_HIDE = "hide all others than that of the list"


@dataclass(frozen=True)
class Format:
    """What config says of a list's files. See `digo.lists.files.source.ListSource`."""

    encoding: str | None = None
    sheet: str | None = None


@contextmanager
def list_file(
    path: Path | str, wanted: Collection[str], optional: Collection[str] = (), form: Format | None = None
) -> Iterator[ListFile]:
    """Opens a file or an object and checks its header. Its rows are read inside the context; its lines are known after.

    Args:
        path: the file, or the address of an object.
        wanted: the columns that it must have.
        optional: columns that are read if it has them.
        form: its encoding and sheet by config; None if config cannot name them.

    Raises:
        FileProblem: it cannot be read, is empty, or lacks a column. It is also raised inside the context.
    """
    encoding, sheet = (form.encoding, form.sheet) if form else (None, None)
    with local_file(path) as local:
        if is_workbook(local.name):
            _check("workbooks", "a workbook")
            from digo.lists.files.workbook import open_workbook

            with open_workbook(local, wanted, optional, sheet, "name one with `sheet`" if form else _HIDE) as workbook:
                yield workbook
        elif is_parquet(local):
            yield open_list_file(local, wanted, optional)
        else:
            try:
                with as_utf8(local, encoding) as text:
                    yield open_list_file(text, wanted, optional)
            except NotUtf8 as problem:
                if form is None:
                    raise
                name_it = f"or name its encoding, such as `encoding: {problem.perhaps}` (`--encoding` of a command)"
                raise FileProblem(f"{problem}, {name_it}", problem.line) from None


def header_of(path: Path | str, form: Format | None) -> list[str]:
    """The names of the file's columns. Columns without a name are left out.

    Raises:
        FileProblem: it cannot be read, or is empty.
    """
    with list_file(path, (), form=form) as file:
        return [name for name in file.names if name]


def _check(extra: str, what: str) -> None:
    if lack := lacking(extra, what):
        raise FileProblem(lack)


@contextmanager
def local_file(path: Path | str) -> Iterator[Path]:
    """A file as it is, or a copy of an object, for who opens it several times: an object is asked for once.

    Raises:
        FileProblem: an object cannot be read.
    """
    if isinstance(path, Path):
        yield path
        return
    _check("stores", "a source in a store")
    from digo.lists.files.stores import local_copy

    with local_copy(path) as copy:
        yield copy

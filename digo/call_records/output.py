"""Opens the output of a download: a new one, or one that an earlier download began."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from digo.call_records.chain import DownloadCursor
from digo.call_records.writers import Csv, JsonLines, Table, Writer
from digo.system.extras import need
from digo.text.counts import counted


class OutputProblem(Exception):
    """The output cannot be written. Nothing was downloaded."""


def open_writer(
    form: str, path: Path | None, stdout: IO[str], last: DownloadCursor | None, *, append: bool, numbers: bool
) -> Writer:
    """The writer for a format.

    Args:
        form: one of `digo.call_records.writers.FORMATS`.
        path: the file; None writes to `stdout`.
        stdout: standard output.
        last: the position of the chain's last download; None if there was none.
        append: whether to keep the file's content.
        numbers: whether a table shows full numbers.

    Raises:
        OutputProblem: the file cannot be opened, or the format cannot be continued.
    """
    try:
        if form == "parquet":
            return _parquet(path, append=append)
        size = _size_to_keep(path, last) if append and path is not None else None
        if form == "table":
            return Table(path, stdout, size, numbers=numbers)
        return Csv(path, stdout, size) if form == "csv" else JsonLines(path, stdout, size)
    except OSError as problem:
        raise OutputProblem(
            f"{path or 'standard output'} cannot be written: {problem.strerror}; nothing was downloaded"
        ) from None


def _parquet(path: Path | None, *, append: bool) -> Writer:
    if path is None:
        raise OutputProblem("Parquet needs a file: give --output")
    if append and path.exists():
        raise OutputProblem(
            f"{path} is there, and nothing can be added to a Parquet file: move it away (the next download begins "
            "where it ends), or use jsonl or csv"
        )
    need("records", "a Parquet file", "pyarrow")
    from digo.call_records.parquet import Parquet  # the library takes long to import

    return Parquet(path)


def _size_to_keep(path: Path, last: DownloadCursor | None) -> int | None:
    size = path.stat().st_size if path.exists() else 0
    if last is None or last.page is None:
        return size
    if size < last.size:
        raise OutputProblem(
            f"{path} has {counted(size, 'byte')}, and the interrupted download had written {last.size:,}: put the "
            "file back, or download the range anew without --since-last"
        )
    return last.size

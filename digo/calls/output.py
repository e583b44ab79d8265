"""Opens the output of a download, new or where an earlier one stopped."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from digo.calls.chain import Stand
from digo.calls.writers import Csv, JsonLines, Table, Writer
from digo.counts import counted


class OutputProblem(Exception):
    """The output cannot take what comes. Nothing was downloaded."""


def open_writer(
    form: str, path: Path | None, stdout: IO[str], stand: Stand | None, *, append: bool, numbers: bool
) -> Writer:
    """The writer for a format.

    Args:
        form: one of `digo.calls.writers.FORMATS`.
        path: the file; None is `stdout`.
        stand: where the last download of the chain stands; None where there was none.
        append: whether what the file has stays.
        numbers: whether a table shows numbers in full.

    Raises:
        OutputProblem: the file cannot be opened, or the format cannot go on in it.
    """
    try:
        if form == "parquet":
            return _parquet(path, append)
        size = _where_to_go_on(path, stand) if append and path is not None else None
        if form == "table":
            return Table(path, stdout, size, numbers=numbers)
        return Csv(path, stdout, size) if form == "csv" else JsonLines(path, stdout, size)
    except OSError as problem:
        raise OutputProblem(
            f"{path or 'standard output'} cannot be written: {problem.strerror}; nothing was downloaded"
        ) from None


def _parquet(path: Path | None, append: bool) -> Writer:
    if path is None:
        raise OutputProblem("Parquet needs a file: give --output")
    if append and path.exists():
        raise OutputProblem(
            f"{path} is there, and nothing can be added to a Parquet file: move it away (the next download begins "
            "where it ends), or use jsonl or csv"
        )
    from digo.calls.parquet import Parquet  # its library takes a while to load

    return Parquet(path)


def _where_to_go_on(path: Path, stand: Stand | None) -> int | None:
    there = path.stat().st_size if path.exists() else 0
    if stand is None or stand.page is None:
        return there
    if there < stand.size:
        raise OutputProblem(
            f"{path} has {counted(there, 'byte')}, and the interrupted download had written {stand.size:,}: put the "
            "file back, or download the range anew without --since-last"
        )
    return stand.size

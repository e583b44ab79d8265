"""Numbers that are never sent: reads the files of `suppress`, and marks the rows of a list with one of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from digo.lists.files.addresses import shown_address
from digo.lists.files.csv_file import ListFile
from digo.lists.files.file_problem import FileProblem, HeaderProblem
from digo.lists.files.header import as_seen
from digo.lists.files.open_file import list_file, local_file
from digo.lists.rows.number_column import NumberColumn
from digo.lists.rows.row_problem import RowProblem, RowProblems
from digo.phone.number import NumberProblem, parse_number
from digo.source.positions import Position

PHONE = "phone"
OTHER_COLUMN = (
    "it has no column `phone`, so the numbers are those of its first column, `{}`; call the right one `phone`"
)
NO_NUMBER = "it has no number, only a header: nothing is suppressed by it"
_A_NUMBER = re.compile(r"[+0-9 ().\-]{5,}")
_Numbers = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Suppressed:
    """The numbers of one or several suppress files.

    Attributes:
        numbers: the digits with country code of each file's numbers, sorted. A file takes eight bytes a number.
        problems: the first problems. Any problem is an error: a number that cannot be read would be sent.
        more: how many further problems there are, by message.
        warnings: what stops nothing.
    """

    numbers: tuple[_Numbers, ...] = field(default=(), repr=False)
    problems: tuple[RowProblem, ...] = ()
    more: Counter[str] = field(default_factory=Counter)
    warnings: tuple[RowProblem, ...] = ()

    def __add__(self, other: Suppressed) -> Suppressed:
        return Suppressed(
            self.numbers + other.numbers,
            self.problems + other.problems,
            self.more + other.more,
            self.warnings + other.warnings,
        )

    def marks(self, phones: pa.Array) -> pa.Array:
        """Whether each number (digits with country code, as unsigned integers) is one of these."""
        wanted = phones.to_numpy(zero_copy_only=False)
        found = np.zeros(len(wanted), dtype=bool)
        for numbers in self.numbers:
            if len(numbers):
                near = np.searchsorted(numbers, wanted).clip(max=len(numbers) - 1)
                found |= numbers[near] == wanted
        return pa.array(found)


class SuppressFiles:
    """The suppress files of a run. Each is read once, whatever number of lists has it, and again if it changes.

    `shown` gives the name of a file in positions.
    """

    def __init__(self, shown: Callable[[Path], str]) -> None:
        self._shown = shown
        self._found: dict[tuple[Path | str, str | None], tuple[object, Suppressed]] = {}

    def read(self, paths: Iterable[Path | str], country: str | None) -> Suppressed:
        """The numbers of these files. It collects problems and does not raise them.

        Args:
            paths: the files, as a list's may be, with a header. The column `phone` has the numbers, or else the first
                column. A text is the address of an object in a store, which is read once.
            country: two letters. Numbers without `+` are read as numbers of this country. None requires the `+`.
        """
        found = Suppressed()
        for path in paths:
            version = _version(path)
            before = self._found.get((path, country))
            if before is None or before[0] != version:
                before = self._found[path, country] = version, _read(path, country, self._name(path))
            found += before[1]
        return found

    def _name(self, path: Path | str) -> str:
        return shown_address(path) if isinstance(path, str) else self._shown(path)


def _version(path: Path | str) -> object:
    """Tells the content of a file from that of another time; None if the file cannot be looked at, or is an object."""
    if isinstance(path, str):
        return None
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _read(path: Path | str, country: str | None, shown: str) -> Suppressed:
    problems = RowProblems()
    parts: list[_Numbers] = []
    warnings: list[str] = []
    try:
        with local_file(path) as local:
            column, several = _column(local, country)
            if several and as_seen(column).casefold() != PHONE:
                warnings.append(OTHER_COLUMN.format(column))
            with list_file(local, (column,)) as file:
                _read_numbers(file, column, NumberColumn(country), shown, parts, problems)
        for ragged in file.ragged():
            problems.add(partial(Position, shown, ragged.line, 1), "", str(ragged))
        for odd in file.odd_cells():
            for _ in range(0 if odd.is_warning else odd.count):
                problems.add(partial(Position, shown, odd.line, 1), odd.column, odd.message)
    except FileProblem as problem:
        problems.add(partial(Position, shown, problem.line, 1), "", str(problem))
    numbers = np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint64)
    numbers.sort()
    if not len(numbers) and not problems.first:
        warnings.append(NO_NUMBER)
    told = tuple(RowProblem(Position(shown, 1, 1), "", one) for one in warnings)
    return Suppressed((numbers,), problems.first, problems.more, told)


def _column(path: Path, country: str | None) -> tuple[str, bool]:
    """The name of the column that has the numbers, and whether the file has several.

    Raises:
        HeaderProblem: the file has no header that names it. The first number would be taken for a name.
        FileProblem: the file cannot be read, or is empty.
    """
    with list_file(path, (), (PHONE,)) as file:
        names = file.names
    column = next((name for name in names if as_seen(name).casefold() == PHONE), names[0])
    if _is_number(column, country):
        raise HeaderProblem("it has no header: a number is in its first line; write a line `phone` above it")
    if not column:
        raise HeaderProblem("its first column has no name; call the column of the numbers `phone`")
    return column, sum(map(bool, names)) > 1


def _is_number(name: str, country: str | None) -> bool:
    if _A_NUMBER.fullmatch(name):
        return True
    try:
        parse_number(name, country)
    except NumberProblem:
        return False
    return True


def _read_numbers(
    file: ListFile, column: str, reader: NumberColumn, shown: str, parts: list[_Numbers], problems: RowProblems
) -> None:
    start = 0
    for batch in file.batches():
        texts = batch[column]
        found = reader.read(texts)
        for row, message in found.problems.items():
            if str(texts[row].as_py() or "").strip():
                problems.add(partial(_position, file, shown, start + row), column, message)
        parts.append(pc.drop_null(found.phones).to_numpy(zero_copy_only=False))
        start += len(texts)


def _position(file: ListFile, shown: str, row: int) -> Position:
    return Position(shown, file.line_of(row), 1)

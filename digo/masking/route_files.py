"""Files of routes, with the columns `caller`, `callee` and, optionally, `both_ways`.

They have the formats of lead lists: CSV, CSV with gzip, and Parquet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from digo.lists.files.csv_file import ListFile, open_list_file
from digo.lists.files.file_problem import FileProblem, HeaderProblem
from digo.lists.files.header import as_seen
from digo.lists.rows.number_column import NumberColumn, ParsedColumn
from digo.phone.number import UNASSIGNED, invisible_text
from digo.source.positions import Position
from digo.text.counts import counted

NEEDED = ("caller", "callee")
BOTH_WAYS = "both_ways"
SHOWN_WARNINGS = 5
_YES, _NO = ("yes", "true", "1"), ("no", "false", "0", "")


class Row(NamedTuple):
    """One route. Numbers are digits with the country code."""

    line: int
    caller: int
    callee: int
    both_ways: bool


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A problem of one row."""

    position: Position
    message: str


class RouteFile:
    """One file; `shown` is its name in positions.

    After all rows, `warnings` has the first warnings about numbers, and `more_warnings` counts the others.
    """

    def __init__(self, path: Path, shown: str) -> None:
        self._path = path
        self.shown = shown
        self._numbers = NumberColumn(None)
        self.warnings: list[RowProblem] = []
        self.more_warnings = 0

    def rows(self) -> Iterator[Row | RowProblem]:
        """The rows in order, batch by batch, then the rows with too many or too few values."""
        try:
            file = open_list_file(self._path, NEEDED, (BOTH_WAYS,))
            _check_names(file.names)
            start = 0
            for batch in file.batches():
                yield from self._batch(batch, file, start)
                start += len(batch[NEEDED[0]])
        except HeaderProblem as problem:
            known = f"the columns are {', '.join(NEEDED)} and, if you like, {BOTH_WAYS}"
            yield self._problem(problem.line, f"the first line names the columns: {known}; {problem}")
            return
        except FileProblem as problem:
            yield self._problem(problem.line, str(problem))
            return
        for ragged in file.ragged():
            yield self._problem(
                ragged.line, f"it has {counted(ragged.found, 'cell')} where {ragged.expected:,} are due"
            )

    def _batch(self, batch: dict[str, pa.Array], file: ListFile, start: int) -> Iterator[Row | RowProblem]:
        read = [self._numbers.read(batch[name]) for name in NEEDED]
        both_ways, problems = _both_ways(batch.get(BOTH_WAYS), len(batch[NEEDED[0]]))
        for name, numbers in reversed(list(zip(NEEDED, read, strict=True))):
            problems |= {row: f"{name}: {message}" for row, message in numbers.problems.items()}
            self._warn(name, numbers, file, start)
        blank = set(_blank(batch)) if problems else ()
        columns = (column.to_pylist() for column in (read[0].phones, read[1].phones, both_ways))
        for row, (line, *cells) in enumerate(zip(file.lines(start, len(both_ways)), *columns, strict=True)):
            if row not in problems:
                yield Row(line, *cells)
            elif row not in blank:
                yield self._problem(line, problems[row])

    def _problem(self, line: int, message: str) -> RowProblem:
        return RowProblem(Position(self.shown, line, 1), message)

    def _warn(self, name: str, numbers: ParsedColumn, file: ListFile, start: int) -> None:
        """Counts the doubtful numbers of a column and keeps the first few: every row of a file can have one."""
        count = pc.sum(numbers.unassigned).as_py() or 0
        room = max(0, SHOWN_WARNINGS - len(self.warnings))
        rows = pc.indices_nonzero(numbers.unassigned).slice(0, room).to_pylist() if count and room else []
        found = [(row, UNASSIGNED) for row in rows] + [
            (row, invisible_text(one)) for row, one in numbers.dropped.items()
        ]
        shown = sorted(found)[:room]
        self.warnings += [self._problem(file.line_of(start + row), f"{name}: {message}") for row, message in shown]
        self.more_warnings += count + len(numbers.dropped) - len(shown)


def _check_names(names: list[str]) -> None:
    """Refuses columns with an unknown name: with a typo in `both_ways`, routes would work one way only."""
    strange = [name for name in names if name and as_seen(name) not in (*NEEDED, BOTH_WAYS)]
    if strange:
        raise HeaderProblem(f"the header has the column `{strange[0]}`")


def _both_ways(column: pa.Array | None, rows: int) -> tuple[pa.Array, dict[int, str]]:
    """Whether each row is a pair, and problems by row."""
    if column is None:
        return pa.repeat(pa.scalar(value=False), rows), {}
    words = pc.utf8_lower(pc.utf8_trim_whitespace(column))
    yes, no = (pc.is_in(words, pa.array(known, words.type)) for known in (_YES, _NO))
    strange = pc.indices_nonzero(pc.invert(pc.or_(yes, no))).to_pylist()
    return yes, dict.fromkeys(strange, f"{BOTH_WAYS} is yes or no")


def _blank(batch: dict[str, pa.Array]) -> list[int]:
    """The rows without any value."""
    joined = pc.binary_join_element_wise(*batch.values(), "")
    return list(pc.indices_nonzero(pc.equal(pc.utf8_trim_whitespace(joined), "")).to_pylist())

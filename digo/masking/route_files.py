"""Files of routes: CSV with the columns `caller`, `callee` and, where some routes are pairs, `both_ways`."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from digo.desired.positions import Position
from digo.numbering import DEPENDS, HEAD_DIGITS, NOT_IN_USE, head_table, is_in_use
from digo.phone import UNASSIGNED, NumberProblem, PhoneNumber, parse_number

NEEDED = ("caller", "callee")
BOTH_WAYS = "both_ways"
_WORDS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}
_E164 = re.compile(r"\+[1-9]\d{9,14}")
SHOWN_DOUBTS = 5
_PREFIX = 8  # the plus and seven digits: what decides, with the length, whether a number is possible


class Row(NamedTuple):
    """One route. Numbers are digits with the country code."""

    line: int
    caller: int
    callee: int
    both_ways: bool


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a row."""

    position: Position
    message: str


class RouteFile:
    """One file; `shown` is how positions name it. After all rows, `doubts` has the first doubtful numbers, and
    `more_doubts` counts the others."""

    def __init__(self, path: Path, shown: str) -> None:
        self._path = path
        self.shown = shown
        self._possible: dict[tuple[str, int], tuple[int, int]] = {}
        self.doubts: list[RowProblem] = []
        self.more_doubts = 0

    def rows(self) -> Iterator[Row | RowProblem]:
        """The rows in order, one at a time.

        Raises:
            OSError: the file cannot be read.
        """
        with self._path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            try:
                columns = self._columns(next(reader, []))
                if isinstance(columns, RowProblem):
                    yield columns
                    return
                for cells in reader:
                    if cells:
                        yield self._row(cells, columns, reader.line_num)
            except csv.Error as problem:
                yield self._problem(reader.line_num, f"no CSV: {problem}")
            except UnicodeDecodeError:
                yield self._problem(reader.line_num + 1, "the file is not UTF-8 text")

    def _columns(self, names: Sequence[str]) -> dict[str, int] | RowProblem:
        columns = {name.strip(): index for index, name in enumerate(names)}
        strange = [name for name in columns if name not in (*NEEDED, BOTH_WAYS)]
        lacking = [name for name in NEEDED if name not in columns]
        if lacking or strange or len(columns) < len(names):
            known = f"the columns are {', '.join(NEEDED)} and, if you like, {BOTH_WAYS}"
            return self._problem(1, f"the first line names the columns: {known}")
        return columns

    def _row(self, cells: Sequence[str], columns: dict[str, int], line: int) -> Row | RowProblem:
        if len(cells) != len(columns):
            return self._problem(line, f"it has {len(cells)} cells where {len(columns)} are due")
        numbers = []
        for name in NEEDED:
            try:
                numbers.append(self._digits(cells[columns[name]], name, line))
            except NumberProblem as problem:
                return self._problem(line, f"{name}: {problem}")
        word = cells[columns[BOTH_WAYS]].strip().lower() if BOTH_WAYS in columns else ""
        if word not in _WORDS:
            return self._problem(line, f"{BOTH_WAYS} is yes or no")
        return Row(line, numbers[0], numbers[1], _WORDS[word])

    def _problem(self, line: int, message: str) -> RowProblem:
        return RowProblem(Position(self.shown, line, 1), message)

    def _digits(self, text: str, name: str, line: int) -> int:
        """The number's digits. The library that knows the numbering plans takes longer than all the rest together, so
        it is asked once for each prefix and length."""
        kind = (text[:_PREFIX], len(text))
        if kind in self._possible and _E164.fullmatch(text):
            code_digits, verdict = self._possible[kind]
            if verdict == NOT_IN_USE or (verdict == DEPENDS and not _is_in_use(text, code_digits)):
                self._doubt(UNASSIGNED, name, line)
            return int(text[1:])
        number = parse_number(text)
        if number.e164 == text:
            self._possible[kind] = _kind_of(number)
        for doubt in number.doubts:
            self._doubt(doubt, name, line)
        return int(number.digits)

    def _doubt(self, doubt: str, name: str, line: int) -> None:
        if len(self.doubts) < SHOWN_DOUBTS:
            self.doubts.append(self._problem(line, f"{name}: {doubt}"))
        else:
            self.more_doubts += 1


def _kind_of(number: PhoneNumber) -> tuple[int, int]:
    """How many digits its country code has, and what its prefix says of the range."""
    code = number.digits.removesuffix(number.national)
    table = head_table(int(code), len(number.national))
    return len(code), table[int(number.national[:HEAD_DIGITS])]


def _is_in_use(text: str, code_digits: int) -> bool:
    digits = text[1:]
    return is_in_use(int(digits[:code_digits]), digits[code_digits:])

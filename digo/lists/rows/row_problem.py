"""What is wrong with rows: the first problems, and how many there are besides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from digo.source.positions import Position

SHOWN_PROBLEMS = 20


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with a row. `column` is the file's column, "" for the whole row."""

    position: Position
    column: str
    message: str


class RowProblems:
    """Collects problems: the first of them, and the number of all others by message (`more`)."""

    def __init__(self) -> None:
        self._first: list[RowProblem] = []
        self.more: Counter[str] = Counter()

    @property
    def first(self) -> tuple[RowProblem, ...]:
        """The first problems, in the order in which they were found."""
        return tuple(self._first)

    @property
    def full(self) -> bool:
        """Whether further problems are only counted."""
        return len(self._first) >= SHOWN_PROBLEMS

    def add(self, place: Callable[[], Position], column: str, message: str) -> None:
        """Adds a problem. It computes the position only if it keeps the problem: each row may have one."""
        if self.full:
            self.more[message] += 1
        else:
            self._first.append(RowProblem(place(), column, message))

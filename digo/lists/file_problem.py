"""What is wrong with a file as a whole, and how a failed reading is said."""

from __future__ import annotations


class FileProblem(Exception):
    """The file as a whole cannot be taken. `line` counts from 1: a line of text, or a row of Parquet."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


class HeaderProblem(FileProblem):
    """The file has no header, or its header lacks a column or has one twice."""


def reason(problem: BaseException) -> str:
    """Why a reading failed, in one line: the system's own words, or the library's."""
    said = problem.strerror if isinstance(problem, OSError) and problem.strerror else str(problem)
    return said.strip().splitlines()[0].rstrip(".") if said.strip() else type(problem).__name__

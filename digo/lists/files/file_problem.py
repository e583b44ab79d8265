"""The errors of a whole file, and the text of a failed read."""

from __future__ import annotations


class FileProblem(Exception):
    """The file cannot be used at all. `line` counts from 1: a line of text, or a row of Parquet."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


class HeaderProblem(FileProblem):
    """The file has no header, or its header lacks a column or has one twice."""


class NotUtf8(FileProblem):
    """The file is text of another encoding, without a byte-order mark. `perhaps` is an example of one."""

    def __init__(self, message: str, line: int = 1, perhaps: str = "windows-1252") -> None:
        super().__init__(message, line)
        self.perhaps = perhaps


def reason(problem: BaseException) -> str:
    """Why a read failed, in one line: the message of the system or the library."""
    text = problem.strerror if isinstance(problem, OSError) and problem.strerror else str(problem)
    return text.strip().splitlines()[0].rstrip(".") if text.strip() else type(problem).__name__

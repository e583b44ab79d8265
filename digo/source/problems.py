"""Problems in config: all are reported at once, each with file, line and column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from digo.sanitize.terminal import one_line
from digo.source.positions import Position
from digo.text.counts import counted
from digo.text.redact import mask_numbers


def printable(text: str) -> str:
    """The text on one line, without anything that a terminal would treat as a command."""
    return one_line(text)


@dataclass(frozen=True, order=True)
class Problem:
    """One error or warning.

    `where` is the entry's path, such as `agents.sales.intercom`. The message contains no phone number.
    """

    position: Position
    where: str
    message: str

    @property
    def text(self) -> str:
        """Path and message on one line, safe to show anywhere."""
        path = f"{self.where}: " if self.where else ""
        return printable(mask_numbers(path + self.message))

    def __str__(self) -> str:
        return f"{printable(str(self.position))}: {self.text}"


class ConfigError(Exception):
    """The config is not usable. Nothing was read from the account or written to it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__(str(self))

    def __str__(self) -> str:
        head = f"{counted(len(self.problems), 'problem')} in the config; nothing was read or written:"
        return "\n".join([head, *(f"  {problem}" for problem in self.problems)])


def format_problems(problems: Sequence[Problem], most: int = 20) -> list[str]:
    """At most `most` problems as lines, and a last line with the count of the rest."""
    lines = [str(problem) for problem in problems[:most]]
    return lines + ([f"and {len(problems) - most:,} more of the kind"] if len(problems) > most else [])

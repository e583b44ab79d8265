"""Problems in config: all are reported at once, each with file, line and column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from digo.sanitize.terminal import one_line
from digo.source.positions import Position
from digo.text.counts import counted
from digo.text.redact import mask_numbers
from digo.text.samples import SAMPLE, counts_of_kinds, kind_of, sample

VALIDATE_LISTS_ALL = "`digo validate --show-all` lists all"


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

    @property
    def kind(self) -> str:
        """The text without what differs between problems of its kind: `agents.*.intercom: an intercom is …`."""
        first, _, rest = self.where.partition(".")
        path = f"{first}.*.{rest.rpartition('.')[2]}: " if "." in rest else ""
        return printable(mask_numbers(path + kind_of(self.message)))

    def __str__(self) -> str:
        return f"{printable(str(self.position))}: {self.text}"


class ConfigError(Exception):
    """The config is not usable. Nothing was read from the account or written to it.

    The message has the first problems, and says how to see all: `see_all`.
    """

    def __init__(self, problems: Iterable[Problem], see_all: str = VALIDATE_LISTS_ALL) -> None:
        self.problems = tuple(sorted(set(problems)))
        self.see_all = see_all
        super().__init__(str(self))

    def __str__(self) -> str:
        head = f"{counted(len(self.problems), 'problem')} in the config; nothing was read or written:"
        lines = format_problems(self.problems, see_all=self.see_all)
        return "\n".join([head, *(f"  {line}" for line in [*kinds_of(self.problems), *lines])])


def format_problems(
    problems: Sequence[Problem], most: int | None = SAMPLE, see_all: str = VALIDATE_LISTS_ALL
) -> list[str]:
    """At most `most` problems as lines, and a last line with the number of the others and how to see all."""
    return sample([str(problem) for problem in problems], see_all, most)


def kinds_of(problems: Sequence[Problem], most: int | None = SAMPLE) -> list[str]:
    """A line for each kind of problem with its count, if there are more than `most` problems; otherwise none."""
    return [] if most is None or len(problems) <= most else counts_of_kinds(problem.kind for problem in problems)

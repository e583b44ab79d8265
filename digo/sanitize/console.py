"""The doors to standard output and standard error: what passes them cannot forget to be harmless."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any, TextIO, cast

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from digo.sanitize.annotations import without_commands
from digo.sanitize.terminal import for_terminal


class Guard:
    """A text stream in front of another one. All text passes through `for_terminal`, and no line of it is a command to
    a pipeline's log. `styled` lets control codes pass, for a console that has cleaned its texts itself."""

    def __init__(self, stream: TextIO, *, styled: bool = False) -> None:
        self.stream = stream
        self.styled = self if styled else Guard(stream, styled=True)
        self._at_start = True

    def write(self, text: str) -> int:
        """Writes the cleaned text; the number of characters that came."""
        clean = without_commands(text if self.styled is self else for_terminal(text), at_start=self._at_start)
        _, end, line = clean.rpartition("\n")
        self._at_start = not line.strip() and (bool(end) or self._at_start)
        self.stream.write(clean)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Writes the texts one after the other."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        """All else is the stream's own."""
        return getattr(self.stream, name)


class SafeConsole(Console):
    """A console of rich whose texts are cleaned where they are rendered. Its own styles work; markup in a text, such as
    `[red]`, is text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"highlight": False, "emoji": False, "markup": False, **options})

    @property
    def file(self) -> IO[str]:
        """Where it prints, past the guard that would clean its styles away."""
        stream = Console.file.fget(self)  # type: ignore[attr-defined]
        return cast(IO[str], stream.styled if isinstance(stream, Guard) else stream)

    @file.setter
    def file(self, new_file: IO[str]) -> None:
        Console.file.fset(self, new_file)  # type: ignore[attr-defined]

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The renderable's segments, each text of them cleaned."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=for_terminal(segment.text))


def guard_streams(*, output: bool = True) -> None:
    """Puts the guard before standard error, and before standard output where `output`."""
    for name in ("stdout", "stderr") if output else ("stderr",):
        stream = getattr(sys, name)
        if not isinstance(stream, Guard):
            setattr(sys, name, Guard(stream))


@contextmanager
def guarded() -> Iterator[None]:
    """Both streams behind the guard for as long as it lasts."""
    before = sys.stdout, sys.stderr
    guard_streams()
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def bare(stream: TextIO) -> TextIO:
    """The stream behind a guard: for data, which must leave as it came."""
    return stream.stream if isinstance(stream, Guard) else stream

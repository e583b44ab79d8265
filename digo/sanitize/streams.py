"""The guard of standard output and standard error: everything that is written passes the cleaning."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from digo.sanitize.annotations import CommandFilter
from digo.sanitize.terminal import for_terminal


class SanitizedStream:
    """A text stream in front of another one.

    All text passes `for_terminal`, and no line of it is a command to a pipeline's log. `styled` lets control codes
    pass, for a console that has cleaned its texts itself.
    """

    def __init__(self, stream: TextIO, *, styled: bool = False, commands: CommandFilter | None = None) -> None:
        self.stream = stream
        # Both streams write the same lines.
        self._without_commands = commands or CommandFilter()
        self.styled = self if styled else SanitizedStream(stream, styled=True, commands=self._without_commands)

    def write(self, text: str) -> int:
        """Writes the cleaned text and returns the number of characters received."""
        clean = self._without_commands(text if self.styled is self else for_terminal(text))
        self.stream.write(clean)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Writes the texts in order."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        """Everything else is the stream's own."""
        return getattr(self.stream, name)


def sanitize_streams(*, output: bool = True) -> None:
    """Puts the guard before standard error, and before standard output if `output`."""
    for name in ("stdout", "stderr") if output else ("stderr",):
        stream = getattr(sys, name)
        if not isinstance(stream, SanitizedStream):
            setattr(sys, name, SanitizedStream(stream))


@contextmanager
def sanitized_streams() -> Iterator[None]:
    """Guards both streams inside the context."""
    before = sys.stdout, sys.stderr
    sanitize_streams()
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def raw_stream(stream: TextIO) -> TextIO:
    """The stream behind a guard: for data that must leave unchanged."""
    return stream.stream if isinstance(stream, SanitizedStream) else stream

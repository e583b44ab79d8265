"""The console for tables and styled lines: texts are cleaned, its own styles pass the guard."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any, cast

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from digo.sanitize.streams import SanitizedStream
from digo.sanitize.terminal import for_terminal


class SafeConsole(Console):
    """A rich console that cleans texts when it renders them.

    Its own styles work. Markup in a text, such as `[red]`, stays text.
    """

    def __init__(self, **options: Any) -> None:
        self._guard: SanitizedStream | None = None
        super().__init__(**{"highlight": False, "emoji": False, "markup": False, **options})

    @property
    def file(self) -> IO[str]:
        """The output stream, past the guard that would remove the console's styles."""
        stream = Console.file.fget(self)  # type: ignore[attr-defined]  # mypy sees a property as its value
        if isinstance(stream, SanitizedStream):
            return cast(IO[str], stream.styled)
        if self._guard is None or self._guard.stream is not stream:
            self._guard = SanitizedStream(stream, styled=True)
        return cast(IO[str], self._guard)

    @file.setter
    def file(self, new_file: IO[str]) -> None:
        Console.file.fset(self, new_file)  # type: ignore[attr-defined]  # mypy sees a property as its value

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The renderable's segments with cleaned texts."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=for_terminal(segment.text))

"""What shows a run while it is under way, and the display for logs: a plain line for each stack that ended."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol

from rich.console import Console
from rich.text import Text

from digo.fleet.up.result_text import result_line
from digo.fleet.up.run_view import RunView
from digo.sanitize.terminal import one_line


class RunDisplay(Protocol):
    """Shows a run."""

    def show(self, view: RunView) -> None:
        """Takes the run's newest view."""
        ...

    def say(self, text: str) -> None:
        """Tells the user something that stays to be read."""
        ...

    def __enter__(self) -> RunDisplay: ...

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None: ...


class PlainLines:
    """A line for each stack that ended, for each wave that begins, and for each wait. For logs."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._seen = 0
        self._said: set[str] = set()

    def show(self, view: RunView) -> None:
        """See `RunDisplay`."""
        if not self._said:
            self._say_wave(view)
        # What ended since the last look is mostly of the wave before.
        for place, result in enumerate(view.results[self._seen :], self._seen + 1):
            self.say(f"[{place:,}/{view.stacks:,}] {result_line(result)}")
        self._seen = len(view.results)
        self._say_wave(view)
        if view.waits and not view.running:
            self._once(f"waits for {view.waits}")
        if view.stopped:
            self._once(f"no further stack is begun: {view.stopped}")

    def say(self, text: str) -> None:
        """See `RunDisplay`."""
        self._console.print(Text(one_line(text)), soft_wrap=True)

    def _say_wave(self, view: RunView) -> None:
        if view.wave:
            self._once(f"wave {view.wave_number:,} of {view.waves:,}: {view.wave}")

    def _once(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self.say(text)

    def __enter__(self) -> PlainLines:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        return

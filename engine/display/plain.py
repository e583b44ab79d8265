"""Progress as lines, one for each thing that happens: for logs, pipes and CI."""

from __future__ import annotations

import threading

from rich.console import Console
from rich.text import Text

from engine.display.board import Board
from engine.display.ending import ending
from engine.display.options import DisplayOptions
from engine.display.prelude import prelude_lines
from engine.display.rows import Row, columns
from engine.events import Event, Prelude


class PlainDisplay:
    """Prints a line when a resource's step begins and when it ends. Status lines of providers are left out."""

    def __init__(self, console: Console, options: DisplayOptions) -> None:
        self._console = console
        self._board = Board(options, folds=False)
        self._lock = threading.Lock()

    def show(self, event: Event) -> None:
        """Takes the next event; safe to call from any thread."""
        with self._lock:
            if isinstance(event, Prelude):
                self._print(prelude_lines(event) if self._board.options.show_config else Text())
            row = self._board.take(event)
            if row is not None:
                self._print_row(row)

    def say(self, text: str) -> None:
        """A line of the engine itself."""
        with self._lock:
            self._print(Text(text))

    def close(self) -> None:
        """The run is over: what was unfinished, then diagnostics, outputs and the summary."""
        with self._lock:
            for row in self._board.finish():
                self._print_row(row)
            for part in ending(self._board):
                self._print(part)

    def _print_row(self, row: Row) -> None:
        if row.hidden:
            return
        line = Text()
        for column in columns(row, self._board.view):
            line.append(" ").append_text(column)
        self._print(line)

    def _print(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True)

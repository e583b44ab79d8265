"""Progress as a tree that changes in place: for terminals.

Source of the layout: pulumi/pulumi, `pkg/backend/display/tree.go` and `tableutil.go`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.text import Text

from engine.display.board import Board
from engine.display.ending import ending
from engine.display.names import is_stack
from engine.display.options import DisplayOptions
from engine.display.prelude import prelude_lines
from engine.display.rows import Row, columns, header
from engine.display.signs import HEADLINE, WARNING, WORDS
from engine.events import Event, Prelude
from engine.model import Op

_FRAMES_PER_SECOND = 10
_DOTS = ("", ".", "..", "...")
_GAP = "  "


class LiveDisplay:
    """Redraws the tree some times a second, whatever the number of events."""

    def __init__(self, console: Console, options: DisplayOptions) -> None:
        self._console = console
        self._board = Board(options, folds=True)
        self._lock = threading.RLock()
        self._said: list[str] = []
        self._started = time.monotonic()
        self._live = Live(
            self,
            console=console,
            refresh_per_second=_FRAMES_PER_SECOND,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
        )
        self._live.start()

    def show(self, event: Event) -> None:
        """Takes the next event; safe to call from any thread."""
        with self._lock:
            if isinstance(event, Prelude) and self._board.options.show_config:
                self._console.print(prelude_lines(event), soft_wrap=True)
            self._board.take(event)

    def say(self, text: str) -> None:
        """A line of the engine itself, below the tree."""
        with self._lock:
            self._said += text.splitlines()

    def close(self) -> None:
        """The run is over: the whole tree once more, then diagnostics, outputs and the summary."""
        self._live.transient = True
        self._live.stop()
        with self._lock:
            self._board.finish()
            for line in self._table():
                self._console.print(line, no_wrap=True, overflow="crop", crop=True)
            for line in self._system_messages():
                self._console.print(line, soft_wrap=True)
            self._console.print()
            for part in ending(self._board):
                self._console.print(part, soft_wrap=True)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        with self._lock:
            lines = list(self._fitted(console.size.height, options.max_width))
        for line in lines:
            line.truncate(max(options.max_width - 1, 1), overflow="crop")
            yield line

    def _fitted(self, height: int, width: int) -> Iterator[Text]:
        table = self._table()
        below = [*self._count_of_unchanged(), *self._system_messages()]
        room = max(height - len(below) - 2, 3)
        if len(table) <= room:
            yield from table
        else:
            # The newest rows are at the end; the header and the stack's own row stay.
            hidden = len(table) - room + 1
            yield from table[:2]
            yield Text(f"⬆ {hidden} more".rjust(width - 2), "bright_blue")
            yield from table[2 + hidden :]
        yield from below

    def _table(self) -> list[Text]:
        rows = self._board.tree()
        if not rows:
            return []
        view = self._board.view
        cells = [header(view)]
        for branch, row in rows:
            parts = columns(row, view)
            parts[1] = Text(branch).append_text(parts[1])
            parts[-2] = parts[-2].copy().append_text(self._dots(row))
            cells.append(parts)
        if all(not parts[-1].plain for parts in cells[1:]):
            cells[0][-1] = Text("")
        return list(_aligned(cells, status_at=len(cells[0]) - 2))

    def _dots(self, row: Row) -> Text:
        if row.is_done(self._board.view) or (row.op is Op.SAME and not is_stack(row.urn)):
            return Text("")
        beat = int(time.monotonic() - self._started) % len(_DOTS)
        return Text(_DOTS[beat], f"bold {WORDS[row.op].style}".strip())

    def _count_of_unchanged(self) -> list[Text]:
        if self._board.view.is_final or not self._board.unchanged or self._board.options.show_sames:
            return []
        return [
            Text(""),
            Text("Resources:", HEADLINE),
            Text(f"    {self._board.unchanged} unchanged", "bright_black"),
        ]

    def _system_messages(self) -> list[Text]:
        if not self._said:
            return []
        return [Text(""), Text("System Messages", WARNING), *(Text(f"  {line}") for line in self._said)]


def _aligned(cells: list[list[Text]], status_at: int) -> Iterator[Text]:
    # The status grows by its dots; room for them is kept so that nothing jumps.
    widths = [max(row[column].cell_len for row in cells) for column in range(len(cells[0]))]
    widths[status_at] = max(widths[status_at], max(row[status_at].cell_len for row in cells)) + len(_DOTS) - 1
    for row in cells:
        line = Text(" ")
        for column, cell in enumerate(row):
            line.append_text(cell)
            if column < len(row) - 1:
                line.append(" " * (widths[column] - cell.cell_len) + _GAP)
        yield line

"""Progress as a tree that is redrawn in place, for terminals.

Source of the layout: pulumi/pulumi, `pkg/backend/display/tree.go` and `tableutil.go`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.text import Text

from engine.display.operation_words import HEADLINE, WARNING, WORDS
from engine.display.options import DisplayOptions
from engine.display.rows import Row, View, columns, header
from engine.display.step_table import StepTable
from engine.display.summary import ending, prelude_lines
from engine.events import Diagnostic, Event, Prelude, Step
from engine.model import Op
from protocol.urn import is_stack

_FRAMES_PER_SECOND = 10
_DOTS = ("", ".", "..", "...")
_GAP = "  "


class _Cells:
    """The cells of one line and their widths."""

    def __init__(self, texts: list[Text]) -> None:
        self.texts = texts
        self.widths = [text.cell_len for text in texts]


@dataclass(frozen=True)
class _Table:
    """The lines' cells, the titles first."""

    rows: list[_Cells]

    @cached_property
    def _widths(self) -> list[int]:
        widths = [max(column) for column in zip(*(cells.widths for cells in self.rows), strict=True)]
        # The status column has room for its dots, so that its width stays constant.
        widths[-2] += len(_DOTS) - 1
        return widths

    def line(self, cells: _Cells) -> Text:
        """The cells as one line, padded to the columns' widths."""
        line = Text(" ")
        last = len(cells.texts) - 1
        for column, text in enumerate(cells.texts):
            line.append_text(text)
            if column < last:
                line.append(" " * (self._widths[column] - cells.widths[column]) + _GAP)
        return line


@dataclass(frozen=True)
class _Done:
    """The cached cells of a row that is done, and what they were made from."""

    branch: str
    step: Step | None
    status: Diagnostic | None
    view: View
    cells: _Cells

    def belongs_to(self, branch: str, row: Row, view: View) -> bool:
        """Whether the cells are still right for the row."""
        same_objects = self.step is row.step and self.status is row.status and self.view is view
        return same_objects and self.branch == branch


class LiveDisplay:
    """Redraws the tree ten times a second, independent of the number of events."""

    def __init__(self, console: Console, options: DisplayOptions) -> None:
        self._console = console
        self._board = StepTable(options, folds=True)
        self._lock = threading.RLock()
        self._system_lines: list[str] = []
        self._done: dict[str, _Done] = {}
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
        """Shows the next event. Any thread may call it."""
        with self._lock:
            if isinstance(event, Prelude) and self._board.options.show_config:
                self._console.print(prelude_lines(event), soft_wrap=True)
            self._board.take(event)

    def say(self, text: str) -> None:
        """Shows a line of the engine itself below the tree."""
        with self._lock:
            self._system_lines += text.splitlines()

    def close(self) -> None:
        """Prints the final tree, then diagnostics, outputs and the summary."""
        self._live.transient = True
        self._live.stop()
        with self._lock:
            self._board.finish()
            table = self._table()
            for line in map(table.line, table.rows):
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
        hidden = len(table.rows) - room + 1
        if len(table.rows) <= room:
            yield from map(table.line, table.rows)
        else:
            # The newest rows are at the end. The header and the stack's row stay visible.
            yield from map(table.line, table.rows[:2])
            yield Text(f"⬆ {hidden} more".rjust(width - 2), "bright_blue")
            yield from map(table.line, table.rows[2 + hidden :])
        yield from below

    def _table(self) -> _Table:
        view = self._board.view
        rows = [self._cells(branch, row) for branch, row in self._board.tree()]
        if not rows:
            return _Table([])
        titles = header(view)
        if all(not cells.texts[-1].plain for cells in rows):
            titles[-1] = Text("")
        return _Table([_Cells(titles), *rows])

    def _cells(self, branch: str, row: Row) -> _Cells:
        # Most rows of a long run are done and do not change, so their text is cached.
        view = self._board.view
        known = self._done.get(row.urn)
        if known is not None and known.belongs_to(branch, row, view):
            return known.cells
        parts = columns(row, view)
        parts[1] = Text(branch).append_text(parts[1])
        parts[-2] = parts[-2].copy().append_text(self._dots(row))
        cells = _Cells(parts)
        if row.is_done(view):
            self._done[row.urn] = _Done(branch, row.step, row.status, view, cells)
        return cells

    def _dots(self, row: Row) -> Text:
        if row.is_done(self._board.view) or (row.op is Op.SAME and not is_stack(row.urn)):
            return Text("")
        beat = int(time.monotonic() - self._started) % len(_DOTS)
        return Text(_DOTS[beat], f"bold {WORDS[row.op].style}".strip())

    def _count_of_unchanged(self) -> list[Text]:
        if self._board.view.is_final or not self._board.unchanged or self._board.options.show_sames:
            return []
        return [Text(""), Text("Resources:", HEADLINE), Text(f"    {self._board.unchanged} unchanged", "bright_black")]

    def _system_messages(self) -> list[Text]:
        if not self._system_lines:
            return []
        return [Text(""), Text("System Messages", WARNING), *(Text(f"  {line}") for line in self._system_lines)]

"""Progress as a tree that is redrawn in place, for terminals.

Source of the layout: pulumi/pulumi, `pkg/backend/display/tree.go`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleDimensions, ConsoleOptions, RenderResult
from rich.live import Live
from rich.text import Text

from digo.sanitize.terminal import one_line
from engine.display.display import Display
from engine.display.operation_words import HEADLINE, WARNING, WORDS
from engine.display.options import DisplayOptions
from engine.display.rows import Row, View, columns, short_type
from engine.display.step_table import StepTable
from engine.display.summary import ending, prelude_lines
from engine.display.table import DOTS, Cells, Table, TypeColumn, cut
from engine.events import Diagnostic, Event, Prelude, Step
from engine.model import Op
from protocol.urn import is_stack, type_of

_FRAMES_PER_SECOND = 10
_PROGRESS = "bold"


@dataclass(frozen=True)
class _Done:
    """The cached cells of a row that is done, and what they were made from."""

    branch: str
    step: Step | None
    status: Diagnostic | None
    view: View
    cells: Cells

    def belongs_to(self, branch: str, row: Row, view: View) -> bool:
        """Whether the cells are still right for the row."""
        same_objects = self.step is row.step and self.status is row.status and self.view is view
        return same_objects and self.branch == branch


class LiveDisplay(Display):
    """Redraws the tree, at most ten times a second, however many events there are."""

    def __init__(self, console: Console, options: DisplayOptions) -> None:
        super().__init__()
        self._console = console
        self._steps = StepTable(options, folds=True)
        self._system_lines: list[str] = []
        self._done: dict[str, _Done] = {}
        self._started = time.monotonic()
        self._live = Live(
            self,
            console=console,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
        )
        self._width = console.size.width
        self._types = (self._width, TypeColumn.WHOLE)
        self._has_news = True
        self._drawn_size, self._drawn_at = console.size, self._started
        self._over = threading.Event()
        self._live.start(refresh=True)
        self._frames = threading.Thread(target=self._draw_frames, name="frames", daemon=True)
        self._frames.start()

    def _show(self, event: Event) -> None:
        if isinstance(event, Prelude) and self._steps.view.options.show_config:
            self._console.print(prelude_lines(event), soft_wrap=True)
        self._steps.take(event)
        self._has_news = True

    def _say(self, text: str) -> None:
        """Adds a line below the tree."""
        self._system_lines += text.splitlines()
        self._has_news = True

    def close(self) -> None:
        """Prints the final tree, then diagnostics, outputs and the summary."""
        self._over.set()
        self._frames.join()
        self._leave_wrapped_frame(self._console.size.width)
        self._live.transient = True
        self._live.stop()
        with self._lock:
            self._steps.finish()
            table = self._table(self._console.size.width)
            for line in map(table.line, table.rows):
                self._console.print(line, soft_wrap=True)
            for line in self._system_messages():
                self._console.print(line, soft_wrap=True)
            self._console.print()
            for part in ending(self._steps):
                self._console.print(part, soft_wrap=True)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        with self._lock:
            lines = list(self._fitted(console.size.height, options.max_width))
        for line in lines:
            yield cut(line, options.max_width)

    def _draw(self, size: ConsoleDimensions) -> None:
        """Draws the next frame. Where nothing but the clock has moved on, one a second is enough."""
        now = time.monotonic()
        if self._has_news or size != self._drawn_size or now - self._drawn_at >= 1:
            self._has_news, self._drawn_size, self._drawn_at = False, size, now
            self._live.refresh()

    def _draw_frames(self) -> None:
        before = self._width
        while not self._over.wait(1 / _FRAMES_PER_SECOND):
            size = self._console.size
            if size.width == before:
                self._leave_wrapped_frame(size.width)
                self._draw(size)
            before = size.width  # while somebody moves the window's edge, nothing is drawn

    def _leave_wrapped_frame(self, width: int) -> None:
        """Scrolls a frame away that the terminal has wrapped into more lines than were drawn.

        Drawing over it would leave pieces of it. Not every terminal wraps, so lines above could be lost if it was
        taken for higher than it was drawn.
        """
        if width < self._width:
            self._console.print("\n" * (self._console.size.height - 1))
        self._width = width

    def _fitted(self, height: int, width: int) -> Iterator[Text]:
        known, widest = self._types
        table = self._table(width, widest if width == known else TypeColumn.WHOLE)
        self._types = (width, table.types) if table.rows else self._types
        below = [*self._count_of_unchanged(), *self._system_messages()]
        status = self._steps.run_status()
        if status:
            yield Text(f" {one_line(status)}", _PROGRESS)
        room = max(height - len(below) - bool(status) - 2, 3)
        hidden = len(table.rows) - room + 1
        if len(table.rows) <= room:
            yield from map(table.line, table.rows)
        else:
            # The newest rows are at the end. The header and the stack's row stay visible.
            yield from map(table.line, table.rows[:2])
            yield Text(f"⬆ {hidden} more".rjust(width - 2), "bright_blue")
            yield from map(table.line, table.rows[2 + hidden :])
        yield from below

    def _table(self, width: int, widest: TypeColumn = TypeColumn.WHOLE) -> Table:
        view = self._steps.view
        rows = [self._cells(branch, row) for branch, row in self._steps.tree()]
        if not rows:
            return Table([], width)
        titles = _titles(view)
        if not any(cells.info_width for cells in rows):
            titles.info = Text("")
        return Table([titles, *rows], width, widest)

    def _cells(self, branch: str, row: Row) -> Cells:
        # Most rows of a long run are done and do not change, so their text is cached.
        view = self._steps.view
        known = self._done.get(row.urn)
        if known is not None and known.belongs_to(branch, row, view):
            return known.cells
        sign, *type_, name, status, info = columns(row, view)
        cells = Cells(
            sign,
            branch,
            type_[0] if type_ else None,
            Text(one_line(short_type(type_of(row.urn)))) if type_ else None,
            name,
            status,
            Text("") if is_stack(row.urn) and self._steps.run_status() and not view.is_final else info,
            self._dots(row),
        )
        if row.is_done(view):
            self._done[row.urn] = _Done(branch, row.step, row.status, view, cells)
        return cells

    def _dots(self, row: Row) -> Text | None:
        if row.is_done(self._steps.view) or (row.op is Op.SAME and not is_stack(row.urn)):
            return None
        beat = int(time.monotonic() - self._started) % len(DOTS)
        return Text(DOTS[beat], f"bold {WORDS[row.op].style}".strip())

    def _count_of_unchanged(self) -> list[Text]:
        if self._steps.view.is_final or not self._steps.unchanged or self._steps.view.options.show_sames:
            return []
        return [
            Text(""),
            Text("Resources:", HEADLINE),
            Text(f"    {self._steps.unchanged:,} unchanged", "bright_black"),
        ]

    def _system_messages(self) -> list[Text]:
        if not self._system_lines:
            return []
        return [Text(""), Text("System Messages", WARNING), *(Text(f"  {line}") for line in self._system_lines)]


def _titles(view: View) -> Cells:
    """The titles of the columns."""
    titles = ["URN"] if view.options.show_urns else ["Type", "Name"]
    titles += ["Plan" if view.options.run.is_preview else "Status", "Info"]
    *type_, name, status, info = (Text(title, "underline bright_blue") for title in titles)
    title = type_[0] if type_ else None
    return Cells(Text(""), "", title, title, name, status, info)

"""Progress on standard error: one line that is drawn again in place, or plain lines in a log."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, TypeVar

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from digo.api.models import CallRecord
from digo.call_records.writers import Writer
from digo.cli.output import error_console
from digo.system.ci import can_redraw
from digo.text.progress import Rate, progress_text

LINE_SECONDS = 30.0
_FRAMES_PER_SECOND = 4
_BAR_WIDTHS = (10, 40)

Progress = TypeVar("Progress", bound="CountProgress")


class CountProgress:
    """How far something is that is counted.

    Nothing else may be printed while the line is drawn, so `hide` comes before that. The next count shows it again.

    Args:
        thing: what is counted, in the singular.
        total: of how many; None if that is not known yet.
        before: how many were done before.
        line_seconds: the least time between two lines in a log.
        clock: gives seconds.
    """

    def __init__(
        self,
        thing: str,
        total: int | None = None,
        before: int = 0,
        *,
        line_seconds: float = LINE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._thing = thing
        self._done = before
        self._total = total
        self._clock = clock
        self._rate = Rate(clock)
        self._line_seconds = line_seconds
        self._line_at = clock()
        self._console = error_console()
        self._redraws = self._console.is_terminal and can_redraw(sys.stderr, os.environ)
        self._live: Live | None = None
        self._rate.measure(before)

    def add(self, count: int, total: int | None) -> None:
        """So many more are done, of so many; None if that is not known."""
        self._done += count
        self._total = total
        if self._redraws:
            self._show()
        elif self._clock() - self._line_at >= self._line_seconds:
            self._line_at = self._clock()
            self._console.print(Text(str(self)), soft_wrap=True)

    def hide(self) -> None:
        """Removes the line from the terminal."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _show(self) -> None:
        if self._live is None:
            self._live = Live(
                self,
                console=self._console,
                refresh_per_second=_FRAMES_PER_SECOND,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start(refresh=True)

    def __str__(self) -> str:
        return progress_text(self._done, self._total, self._thing, self._rate.measure(self._done))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        text = Text(str(self), no_wrap=True, overflow="ellipsis")
        least, most = _BAR_WIDTHS
        room = min(options.max_width - text.cell_len - 3, most)
        if self._total is None or room < least:
            text.truncate(max(options.max_width - 1, 1), overflow="ellipsis")
            yield text
            return
        line = Table.grid(padding=(0, 1))
        line.add_row(text, ProgressBar(max(self._total, 1), self._done, width=room))
        yield line

    def __enter__(self: Progress) -> Progress:
        if self._redraws:
            self._show()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.hide()


class RecordsProgress(CountProgress):
    """The progress of a download of call records. Its total is known when the API reports it.

    Args:
        before: how many records an interrupted download had.
        options: see `CountProgress`.
    """

    def __init__(self, before: int = 0, **options: Any) -> None:
        super().__init__("call record", None, before, **options)

    def __call__(self, records: Sequence[CallRecord], counted: int | None) -> None:
        """Counts one page of records, which is written."""
        self.add(len(records), counted)


class RowsAbove:
    """A writer whose rows go to the terminal that shows the progress: the rows replace the line. See `Writer`."""

    def __init__(self, writer: Writer, progress: RecordsProgress) -> None:
        self._writer = writer
        self._progress = progress

    def write(self, records: Sequence[CallRecord]) -> None:
        """See `Writer`."""
        self._progress.hide()
        self._writer.write(records)

    def settle(self) -> int | None:
        """See `Writer`."""
        return self._writer.settle()

    def close(self, *, complete: bool) -> None:
        """See `Writer`."""
        self._progress.hide()
        self._writer.close(complete=complete)

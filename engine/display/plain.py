"""Progress as one line for each event, for logs, pipes and CI."""

from __future__ import annotations

import threading
import time

from rich.console import Console
from rich.text import Text

from engine.display.display import Display
from engine.display.options import DOING, DisplayOptions
from engine.display.rows import Row, columns, message
from engine.display.step_table import StepTable, as_message
from engine.display.summary import PROBLEMS, ending, prelude_lines
from engine.events import Diagnostic, Event, Prelude, StandardOutput


class PlainDisplay(Display):
    """Prints a line when a resource's step begins and when it ends.

    Each message is printed once: a note when it comes, so that a log can be followed; warnings and errors at the end,
    where people look for them. The pulumi CLI repeats a message in every later line of its resource, and at the end.

    Status lines of providers are not printed immediately. If nothing else was printed for `silence_seconds`, the latest
    one of each resource is printed, so that a long step can be followed and a CI system does not end the run.
    """

    def __init__(self, console: Console, options: DisplayOptions, silence_seconds: float = 30) -> None:
        super().__init__()
        self._console = console
        self._steps = StepTable(options, folds=False)
        self._silence_seconds = silence_seconds
        self._printed_at = time.monotonic()
        self._reported: dict[str, Diagnostic] = {}
        self._over = threading.Event()
        self._pulse = threading.Thread(target=self._break_silence, name="heartbeat", daemon=True)
        self._pulse.start()

    def _show(self, event: Event) -> None:
        if isinstance(event, Prelude):
            self._print(prelude_lines(event) if self._steps.view.options.show_config else Text())
        row = self._steps.take(event)
        message = as_message(event) if isinstance(event, StandardOutput) else event
        if row is not None and not isinstance(message, Diagnostic):
            self._print_row(row)
        elif row is not None and isinstance(message, Diagnostic) and message.severity not in PROBLEMS:
            self._print_note(row, message)

    def _say(self, text: str) -> None:
        self._print(Text(text))

    def close(self) -> None:
        """Prints unfinished rows, then diagnostics, outputs and the summary."""
        self._over.set()
        self._pulse.join()
        with self._lock:
            for row in self._steps.finish():
                self._print_row(row)
            for part in ending(self._steps, PROBLEMS):
                self._print(part)

    def _break_silence(self) -> None:
        while not self._over.wait(self._remaining()):
            with self._lock:
                if self._remaining() <= 0:
                    self._report()

    def _remaining(self) -> float:
        return max(self._printed_at + self._silence_seconds - time.monotonic(), 0)

    def _report(self) -> None:
        rows = list(self._steps.rows.values())
        news = {row.urn: row.status for row in rows if row.status and row.status.ephemeral}
        fresh = [row for row in rows if row.urn in news and self._reported.get(row.urn) is not news[row.urn]]
        self._reported |= news
        for row in fresh:
            self._print_row(row)
        if not fresh:
            options = self._steps.view.options
            doing = (
                f"previewing {options.run.kind.value}" if options.run.is_preview else DOING[options.run.kind].lower()
            )
            self._print(Text(f"@ {doing}...."))

    def _print_row(self, row: Row) -> None:
        if row.hidden:
            return
        line = Text()
        for column in columns(row, self._steps.view):
            line.append(" ").append_text(column)
        self._print(line)

    def _print_note(self, row: Row, note: Diagnostic) -> None:
        """Prints a note beside its resource, and its further lines below."""
        first, *others = message(note).split("\n", allow_blank=False)
        sign, *names, _, _ = columns(row, self._steps.view)
        line = Text()
        for part in (Text(" " * sign.cell_len), *names, Text(), first):
            line.append(" ").append_text(part)
        self._print(line)
        for other in others:
            self._print(Text("      ").append_text(other))

    def _print(self, text: Text) -> None:
        self._printed_at = time.monotonic()
        self._console.print(text, soft_wrap=True)

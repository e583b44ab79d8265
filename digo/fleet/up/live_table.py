"""A run while it is under way: a table that is drawn again in place, or one plain line for each stack that ended.

Both take a `RunView` as often as there is news. The table also moves with the clock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Protocol

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.text import Text

from digo.fleet.up.pace import Pace
from digo.fleet.up.run_view import RunView
from digo.fleet.up.stack_result import ResultOutcome, StackResult
from digo.sanitize.terminal import one_line
from digo.text.counts import counted
from digo.text.formatting import duration

STYLES = {
    ResultOutcome.APPLIED: "green",
    ResultOutcome.UNCHANGED: "",
    ResultOutcome.NOT_APPLIED: "red",
    ResultOutcome.PARTIAL: "red",
    ResultOutcome.UNKNOWN: "bold red",
    ResultOutcome.SKIPPED: "yellow",
}
_HEAD_LINES = 2
_SPARE_LINES = 2  # so that the last line of a terminal stays free


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


class LiveTable:
    """The run's head and the stacks that are running, drawn in place. Failures stay above it.

    Args:
        console: the terminal.
        clock: gives the seconds since 1970.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.time) -> None:
        self._console = console
        self._clock = clock
        self._pace = Pace(clock)
        self._view: RunView | None = None
        self._seen = 0
        # A signal speaks from a thread of its own, and Live itself writes what two threads print in either order.
        self._lock = threading.RLock()
        self._live = Live(
            self,
            console=console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
        )

    def show(self, view: RunView) -> None:
        """See `RunDisplay`."""
        with self._lock:
            for result in view.results[self._seen :]:
                if result.outcome.is_failure:
                    self._console.print(_styled(result), soft_wrap=True)
            self._seen = len(view.results)
            self._view = view
            self._live.refresh()

    def say(self, text: str) -> None:
        """See `RunDisplay`."""
        with self._lock:
            self._console.print(Text(one_line(text)), soft_wrap=True)

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        if self._view is None:
            return
        height = options.size.height - _SPARE_LINES
        for line in table_lines(self._view, self._pace, self._clock(), height):
            line.truncate(max(options.max_width - 1, 1), overflow="ellipsis")
            yield line

    def __enter__(self) -> LiveTable:
        self._live.start(refresh=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:
            self._live.stop()


def table_lines(view: RunView, pace: Pace, now: float, height: int) -> Iterator[Text]:
    """The table's lines: how far the run is, what it does, and as many running stacks as there is room for.

    The count comes first, so that a line that is cut still shows it.
    """
    yield Text(_how_far(view, pace), "bold")
    yield Text(_doing(view))
    running = sorted(view.running.items(), key=lambda one: (one[1], one[0]))
    room = max(1, height - _HEAD_LINES)
    shown = running if len(running) <= room else running[: room - 1]
    for stack, since in shown:
        yield Text(f"  {duration(max(0.0, now - since)):>10}  {one_line(stack)}")
    if len(running) > len(shown):
        yield Text(f"  and {counted(len(running) - len(shown), 'more stack')}")


def result_line(result: StackResult) -> str:
    """One stack's result in a line: `chennai-1: applied, 3 entries, 4 s`."""
    return f"{result.stack}: {result_words(result)}"


def result_words(result: StackResult) -> str:
    """One stack's result without its name; it begins with the outcome."""
    parts = [result.outcome.value]
    if result.outcome is ResultOutcome.APPLIED:
        parts.append(counted(result.applied, "entry"))
    elif result.outcome in (ResultOutcome.PARTIAL, ResultOutcome.UNKNOWN):
        parts.append(f"{result.applied:,} applied, {result.not_applied:,} not applied, {result.unknown:,} unknown")
    if result.seconds and result.outcome is not ResultOutcome.SKIPPED:
        parts.append(duration(result.seconds))
    reason = f": {result.reason_line}" if result.reason else ""
    log = f" ({result.log})" if result.log and result.outcome.is_failure else ""
    return f"{', '.join(parts)}{reason}{log}"


def _styled(result: StackResult) -> Text:
    line = Text(one_line(result_line(result)))
    start = len(one_line(result.stack)) + 2
    line.stylize(STYLES[result.outcome], start, start + len(result.outcome.value))
    return line


def _how_far(view: RunView, pace: Pace) -> str:
    done = len(view.results)
    parts = [f"{done:,} of {counted(view.stacks, 'stack')}"]
    if view.failed:
        parts.append(f"{view.failed:,} failed")
    parts += pace.words(done, view.stacks, waits=bool(view.waits or view.stopped))
    return ", ".join(parts)


def _doing(view: RunView) -> str:
    if view.stopped:
        what = f"stops: {view.stopped}"
    elif view.waits and not view.running:
        what = f"waits for {view.waits}"
    else:
        what = f"{len(view.running):,} running"
    return f"wave {view.wave_number:,} of {view.waves:,}, {view.wave}: {what}" if view.wave else what

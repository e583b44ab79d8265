"""A run while it is under way, as a table that is drawn again in place. It also moves with the clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.text import Text

from digo.fleet.up.result_text import styled_result
from digo.fleet.up.run_rate import RunRate
from digo.fleet.up.run_view import RunView
from digo.sanitize.terminal import one_line
from digo.text.counts import counted
from digo.text.formatting import duration

_HEAD_LINES = 2
_SPARE_LINES = 2  # so that the last line of a terminal stays free


class LiveTable:
    """The run's head and the stacks that are running, drawn in place. Failures stay above it.

    Args:
        console: the terminal.
        clock: gives the seconds since 1970.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.time) -> None:
        self._console = console
        self._clock = clock
        self._rate = RunRate(clock)
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
                    self._console.print(styled_result(result), soft_wrap=True)
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
        for line in table_lines(self._view, self._rate, self._clock(), height):
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


def table_lines(view: RunView, rate: RunRate, now: float, height: int) -> Iterator[Text]:
    """The table's lines: how far the run is, what it does, and as many running stacks as there is room for.

    The count comes first, so that a line that is cut still shows it.
    """
    yield Text(_how_far(view, rate), "bold")
    yield Text(_doing(view))
    running = sorted(view.running.items(), key=lambda one: (one[1], one[0]))
    room = max(1, height - _HEAD_LINES)
    shown = running if len(running) <= room else running[: room - 1]
    for stack, since in shown:
        yield Text(f"  {duration(max(0.0, now - since)):>10}  {one_line(stack)}")
    if len(running) > len(shown):
        yield Text(f"  and {counted(len(running) - len(shown), 'more stack')}")


def _how_far(view: RunView, rate: RunRate) -> str:
    done = len(view.results)
    parts = [f"{done:,} of {counted(view.stacks, 'stack')}"]
    if view.failed:
        parts.append(f"{view.failed:,} failed")
    parts += rate.words(done, view.stacks, waits=bool(view.waits or view.stopped))
    return ", ".join(parts)


def _doing(view: RunView) -> str:
    if view.stopped:
        what = f"stops: {view.stopped}"
    elif view.waits and not view.running:
        what = f"waits for {view.waits}"
    else:
        what = f"{len(view.running):,} running"
    return f"wave {view.wave_number:,} of {view.waves:,}, {view.wave}: {what}" if view.wave else what

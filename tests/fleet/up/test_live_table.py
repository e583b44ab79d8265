"""A run on a terminal and in a log: what is drawn of 500 stacks, at every width."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace

import pyte
import pytest
from rich.console import Console

from digo.fleet.up.live_table import LiveTable
from digo.fleet.up.run_display import PlainLines
from digo.fleet.up.run_view import RunView
from digo.fleet.up.stack_result import ResultOutcome, StackResult
from digo.sanitize.console import SafeConsole

LINES = 24
STACKS = 500
FRAME = 50
"""So many stacks end, one a second, between two frames: what an emulated terminal takes in is what these tests cost."""


def result(number: int, outcome: ResultOutcome = ResultOutcome.APPLIED, reason: str = "") -> StackResult:
    log = f".digo/fleet/runs/run-1/stack-{number}.log"
    return StackResult(f"stack-{number}", outcome, 3, 0, 0, 4.2, reason, "host:1", log)


def views() -> list[RunView]:
    """A run of 500 stacks, 40 at a time. Each tenth one fails."""
    found = []
    results: tuple[StackResult, ...] = ()
    for number in range(STACKS):
        running = {f"stack-{at}": 1_000.0 for at in range(number, min(STACKS, number + 40))}
        found.append(RunView("run-1", STACKS, results, running, "चेन्नई", 2, 3))
        outcome = ResultOutcome.APPLIED if number % 10 else ResultOutcome.NOT_APPLIED
        reason = "" if number % 10 else "HTTP 500 for POST /v1/agents, which is a long sentence that says why"
        results = (*results, result(number, outcome, reason))
    found.append(RunView("run-1", STACKS, results, {}, waits="a window", stopped="50 failed stacks"))
    return found


@dataclass
class Terminal:
    """A rich console on a screen, and a clock that a test moves."""

    width: int

    def __post_init__(self) -> None:
        self.now = 1_000.0
        self.file = io.StringIO()
        self.seen = 0
        self.console = SafeConsole(
            file=self.file, force_terminal=True, width=self.width, height=LINES, color_system=None
        )
        self.screen = pyte.HistoryScreen(self.width, LINES, history=10_000)
        self.stream = pyte.Stream(self.screen)

    def clock(self) -> float:
        return self.now

    def display(self) -> list[str]:
        new = self.file.getvalue()[self.seen :]
        self.seen += len(new)
        self.stream.feed(new.replace("\n", "\r\n"))
        return [line.rstrip() for line in self.screen.display]


@pytest.mark.parametrize("width", [20, 40, 80, 160])
def test_a_large_run_stays_in_its_place_on_the_terminal(width: int) -> None:
    terminal = Terminal(width)
    table = LiveTable(terminal.console, terminal.clock)
    heads = []
    with table:
        for view in views()[::FRAME]:
            terminal.now += FRAME
            table.show(view)
            shown = [line for line in terminal.display() if line]
            heads.append(next(line for line in shown if " of 500 stacks"[: width - 5] in line))
            assert len(shown) <= LINES
        assert sum("of 500 stacks" in line for line in terminal.display()) <= 1, "no piece of an older frame is left"
    assert len(heads) == STACKS / FRAME + 1
    if width >= 80:
        assert heads[1] == "50 of 500 stacks, 5 failed, 1.0/s, 7 min left"
        assert heads[-1] == "500 of 500 stacks, 50 failed, 1.0/s"
    left = terminal.display()
    assert not any("of 500 stacks" in line for line in left), "the table goes with its end"
    history = ["".join(line[column].data for column in range(width)) for line in terminal.screen.history.top]
    failures = "".join([*(line.rstrip() for line in history), *left]).count(": HTTP 500 for") if width >= 80 else 50
    assert failures == 50, "each failure stays above the table, once"


def test_what_does_not_fit_is_counted_and_the_clock_moves_on() -> None:
    terminal = Terminal(80)
    with LiveTable(terminal.console, terminal.clock) as table:
        running = {f"stack-{at}": 1_000.0 - at for at in range(40)}
        view = RunView("run-1", STACKS, (), running, "canary", 1, 3)
        table.show(view)
        first = terminal.display()
        assert first[:3] == ["0 of 500 stacks", "wave 1 of 3, canary: 40 running", "        39 s  stack-39"]
        assert "  and 21 more stacks" in first
        terminal.now += 100
        table.show(view)
        assert "       2 min  stack-39" in terminal.display()
        table.show(RunView("run-1", STACKS, (), {}, "canary", 1, 3, waits="10 min after wave canary"))
        assert [line for line in terminal.display() if line] == [
            "0 of 500 stacks",
            "wave 1 of 3, canary: waits for 10 min after wave canary",
        ]


def lines_of(show: Callable[[PlainLines], None]) -> list[str]:
    out = io.StringIO()
    show(PlainLines(Console(file=out, width=1000)))
    return out.getvalue().splitlines()


def test_a_log_has_one_line_for_each_stack_and_says_nothing_twice() -> None:
    view = RunView("run-1", 3, (), {"a": 1.0}, "canary", 1, 2)
    failed = replace(result(1, ResultOutcome.PARTIAL, "HTTP 500\nmore"), not_applied=1, unknown=0)

    def show(lines: PlainLines) -> None:
        for now in (
            view,
            view,
            replace(view, results=(result(0),)),
            replace(view, wave="rest", wave_number=2, results=(result(0), failed), running={}, waits="10 min after it"),
            replace(view, results=(result(0), failed), running={}, waits="10 min after it"),
            replace(view, results=(result(0), failed), running={}, stopped="1 failed stack in wave canary"),
            replace(
                view,
                results=(result(0), failed, StackResult("c", ResultOutcome.SKIPPED, reason="the run was stopped")),
                stopped="1 failed stack in wave canary",
                ended=True,
            ),
        ):
            lines.show(now)

    assert lines_of(show) == [
        "wave 1 of 2: canary",
        "[1/3] stack-0: applied, 3 entries, 4 s",
        "[2/3] stack-1: partly applied, 3 applied, 1 not applied, 0 unknown, 4 s: HTTP 500 more "
        "(.digo/fleet/runs/run-1/stack-1.log)",
        "wave 2 of 2: rest",
        "waits for 10 min after it",
        "no further stack is begun: 1 failed stack in wave canary",
        "[3/3] c: skipped: the run was stopped",
    ]

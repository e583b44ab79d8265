"""The live tree on terminals of several widths: what a person sees while a run goes on, and what stays."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.terminal.terminal_screen import SIZES, TerminalScreen, on_a_terminal

ROOT = Path(__file__).resolve().parents[3]
RUN = """
import sys
from engine.cli.terminal import Invocation
from engine.display.live import LiveDisplay
from engine.display.options import DisplayedRun, DisplayOptions, Kind
from engine.events import Diagnostic, Severity, Step, StepBegun, StepDone, StepFailed, Summary
from engine.model import Op, ResourceState

STACK = "urn:pulumi:dev::demo::pulumi:pulumi:Stack::demo-dev"
TYPES = {"Agent": "pulumi-python:dynamic/digo:Agent", "LeadShard": "pulumi-python:dynamic/digo:LeadShard"}

def step(type_, name, op=Op.CREATE):
    urn = f"urn:pulumi:dev::demo::{TYPES[type_]}::{name}"
    return Step(op, urn, TYPES[type_], None, ResourceState(urn, TYPES[type_], custom=True, parent=STACK))

def status(urn, text):
    display.show(Diagnostic(Severity.INFO, text, urn, ephemeral=True))

def note(urn, text, severity=Severity.INFO):
    display.show(Diagnostic(severity, text, urn))

def stage(name):
    display.say(name)
    sys.stdin.readline()

options = DisplayOptions(DisplayedRun(Kind.UPDATE, STACK, is_preview=False))
print("what was there before")
display = LiveDisplay(Invocation().console(), options)
front, back, otp = step("Agent", "front-desk"), step("Agent", LONG), step("LeadShard", "otp-1")
note(otp.urn, "list otp: 120 of 120 rows are new or changed; 120 calls, about 4 s at 30 a second")
for one in (front, back, otp):
    display.show(StepBegun(one, planning=False))
status(STACK, "1,646 of 11,000 agents and rows, 14 %, 30/s, 5 min left")
status(front.urn, "created; waiting for the account's list to learn its EID")
status(back.urn, "another run is creating agents on this account; waiting for its end")
status(otp.urn, "1,234 of 10,000 rows, 12 %, 30/s, 4 min left")
stage("STAGE1")
display.show(StepDone(front, planning=False))
status(front.urn, "created; waiting for the account's list to learn its EID")  # it comes late
status(back.urn, "")
status(otp.urn, "9,999 of 10,000 rows, 99 %, 30/s, 1 s left")
stage("STAGE2")
display.show(StepDone(otp, planning=False))
note(back.urn, "the API refused it", Severity.ERROR)
display.show(StepFailed(back, planning=False))
status(STACK, "")
stage("STAGE3")
display.show(Summary({Op.CREATE: 2}, 3.0, is_preview=False, failed=True))
display.close()
"""
NAME = "reception"
STALE = ("waiting for", "left", "about 4 s", "1,234", "9,999")


@pytest.fixture(params=SIZES)
def run(request: pytest.FixtureRequest) -> Iterator[TerminalScreen]:
    with running(request.param) as screen:
        yield screen


def running(columns: int, lines: int = 40, name: str = NAME) -> AbstractContextManager[TerminalScreen]:
    command = [sys.executable, "-c", RUN.replace("LONG", repr(name))]
    return on_a_terminal(command, {**os.environ, "PYTHONPATH": str(ROOT)}, ROOT, columns, lines)


def row(text: str, *words: str) -> str:
    """The one line that has all the words."""
    (line,) = (line for line in text.splitlines() if all(word in line for word in words))
    return line


def wait_for_frames(screen: TerminalScreen, count: int) -> None:
    last = len(screen.drawn) + count
    screen.wait_for(lambda text: len(screen.drawn) >= last and "STAGE1" in text)


def go_on(screen: TerminalScreen) -> None:
    screen.press("\n")


def test_a_run_from_its_beginning_to_its_end(run: TerminalScreen) -> None:
    text = run.wait_for(lambda text: "STAGE1" in text)
    lines = text.splitlines()
    assert lines[:2] == ["what was there before", " 1,646 of 11,000 agents and rows, 14 %, 30/s, 5 min left"]
    assert "creating" in row(text, "front-desk")
    assert "1,234 of 10,000 " in row(text, "otp-1")
    assert ("pulumi-python:dynamic/digo:Agent" in text) == (run.columns == 160)
    assert ("digo:Agent" in text) == (run.columns > 60)
    assert "creating" in row(text, NAME)
    if run.columns >= 100:
        assert "1,234 of 10,000 rows, 12 %" in text
    go_on(run)

    text = run.wait_for(lambda text: "STAGE2" in text and "9,999" in text)
    assert row(text, "front-desk").rstrip().endswith("s)")  # created (0.12s), and nothing beside it
    assert ("digo:Agent" in text) == (run.columns > 60)
    assert "waiting" not in text
    go_on(run)

    text = run.wait_for(lambda text: "STAGE3" in text and "failed" in text)
    assert not [word for word in STALE if word in text]
    assert "error: the" in row(text, NAME)
    go_on(run)

    assert run.wait_for_end() == 0
    assert run.lines()[0] == "what was there before"
    final = "\n".join(run.everything()).partition("Diagnostics:")[0]
    assert not [word for word in STALE if word in final]
    assert "created" in row(final, "front-desk") and "created" in row(final, "otp-1")
    assert "1 error" in row(final, NAME, "failed")
    assert len([line for line in run.everything() if "Status" in line]) == 1  # no frame is left above
    assert run.too_wide == set()


@pytest.mark.parametrize("name", ["a" * 120, "漢" * 80, "e\u0301" * 90])
def test_a_name_longer_than_the_terminal_keeps_its_status(name: str) -> None:
    with running(60, name=name) as screen:
        text = screen.wait_for(lambda text: "STAGE1" in text)
        assert "creating" in row(text, "another", "creat")
        assert screen.too_wide == set()


@pytest.mark.parametrize("widths", [(160, 60), (60, 160), (100, 80, 60, 100), (80, 20, 80)])
def test_the_windows_edge_is_dragged_while_it_runs(widths: tuple[int, ...]) -> None:
    first, *others = widths
    with running(first, lines=30) as screen:
        screen.wait_for(lambda text: "STAGE1" in text)
        for width in others:
            screen.resize(width, lines=30)
            screen.too_wide.clear()  # the frame before was right for its window
            wait_for_frames(screen, 2)
        assert screen.text().count("Status") == (1 if screen.columns > 20 else 0)
        assert "creating" in row(screen.text(), "front-desk")
        for _ in range(3):
            go_on(screen)
        assert screen.wait_for_end() == 0
        last = screen.text()
        assert "created" in row(last, "front-desk") and "Duration: 3s" in last
        assert last.count("Status") == 1
        assert not [word for word in STALE if word in last.partition("Diagnostics:")[0]]


def test_a_low_terminal_keeps_the_progress_of_the_run() -> None:
    with running(80, lines=7) as screen:
        screen.wait_for(lambda text: "1,646 of 11,000 agents and rows" in text and "more" in text)
        assert screen.too_wide == set()

"""`digo records` on terminals of several widths, in a log and in a pipeline: rows and progress are never mixed."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from digo.api.models import CallRecord
from digo.cli import progress
from digo.cli.progress import RecordsProgress
from sandbox.testing import Sandbox
from tests.scenarios.workspace import STACK, Workspace
from tests.terminal.terminal_screen import SIZES, TerminalScreen, on_a_terminal

RECORDS, PAGE = 130, 20
PROGRESS = re.compile(r"(\d+) of 130 call records, (\d+) %")
ROW = re.compile(r"\d{4}-\d\d-\d\d  \d\d:\d\d:\d\d  ")


@pytest.fixture
def workspace(tmp_path: Path, sandbox: Sandbox) -> Workspace:
    workspace = Workspace(tmp_path / "project", "embedded", sandbox)
    workspace.agents()
    return workspace


@contextmanager
def downloading(
    workspace: Workspace, sandbox: Sandbox, columns: int, *arguments: str, **environ: str
) -> Iterator[TerminalScreen]:
    """A download that stands still after three pages, until the faults are cleared."""
    sandbox.add_records(RECORDS)
    sandbox.fault("hang", path="/v1/call/records", nth=[4])
    command = [workspace.python, "-m", "digo", "--stack", STACK, "records", "--page-size", str(PAGE), *arguments]
    with on_a_terminal(command, workspace.environ, workspace.folder, columns, lines=50, asked=environ) as screen:
        yield screen


def rows(screen: TerminalScreen) -> list[str]:
    """The rows that are shown or were, each as one text."""
    text = "\n".join(screen.everything())
    return [line for line in text.splitlines() if ROW.match(line)]


@pytest.mark.parametrize("columns", SIZES)
def test_rows_replace_the_progress_and_come_whole(workspace: Workspace, sandbox: Sandbox, columns: int) -> None:
    with downloading(workspace, sandbox, columns) as screen:
        text = screen.wait_for(lambda text: "60 of 130 call records" in text)
        (line,) = (line for line in text.splitlines() if "call records" in line)
        assert line.startswith("60 of 130 call records, 46 %, ") and line == text.splitlines()[-1]
        assert len(line) < columns
        assert "━" in line or columns < 80
        sandbox.clear_faults()
        assert screen.wait_for_end() == 0
        assert len(rows(screen)) == RECORDS
        for drawn in (*screen.drawn, screen.everything()):
            assert not [one for one in drawn if ROW.match(one) and ("call records" in one or "━" in one)]
            # The progress is the last line, or it is not there.
            assert not [one for one in drawn if PROGRESS.search(one)][1:]
        last = screen.text().splitlines()
        assert last[-1].startswith("130 call records to ") and not PROGRESS.search(screen.text())


@pytest.mark.parametrize("columns", SIZES)
def test_rows_go_to_a_file_under_the_progress(workspace: Workspace, sandbox: Sandbox, columns: int) -> None:
    with downloading(workspace, sandbox, columns, "--format", "jsonl", "--output", "out.jsonl") as screen:
        screen.wait_for(lambda text: "60 of 130 call records, 46 %, " in text)
        assert len((workspace.folder / "out.jsonl").read_text().splitlines()) == 60
        screen.resize(60, lines=50)
        sandbox.clear_faults()
        assert screen.wait_for_end() == 0
        assert len(screen.text().splitlines()) == 1 and screen.text().startswith("130 call records to ")


def test_a_resumed_download_counts_what_it_has(workspace: Workspace, sandbox: Sandbox) -> None:
    to_file = ("--format", "jsonl", "--output", "out.jsonl", "--since-last")
    with downloading(workspace, sandbox, 80, *to_file) as screen:
        screen.wait_for(lambda text: "60 of 130 call records" in text)
        os.killpg(screen.process.pid, 9)
        screen.wait_for_end()
    sandbox.clear_faults()
    sandbox.fault("hang", path="/v1/call/records", nth=[2])
    command = [workspace.python, "-m", "digo", "--stack", STACK, "records", "--page-size", str(PAGE), *to_file]
    with on_a_terminal(command, workspace.environ, workspace.folder, 80) as screen:
        screen.wait_for(lambda text: "80 of 130 call records, 61 %" in text)


def test_an_error_stands_alone(workspace: Workspace, sandbox: Sandbox) -> None:
    with downloading(workspace, sandbox, 80, "--format", "jsonl", "--output", "out.jsonl") as screen:
        screen.wait_for(lambda text: "60 of 130" in text)
        screen.press("\x03")
        assert screen.wait_for_end() != 0
        assert screen.lines()[0].startswith("60 records came before the interruption")
        assert not PROGRESS.search(screen.text())


@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {"CI": "true"}])
def test_nothing_is_drawn_again_where_it_cannot_be(
    workspace: Workspace, sandbox: Sandbox, environ: dict[str, str]
) -> None:
    with downloading(workspace, sandbox, 100, **environ) as screen:
        screen.wait_for(lambda text: len(ROW.findall(text)) > 10)
        sandbox.clear_faults()
        assert screen.wait_for_end() == 0
        assert len(rows(screen)) == RECORDS
        # A machine that stands still for half a minute has the line of a log: below the rows, and not drawn again.
        assert not [one for drawn in screen.drawn for one in drawn if PROGRESS.search(one) and ROW.match(one)]
        assert len(PROGRESS.findall(screen.output)) <= 1
        assert "\x1b" not in screen.output


def test_no_color_leaves_the_bar_and_takes_its_colours(workspace: Workspace, sandbox: Sandbox) -> None:
    with downloading(workspace, sandbox, 100, NO_COLOR="1") as screen:
        screen.wait_for(lambda text: "60 of 130 call records" in text and "━" in text)
        assert not re.search(r"\x1b\[[0-9;]*[3-4][0-9][0-9;]*m", screen.output)


def test_a_log_has_no_control_codes_even_if_it_asks_for_colours(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.add_records(RECORDS)
    done = subprocess.run(
        [workspace.python, "-m", "digo", "--stack", STACK, "records", "--page-size", str(PAGE)],
        cwd=workspace.folder,
        env={**workspace.environ, "FORCE_COLOR": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    assert "\x1b" not in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_log_gets_a_line_every_half_minute(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    page = [CallRecord({"id": str(number)}) for number in range(100)]
    with RecordsProgress(clock=lambda: now[0]) as told:
        for _ in range(1000):
            now[0] += 1
            told(page, 1_000_000)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1000 // progress.LINE_SECONDS
    assert lines[0] == "3,000 of 1,000,000 call records, 0 %, 100/s, 2 h 46 min left"

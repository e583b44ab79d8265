"""An up on a narrow and on a wide terminal: how far it is, for agents as well as for rows, and nothing stale beside it.

What the display draws at each width, `tests/engine/display/test_display_on_a_terminal.py` has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sandbox.testing import Sandbox
from tests.scenarios.entries import agent
from tests.scenarios.workspace import Workspace
from tests.terminal.terminal_screen import SIZES, TerminalScreen, on_a_terminal

AGENTS, ROWS, ANSWERED = 30, 40, 12
STALE = ("waiting", " left", "/s", "EID", "calls, about")


@pytest.fixture(params=["embedded"])
def engine(request: pytest.FixtureRequest) -> str:
    """The embedded engine: how the other one draws is its own matter."""
    return str(request.param)


@contextmanager
def up(workspace: Workspace, columns: int) -> Iterator[TerminalScreen]:
    with on_a_terminal(
        workspace.command("up", "--skip-preview"), workspace.environ, workspace.folder, columns, lines=60
    ) as screen:
        yield screen


def write_list(workspace: Workspace) -> None:
    workspace.environ["DIGO_LEDGER_KEY"] = "a ledger key for the tests, of no worth"
    columns = {"phone": "field_0", "name": "field_1"}
    workspace.write("lists.yaml", {"lists": {"otp": {"id": 4711, "source": "leads.csv", "columns": columns}}})
    rows = [f"+1202555{100 + i:04},Customer {i}" for i in range(ROWS)]
    workspace.write("leads.csv", "\n".join(["phone,name", *rows, ""]))


def last_frame(screen: TerminalScreen) -> str:
    """What stays above the diagnostics and the summary."""
    return re.split(r"\n(?:Diagnostics|Resources):", "\n".join(screen.everything()))[0]


@pytest.mark.parametrize("columns", [min(SIZES), max(SIZES)])
def test_agents_are_counted(workspace: Workspace, sandbox: Sandbox, columns: int) -> None:
    workspace.set_config(timeout="300")
    workspace.agents(**{f"agent-{number:02}": agent(number) for number in range(AGENTS)})
    sandbox.fault("hang", path="/v1/agent", nth=list(range(ANSWERED + 1, 1000)))
    with up(workspace, columns) as screen:
        text = screen.wait_for(lambda text: f"{ANSWERED} of {AGENTS} agents, 40 %" in text)
        (line,) = (line for line in text.splitlines() if " agents, " in line)
        assert line.startswith(f" {ANSWERED} of {AGENTS} agents, 40 %, ")
        assert text.count("created; ") == ANSWERED
        assert len([line for line in text.splitlines() if "agent-" in line and "creating (" in line]) == AGENTS
        assert ("pulumi-python:dynamic/digo:Agent" in text) == (columns == 160)
        assert "digo:Agent" in text or columns == 60
        sandbox.clear_faults()
        assert screen.wait_for_end() == 0, screen.text()
        final = last_frame(screen)
        assert not [word for word in STALE if word in final]
        assert len([line for line in final.splitlines() if "agent-" in line and "created (" in line]) == AGENTS
        assert screen.too_wide == set()
        assert f"+ {AGENTS + 2} created" in screen.text()  # and the stack, and the account's own resource
    assert len(sandbox.agents()) == AGENTS


def test_rows_are_counted_together_with_agents(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.set_config(timeout="300")
    workspace.agents(**{f"agent-{number:02}": agent(number) for number in range(10)})
    write_list(workspace)
    sandbox.fault("hang", path="/v1/broadcast/lead/4711", nth=list(range(ANSWERED + 1, 1000)))
    with up(workspace, 80) as screen:
        screen.wait_for(lambda text: "22 of 50 agents and rows, 44 %" in text and f" {ANSWERED} of {ROWS} rows" in text)
        screen.resize(100, lines=60)
        screen.resize(80, lines=60)
        sandbox.clear_faults()
        assert screen.wait_for_end() == 0, screen.text()
        final = last_frame(screen)
        assert not [word for word in STALE if word in final]
        assert "Duration" in screen.text()
    assert len(sandbox.leads(4711)) == ROWS
    with up(workspace, 80) as screen:  # a second up shows none
        assert screen.wait_for_end() == 0
        assert not [drawn for drawn in screen.drawn if re.search(r"\d of \d+ (agents|rows)", "\n".join(drawn))]

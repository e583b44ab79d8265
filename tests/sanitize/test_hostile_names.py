"""Commands of both command lines on an account, a config and files whose names would like to do something."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sandbox.testing import Sandbox
from tests.scenarios.workspace import STACK, Workspace

NAME = (
    "Ev\x1b]0;title\x07il \x1b[2J\x1b]8;;http://e\x1b\\x\x9b31m \u202eabc\u2066 [red]x[/] \r\b::set-output name=a::b\n"
    "::error::pwned\u200b @team ##[add-mask]x #12 https://evil.example"
)
KEY = "##[k][red]x @team |` #\ufe0f#[group]"  # a key that has characters that nobody can see is refused
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\u200b]")
COMMAND = re.compile(r"^\s*::|##\w*\[", re.MULTILINE)


@pytest.fixture
def workspace(tmp_path: Path, sandbox: Sandbox) -> Workspace:
    """An up was done; then an agent of the config has got the name, and an agent in no config has it too."""
    workspace = Workspace(tmp_path / "project", "embedded", sandbox)
    eid = sandbox.add_agent("+12025550101", name="Fine")["eid"]
    sandbox.add_agent("+12025550102", name=NAME, intercom="1002")
    agents: dict[str, Any] = {
        "sales": {"name": "Fine", "follow_me_number": "+12025550101"},
        KEY: {"name": "Zed", "follow_me_number": "+12025550103"},
    }
    workspace.agents(**agents)
    up = workspace.run("up")
    assert up.code == 0 and "[k]" in up.text and not commands_in(up.text)
    sandbox.edit_agent(eid, name=NAME)
    return workspace


def test_no_command_lets_a_name_through(workspace: Workspace) -> None:
    commands = (
        ["plan", "--all"],
        ["drift"],
        ["drift", "--format", "markdown"],
        ["plan", "--format", "markdown"],
        ["plan", "--format", "json"],
        ["plan", "--format", "html"],
        ["agents"],
        ["agents", "--format", "json"],
        ["compare", STACK, f"account:{STACK}"],
        ["report", "--all"],
        ["export", "--dry-run"],
    )
    for command in commands:
        outcome = workspace.digo(*command)
        assert outcome.stdout.count("\n") >= 1 and "Traceback" not in outcome.text, command
        assert not OBEYED.search(outcome.text), command
        assert not commands_in(outcome.text), command
    for command in (["preview"], ["preview", "--diff"], ["preview", "--json"], ["refresh"]):
        outcome = workspace.run(*command)
        assert outcome.code == 0, outcome.text
        assert not OBEYED.search(outcome.text), command
        assert not commands_in(outcome.text), command


def test_json_has_the_name_as_it_is(workspace: Workspace) -> None:
    document = json.loads(workspace.digo("drift", "--format", "json").stdout)
    (drift,) = [field for step in document["steps"] for field in step["drift"]]
    assert drift["live"] == f'"{NAME}"'
    (unmanaged,) = document["unmanagedAgents"]
    assert (unmanaged["name"], unmanaged["follow_me_number"]) == (NAME, "+1 ***0102")
    assert document["unmanaged"] == 1


def test_on_a_terminal_too(workspace: Workspace) -> None:
    for command in (["-m", "digo", "--stack", STACK, "plan"], ["-m", "engine", "preview", "--stack", STACK]):
        shown = on_a_terminal(workspace, command)
        assert "\x1b[31m" in shown or "\x1b[33m" in shown  # our own colours
        assert not re.search("\x1b\\]|\x1b\\[2J|[\x07\b\x80-\x9f\u2028-\u202e\u2066-\u2069\u200b]", shown)


def test_a_files_name_and_what_is_wrong_in_it_are_one_annotation(workspace: Workspace) -> None:
    folder = workspace.folder / "config" / STACK / "agents"
    folder.mkdir()
    name = "a,b::c\n::stop-commands::x\u202e.yaml"
    (folder / name).write_text("agents:\n  '::warning::x ##[group]y': {name: 'a'}\n")
    for form in ("github", "text", "json"):
        outcome = workspace.digo("validate", "--format", form)
        assert outcome.code == 1 and not OBEYED.search(outcome.text), form
        lines = [line for line in outcome.stdout.splitlines() if COMMAND.match(line)]
        assert all(line.startswith("::error file=") for line in lines)
        assert bool(lines) is (form == "github")
    assert "##[" not in outcome.text


def commands_in(text: str) -> list[str]:
    """What a runner may take for a command. Its comparison passes over a selector."""
    return COMMAND.findall(text.replace("\ufe0f", ""))


def on_a_terminal(workspace: Workspace, command: list[str]) -> str:
    """All that the command writes to a terminal of 120 columns."""
    ours, theirs = pty.openpty()
    environ = {**workspace.environ, "TERM": "xterm-256color", "COLUMNS": "120"}
    process = subprocess.Popen(
        [workspace.python, *command], cwd=workspace.folder, env=environ, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # the other end is closed
        while part := os.read(ours, 65536):
            shown += part
    process.wait(60)
    os.close(ours)
    return shown.decode("utf-8")

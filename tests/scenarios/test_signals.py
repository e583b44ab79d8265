"""Signals end a run in order while a server lets it wait, and no process has secrets that it does not need."""

from __future__ import annotations

import json
import os
import pty
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from sandbox.testing import Sandbox
from tests.scenarios.entries import agent
from tests.scenarios.killing import VICTIMS, wait_until_gone
from tests.scenarios.workspace import STACK, Workspace

SIGNALS_ONCE_COLD = [pytest.param("SIGINT", marks=pytest.mark.cold), "SIGTERM", "SIGHUP"]
WITHHELD = {
    "PULUMI_ACCESS_TOKEN": "secret-of-the-backend",
    "DIGO_API_KEY": "secret-of-a-command",
    "DIGO_MASKING_SECRET": "secret-of-masking",
    "GITHUB_TOKEN": "secret-of-github",
    "AWS_SECRET_ACCESS_KEY": "secret-of-aws",
    "npm_config_password": "secret-of-npm",
    "STRIPE_KEY": "secret-of-a-shop",
    "DB_PASS": "secret-of-a-database",
    "CI_JOB_JWT_V2": "secret-of-gitlab",
    "CI_REPOSITORY_URL": "https://gitlab-ci-token:secret-of-the-job@gitlab.example.com/phones.git",
}
NEEDED = {
    "DIGO_VAR_DB_PASSWORD": "of-the-config",
    "PGPASSWORD": "of-the-pace-store",
    "HTTPS_PROXY": "http://user:of-the-proxy@proxy.example:3128",
    "MY_ADDRESS": "https://host.example:443/path@1",
    "SSL_CERT_DIR": "/etc/ssl/certs",
    "MY_OWN": "variable",
}


def journal(workspace: Workspace) -> list[str]:
    """The last outcome of each write in the newest journal."""
    lines = max((workspace.folder / ".digo" / "journal" / STACK).glob("*.jsonl")).read_text().splitlines()
    return list({line["write"]: line["outcome"] for line in map(json.loads, lines)}.values())


@pytest.mark.parametrize("names", [pytest.param(["SIGINT"], marks=pytest.mark.cold), ["SIGTERM", "SIGHUP"]])
def test_a_signal_ends_an_up_whose_reply_does_not_end(workspace: Workspace, sandbox: Sandbox, names: list[str]) -> None:
    workspace.set_config(timeout="600", lateSeconds="1")
    for index, name in enumerate(names, start=1):
        want(workspace, index)
        code, said = ended_by(workspace, ("up", "--skip-preview"), "/v1/agent", "engine", name)
        assert code not in (0, -signal.Signals[name]), said
        if workspace.engine == "embedded":
            assert f"{'^C' if name == 'SIGINT' else name} received; cancelling" in said
            assert "POST /v1/agent was given up: the run was cancelled before its reply was whole" in said
            assert "the account is listed first, and what was applied is adopted" in said
        assert journal(workspace)[-1] == "unknown", name

    workspace.up()
    assert sorted(record["name"] for record in sandbox.agents()) == [
        f"Agent {index + 1}" for index in range(len(names))
    ]
    workspace.assert_nothing_left()


WAITING = [
    (("preview",), "/v1/agents", "engine", "SIGTERM"),
    (("up",), "/v1/agents", "engine", "SIGTERM"),
    (("up", "--skip-preview"), "/v1/agents", "program", "SIGTERM"),
    (("up", "--skip-preview"), "/v1/agents", "program", "SIGHUP"),
    (("up", "--skip-preview"), "/v1/agent", "host", "SIGTERM"),
    (("up", "--skip-preview"), "/v1/agent", "host", "SIGHUP"),
]
"""A run, the request whose reply does not end, and the process that gets a signal."""


def test_a_signal_to_any_process_of_a_run_ends_it(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.set_config(timeout="600", lateSeconds="1")
    for case in WAITING:
        _, _, victim, name = case
        want(workspace, 1 + len(sandbox.agents()))
        code, said = ended_by(workspace, *case)
        assert code not in (0, -signal.Signals[name]), (case, said)
        assert "Traceback" not in said, case
        if victim == "host":
            assert journal(workspace)[-1] == "unknown", case
            assert "POST /v1/agent was given up" in said, case
    workspace.up()
    assert sorted(record["name"] for record in sandbox.agents()) == ["Agent 1", "Agent 2"]


def want(workspace: Workspace, count: int) -> None:
    """Config has so many agents, the last of them a new one: what a reply without an end is about has been done."""
    workspace.agents(**{f"a{index}": agent(index) for index in range(1, count + 1)})


def ended_by(workspace: Workspace, command: Sequence[str], path: str, victim: str, name: str) -> tuple[int, str]:
    """The exit code and all output of a run of which a process gets a signal while a reply drips for an hour."""
    workspace.sandbox.clear_requests()
    workspace.sandbox.fault("drip", path=path, ms=3_600_000)
    run = workspace.start(*command)
    workspace.sandbox.wait_for(lambda request: request["fault"] == "drip")
    if victim == "engine":
        run.send_signal(signal.Signals[name])
    else:
        (process,) = workspace.processes(VICTIMS[victim][workspace.engine])
        process.send_signal(signal.Signals[name])
    stdout, stderr = run.communicate(timeout=60)
    wait_until_gone(workspace)
    workspace.sandbox.clear_faults()
    return run.returncode, stdout + stderr


@pytest.mark.needs("linux")
def test_an_up_outlives_its_terminal_and_its_processes_have_no_secret_that_they_do_not_need(
    workspace: Workspace, sandbox: Sandbox
) -> None:
    """The terminal takes no more output, which must not end the run halfway."""
    workspace.agents(one=agent(1), two=agent(2))
    workspace.environ.update({**WITHHELD, **NEEDED})
    sandbox.fault("hang-after-commit", path="/v1/agent", body_contains="Agent 1")
    workspace.warm = False  # the terminal's own processes get its signal, and limits are inherited from the engine
    workspace.choose_python()
    ours, theirs = pty.openpty()
    command = workspace.command("up", "--skip-preview")
    terminal = os.ttyname(theirs)
    script = (
        "import os, sys; os.setsid(); os.close(os.open(sys.argv[1], os.O_RDWR)); os.execv(sys.argv[2], sys.argv[2:])"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", script, terminal, *command],
        cwd=workspace.folder, env=workspace.environ, stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    sandbox.wait_for(lambda request: request["fault"] == "hang-after-commit" and request["committed"])
    assert_no_secret_that_is_not_needed(workspace)
    os.close(ours)
    sandbox.clear_faults()
    assert run.wait(timeout=60) not in (0, -signal.SIGHUP)
    wait_until_gone(workspace)
    assert "unknown" not in journal(workspace)
    workspace.warm = True
    workspace.up()
    assert sorted(record["name"] for record in sandbox.agents()) == ["Agent 1", "Agent 2"]


@pytest.mark.parametrize("name", SIGNALS_ONCE_COLD)
def test_a_signal_ends_a_command_with_a_shells_code(workspace: Workspace, sandbox: Sandbox, name: str) -> None:
    workspace.set_config(timeout="600")
    workspace.agents(one=agent(1))
    sandbox.fault("drip", path="/v1/agents", part="headers", ms=3_600_000)
    run = started(workspace, "plan")
    sandbox.wait_for(lambda request: request["fault"] == "drip")
    run.send_signal(signal.Signals[name])
    _, stderr = run.communicate(timeout=60)
    assert run.returncode == 128 + signal.Signals[name]
    assert stderr.splitlines()[-1] == f"interrupted by {name}; nothing was written to the account"


def test_a_signal_in_a_call_says_that_it_may_be_done(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.set_config(timeout="600")
    sandbox.fault("drip", method="POST", ms=3_600_000)
    run = started(workspace, "call", "--agent", "1001", "--to", "+12025550142", "--yes")
    sandbox.wait_for(lambda request: request["fault"] == "drip")
    run.send_signal(signal.SIGTERM)
    _, stderr = run.communicate(timeout=60)
    assert run.returncode == 2
    assert "place the call: unknown: SIGTERM came before the reply to POST /v1/click_to_call" in stderr
    assert "look whether it was done" in stderr


def test_a_download_that_a_signal_ends_says_how_far_it_came(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.set_config(timeout="600")
    sandbox.fault("drip", path="/v1/call/records", ms=3_600_000)
    run = started(workspace, "records", "--format", "csv")
    sandbox.wait_for(lambda request: request["fault"] == "drip")
    run.send_signal(signal.SIGHUP)
    _, stderr = run.communicate(timeout=60)
    assert run.returncode == 128 + signal.SIGHUP
    assert "0 records came before the interruption" in stderr


def assert_no_secret_that_is_not_needed(workspace: Workspace) -> None:
    """Of the running processes: neither in their environment nor in a core that they could leave."""
    seen = {name: workspace.processes(VICTIMS[name][workspace.engine]) for name in ("program", "host")}
    if workspace.engine == "embedded":
        seen["guard"] = workspace.processes("child_guard")
        for process in (process for found in seen.values() for process in found):
            held = Path(f"/proc/{process.pid}/environ").read_text()
            assert not [value for value in WITHHELD.values() if value in held]
            assert "PULUMI_CONFIG_PASSPHRASE" not in held
        for name in ("program", "host"):
            environ = seen[name][0].environ()
            assert {key: environ.get(key) for key in NEEDED} == NEEDED
            assert environ["DIGO_AUTHORIZATION"] == workspace.sandbox.token
    for name in ("program", "host"):
        assert [process.rlimit(resource.RLIMIT_CORE) for process in seen[name]] == [(0, 0)] * len(seen[name]) != []


def started(workspace: Workspace, *arguments: str) -> subprocess.Popen[str]:
    """A running command of `digo` on the stack."""
    workspace.choose_python()
    return subprocess.Popen(
        [workspace.python, "-m", "digo", "--stack", STACK, *arguments],
        cwd=workspace.folder, env=workspace.environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip

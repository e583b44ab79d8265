"""Runs that are killed, and run again: each agent ends up exactly once, and nothing is lost."""

from __future__ import annotations

import signal
import subprocess

import pytest

from sandbox.testing import Sandbox
from tests.scenarios.entries import agent
from tests.scenarios.killing import kill, wait_until_gone
from tests.scenarios.workspace import Workspace, requests


# Each victim at each moment, one request at a time, is in `tests/faults/test_cuts.py`.
@pytest.mark.cold
def test_a_killed_run_run_again_ends_with_each_agent_once(workspace: Workspace, sandbox: Sandbox) -> None:
    """The engine is killed between a create and its reply, with others under way."""
    workspace.set_config(lateSeconds="1")
    workspace.agents(zero=agent(0), one=agent(1), two=agent(2))
    sandbox.fault("hang-after-commit", path="/v1/agent", body_contains="Agent 1")
    run = workspace.start("up", "--skip-preview")
    sandbox.wait_for(lambda request: request["fault"] == "hang-after-commit" and request["committed"])
    kill(workspace, "engine")
    stdout, stderr = run.communicate(timeout=60)
    assert run.returncode != 0, stdout + stderr
    wait_until_gone(workspace)
    sandbox.clear_faults()
    if workspace.engine == "pulumi":
        workspace.run("cancel")

    workspace.up()
    assert sorted(record["name"] for record in sandbox.agents()) == ["Agent 0", "Agent 1", "Agent 2"]
    assert {name: one["id"] for name, one in workspace.state().items()} == {
        key: next(r["eid"] for r in sandbox.agents() if r["name"] == name)
        for key, name in (("zero", "Agent 0"), ("one", "Agent 1"), ("two", "Agent 2"))
    }
    workspace.assert_nothing_left()


def read_until(run: subprocess.Popen[str], says: str, agents: set[str]) -> None:
    """Reads on until there was a line that says it of each agent."""
    assert run.stdout is not None
    read: list[str] = []
    left = set(agents)
    while left:
        read.append(run.stdout.readline())
        assert read[-1], "".join(read)
        if says in read[-1]:
            left -= set(read[-1].split())


def test_an_interrupted_run_settles_what_it_sent(workspace: Workspace, sandbox: Sandbox) -> None:
    """Ctrl-C: what is under way ends and is saved; nothing new begins, though the host was asked for it before."""
    workspace.set_config(cps="1")  # which has two requests under way at a time
    agents = {f"a{index}": agent(index) for index in range(8)}
    workspace.agents(**agents)
    held = sandbox.fault("hang", path="/v1/agent", times="always")
    run = workspace.start("up", "--skip-preview")
    read_until(run, "creating", set(agents))
    sandbox.wait_for(lambda _: requests(sandbox)["POST /v1/agent"] == 2)
    sent = {next(key for key, one in agents.items() if one["name"] == name) for name in under_way(sandbox)}
    run.send_signal(signal.SIGINT)
    read_until(run, "creating failed", agents.keys() - sent)
    sandbox.lift(held)
    stdout, stderr = run.communicate(timeout=60)
    assert run.returncode != 0, stdout + stderr
    assert sandbox.counts()["POST /v1/agent"] == 2
    made = {record["eid"] for record in sandbox.agents()}
    assert len(made) == 2
    assert {key: one["id"] in made for key, one in workspace.state().items()} == dict.fromkeys(sent, True)
    workspace.set_config(cps="0")
    workspace.up()
    assert len(sandbox.agents()) == 8
    workspace.assert_nothing_left()


def under_way(sandbox: Sandbox) -> list[str]:
    """The names of the agents whose create hangs."""
    return [request["body"]["name"] for request in sandbox.requests() if request["fault"] == "hang"]

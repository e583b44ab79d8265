"""One stack's up in this process, with the real engine: killed engines, the rest of a plan, and locks of the dead."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from digo.fleet import Fleet
from digo.fleet.up.engine_process import Engines
from digo.fleet.up.stack_result import ResultOutcome, StackResult
from digo.fleet.up.stack_up import up_stack
from sandbox.testing import Sandbox
from tests.fleet.up.up_workspace import UpWorkspace, accounts_of
from tests.scenarios.entries import agent
from tests.warm.warm_python import warm_python
from tests.warm.warm_sandbox import start_sandbox

STACK = "chennai-1"
PATIENCE = 60


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with start_sandbox(tmp_path_factory.mktemp("sandbox"), accounts=accounts_of([STACK])) as sandbox:
        yield sandbox


@pytest.fixture
def workspace(tmp_path: Path, accounts: Sandbox) -> UpWorkspace:
    accounts.account(STACK).reset()
    return UpWorkspace(tmp_path / "project", accounts, [STACK])


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engines]:
    """What runs the engines of this process, from the warm Python."""
    monkeypatch.setattr(sys, "executable", str(warm_python()))
    made = Engines()
    yield made
    made.close()


class Up:
    """An up in a thread."""

    def __init__(self, fleet: Fleet, pin: dict[str, object], run: str, engines: Engines) -> None:
        self.result: StackResult | None = None

        def up() -> None:
            self.result = up_stack(fleet, pin, run, engines)

        self.thread = threading.Thread(target=up)
        self.thread.start()

    def ended(self) -> StackResult:
        self.thread.join(PATIENCE)
        assert self.result is not None
        return self.result


def engine_of(workspace: UpWorkspace) -> psutil.Process:
    """The engine that runs now: the parent of its program."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if any("engine/deployment/program.py" in word for word in process.cmdline()) and process.cwd() == str(
                workspace.folder
            ):
                found.append(process.parent())
    (engine,) = set(found)
    assert engine is not None
    return engine


def pin(fleet: Fleet) -> dict[str, object]:
    (plan,) = fleet.plan().stacks
    return plan.pin().to_dict()


def test_a_killed_engine_is_run_once_more_and_nobody_is_there_twice(workspace: UpWorkspace, engines: Engines) -> None:
    workspace.agents(STACK, sales=agent(1), support=agent(2))
    fleet, account = workspace.load(), workspace.account(STACK)
    pinned = pin(fleet)
    account.fault("hang-after-commit", path="/v1/agent", body_contains="Agent 1")
    up = Up(fleet, pinned, "run-1", engines)
    account.wait_for(lambda request: request["fault"] == "hang-after-commit")
    engine_of(workspace).kill()
    account.clear_faults()
    result = up.ended()
    assert (result.outcome, result.applied) == (ResultOutcome.APPLIED, 2), result
    assert sorted(one["name"] for one in account.agents()) == ["Agent 1", "Agent 2"]
    assert result.log == ".digo/fleet/runs/run-1/chennai-1.log"
    assert (workspace.folder / result.log).stat().st_mode & 0o777 == 0o600

    # The worker that knew this result died. Nothing of the plan is left, so the next one has it applied as well.
    again = up_stack(fleet, pinned, "run-1", engines, begun_before=True)
    assert (again.outcome, again.applied) == (ResultOutcome.APPLIED, 2), again
    other = up_stack(fleet, pinned, "run-1", engines)
    assert other.outcome is ResultOutcome.UNCHANGED, "nobody has begun it, and nothing is to be done"

    workspace.agents(STACK, sales=agent(1), support=agent(2), third=agent(3))
    changed = up_stack(fleet, pinned, "run-1", engines, begun_before=True)
    assert changed.reason == "the plan has changed since it was pinned: the config"
    assert (changed.outcome, changed.applied, changed.not_applied) == (ResultOutcome.PARTIAL, 2, 0), changed
    stopped = Engines()
    stopped.stop()
    assert up_stack(fleet, pinned, "run-1", stopped).outcome is ResultOutcome.SKIPPED


def test_a_rest_of_a_plan_goes_on_and_a_lock_of_the_dead_does_not_hold_it_up(
    workspace: UpWorkspace, engines: Engines
) -> None:
    workspace.agents(STACK, sales=agent(1), support=agent(2))
    fleet, account = workspace.load(), workspace.account(STACK)
    pinned = pin(fleet)
    # A worker on another machine has created one agent, and left its lock behind.
    account.add_agent(agent(1)["follow_me_number"], name="Agent 1", intercom=1001)
    lock = workspace.hold_lock(STACK)
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        dead.wait()
    lock.write_text(json.dumps({**json.loads(lock.read_text()), "pid": dead.pid}))
    refused = up_stack(fleet, pinned, "run-2", engines)
    assert refused.reason == "the plan has changed since it was pinned: the account"
    assert refused.outcome is ResultOutcome.NOT_APPLIED
    result = up_stack(fleet, pinned, "run-2", engines, begun_before=True)
    assert (result.outcome, result.applied) == (ResultOutcome.APPLIED, 2), result
    assert sorted(one["name"] for one in account.agents()) == ["Agent 1", "Agent 2"]

    # A lock of somebody who lives is waited for, but not for ever.
    workspace.agents(STACK, sales=agent(1))
    held = workspace.hold_lock(STACK)
    locked = up_stack(fleet, pin(fleet), "run-3", engines, lock_seconds=0)
    assert locked.outcome is ResultOutcome.NOT_APPLIED
    assert f"(pid {os.getpid()})" in locked.reason
    assert "`pulumi cancel --stack chennai-1`" in locked.reason
    held.unlink()


def test_what_goes_wrong_before_the_engine_is_a_result_without_a_secret(
    workspace: UpWorkspace, engines: Engines
) -> None:
    workspace.agents(STACK, sales=agent(1))
    fleet = workspace.load()
    pinned = pin(fleet)
    (workspace.folder / ".digo/fleet").mkdir(parents=True, exist_ok=True)
    (workspace.folder / ".digo/fleet/runs").write_text("a file where the folder of runs should be")
    blocked = up_stack(fleet, pinned, "run-4", engines)
    assert blocked.outcome is ResultOutcome.NOT_APPLIED
    assert "a link or a file is where a folder should be" in blocked.reason
    workspace.account(STACK).fault("status", status=401, path="/v1/agents", times="always")
    unread = up_stack(fleet, pinned, "run-4", engines)
    assert unread.outcome is ResultOutcome.NOT_APPLIED
    assert unread.not_applied == 1
    assert "canary-token" not in unread.reason
    del workspace.environ[f"TOKEN_OF_{STACK.upper().replace('-', '_')}"]
    without = up_stack(workspace.load(), pinned, "run-4", engines)
    assert without.outcome is ResultOutcome.NOT_APPLIED
    assert "token" in without.reason

"""State for several people: one run at a time on a stack, a lock that outlives its run, stacks side by side."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import yaml

from sandbox.testing import Sandbox
from tests.scenarios.entries import agent
from tests.scenarios.new_state import write_new_state
from tests.scenarios.workspace import PROJECT, STACK, Outcome, Workspace

LOCKED = "the stack is currently locked by 1 lock(s)"
OTHER = "other"


def locks(workspace: Workspace, stack: str = STACK) -> list[Path]:
    """The lock files of a stack, which both engines write and honour."""
    folder = workspace.folder / "state" / ".pulumi" / "locks" / "organization" / PROJECT / stack
    return sorted(folder.glob("*.json")) if folder.is_dir() else []


def kill(workspace: Workspace, run: subprocess.Popen[str]) -> None:
    """Ends a run as a machine that fails does: its lock stays."""
    run.kill()
    run.communicate()
    for process in workspace.processes("providers.host", "engine/deployment/program.py"):
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended with its engine by now
            process.kill()


def test_a_run_keeps_others_out_and_its_lock_is_cleared_after_it_was_killed(
    workspace: Workspace, sandbox: Sandbox
) -> None:
    workspace.set_config(lateSeconds="1")
    workspace.agents(a=agent(1))
    sandbox.fault("hang", path="/v1/agent")
    run = workspace.start("up", "--skip-preview")
    sandbox.wait_for(lambda request: request["fault"] == "hang")
    assert len(locks(workspace)) == 1
    second = workspace.run("up", "--skip-preview")
    assert second.code != 0
    assert LOCKED in second.text and f"(pid {json.loads(locks(workspace)[0].read_text())['pid']})" in second.text

    kill(workspace, run)
    sandbox.clear_faults()
    assert len(locks(workspace)) == 1
    if workspace.engine == "pulumi":
        assert LOCKED in workspace.run("up", "--skip-preview").text
        assert workspace.run("cancel").code == 0
        assert locks(workspace) == []
        workspace.up()
    else:
        assert "removed the lock of a run that died" in workspace.up().text
    assert locks(workspace) == []
    assert [one["name"] for one in sandbox.agents()] == [agent(1)["name"]]
    assert_a_lock_of_another_machine_is_cleared_by_cancel(workspace)
    workspace.assert_nothing_left()


def assert_a_lock_of_another_machine_is_cleared_by_cancel(workspace: Workspace) -> None:
    folder = workspace.folder / "state" / ".pulumi" / "locks" / "organization" / PROJECT / STACK
    folder.mkdir(parents=True, exist_ok=True)
    content = {"pid": 1, "username": "ann", "hostname": "another-host", "timestamp": "2026-11-24T19:41:45Z"}
    (folder / "5b1f4a4a-3c3f-4f5e-8f5c-000000000000.json").write_text(json.dumps(content))
    refused = workspace.run("refresh")
    assert refused.code != 0
    assert LOCKED in refused.text and "ann@another-host" in refused.text
    assert workspace.run("cancel").code == 0
    assert locks(workspace) == []


class Side:
    """Commands on another stack of a workspace's project, in the same state folder."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        shutil.copy(workspace.folder / f"Pulumi.{STACK}.yaml", workspace.folder / f"Pulumi.{OTHER}.yaml")
        folder = workspace.folder / "config" / OTHER
        folder.mkdir(parents=True)
        (folder / "agents.yaml").write_text(yaml.safe_dump({"agents": {"b": agent(2)}}))
        write_new_state(workspace.folder / "state", OTHER)

    def run(self, *arguments: str) -> Outcome:
        return self.workspace.execute(self.command(*arguments))

    def command(self, *arguments: str) -> list[str]:
        return [OTHER if word == STACK else word for word in self.workspace.command(*arguments)]


def test_two_stacks_share_a_state_folder_and_nothing_else(workspace: Workspace, sandbox: Sandbox) -> None:
    side = Side(workspace)
    workspace.environ["DIGO_LEDGER_KEY"] = "a ledger key for the tests, of no worth"
    workspace.agents(a=agent(1))
    workspace.write("lists.yaml", {"lists": {"otp": {"id": 4711, "source": "leads.csv"}}})
    workspace.write("leads.csv", "phone\n+12025550142\n+12025550143\n")
    sandbox.fault("hang", path="/v1/broadcast/lead/4711")
    first = workspace.start("up", "--skip-preview")
    sandbox.wait_for(lambda request: request["fault"] == "hang")

    # One stack is locked and half done; the other one is not even slowed down, unless it must wait to create.
    assert len(locks(workspace)) == 1
    second = subprocess.Popen(
        side.command("up", "--skip-preview"),
        cwd=workspace.folder,
        env=workspace.environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    sandbox.clear_faults()
    said, (out, err) = second.communicate(timeout=100)[0], first.communicate(timeout=100)
    assert (first.returncode, second.returncode) == (0, 0), said + out + err

    for stack, name in ((STACK, agent(1)["name"]), (OTHER, agent(2)["name"])):
        assert locks(workspace, stack) == []
        state = workspace.folder / "state" / ".pulumi" / "stacks" / PROJECT / f"{stack}.json"
        assert f'"{name}"' in state.read_text()
        journals = list((workspace.folder / ".digo" / "journal" / stack).glob("*.jsonl"))
        assert len(journals) == 1 and "/v1/agent" in journals[0].read_text()
    assert sorted(one["name"] for one in sandbox.agents()) == sorted([agent(1)["name"], agent(2)["name"]])
    assert side.run("up", "--skip-preview", "--expect-no-changes").code == 0
    workspace.assert_nothing_left()


def test_the_ledger_of_a_killed_stack_is_its_own(workspace: Workspace, sandbox: Sandbox) -> None:
    side = Side(workspace)
    workspace.environ["DIGO_LEDGER_KEY"] = "a ledger key for the tests, of no worth"
    workspace.agents()
    workspace.write("lists.yaml", {"lists": {"otp": {"id": 4711, "source": "leads.csv"}}})
    workspace.write("leads.csv", "phone\n+12025550142\n+12025550143\n")
    sandbox.fault("hang", path="/v1/broadcast/lead/4711")
    run = workspace.start("up", "--skip-preview")
    sandbox.wait_for(lambda request: request["fault"] == "hang")
    kill(workspace, run)
    sandbox.clear_faults()
    ledger = workspace.folder / ".digo" / "ledger"
    assert list((ledger / STACK).iterdir())

    assert side.run("up", "--skip-preview").code == 0
    assert not (ledger / OTHER).exists() or not list((ledger / OTHER).iterdir())
    assert list((ledger / STACK).iterdir()), "another stack's run touched it"
    if workspace.engine == "pulumi":
        assert workspace.run("cancel").code == 0
    workspace.up()
    assert {lead["phone"] for lead in sandbox.leads(4711)} == {"12025550142", "12025550143"}
    assert not list((ledger / STACK).iterdir())


@pytest.mark.needs("pulumi")
def test_a_passphrase_that_the_cli_has_changed_opens_the_stack_on_both_engines(
    make_workspace: Callable[..., Workspace], sandbox: Sandbox
) -> None:
    workspace = make_workspace("project", "pulumi")
    workspace.agents(a=agent(1))
    workspace.up()
    subprocess.run(
        ["pulumi", "stack", "change-secrets-provider", "passphrase", "--stack", STACK],
        cwd=workspace.folder,
        env=workspace.environ,
        input="another\n",
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    for engine in ("pulumi", "embedded"):
        workspace.engine = engine
        workspace.environ["PULUMI_CONFIG_PASSPHRASE"] = "test"
        assert "incorrect passphrase" in workspace.run("preview").text
        workspace.environ["PULUMI_CONFIG_PASSPHRASE"] = "another"
        workspace.assert_nothing_left()

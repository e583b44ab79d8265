"""`digo history` after real ups: with success, a part that failed, a refusal, a kill, and on another machine."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import shutil
import struct
import subprocess
import termios
from typing import Any

from sandbox.testing import Sandbox
from tests.scenarios.entries import agent
from tests.scenarios.guarding import limit
from tests.scenarios.killing import kill, wait_until_gone
from tests.scenarios.workspace import CANARY, ROOT, STACK, Workspace


def history(workspace: Workspace, *arguments: str) -> list[dict[str, Any]]:
    outcome = workspace.digo("history", "--format", "json", *arguments)
    assert outcome.code == 0, outcome.text
    updates: list[dict[str, Any]] = json.loads(outcome.stdout)["updates"]
    return updates


def shown(workspace: Workspace, *arguments: str) -> dict[str, Any]:
    outcome = workspace.digo("history", "show", *arguments, "--format", "json")
    assert outcome.code == 0, outcome.text
    document: dict[str, Any] = json.loads(outcome.stdout)
    return document


def results(document: dict[str, Any]) -> dict[str, str]:
    return {one["key"]: f"{one['verb']}: {one['result']}" for one in document["entries"]}


def plan_hash(workspace: Workspace) -> str:
    document: dict[str, Any] = json.loads(workspace.digo("plan", "--format", "json").stdout)
    return str(document["plan"])


def test_the_history_tells_what_each_up_did(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.add_agent("+12025550109", name="Agent 9", intercom="1009")
    workspace.agents(nine=agent(9), zero=agent(0))
    hashes = [plan_hash(workspace)]
    workspace.run("preview")
    assert history(workspace) == []

    workspace.up("--message", "the first one")
    workspace.up()
    sandbox.fault("status", status=422, path="/v1/agent", body_contains="Agent 2", times="always")
    workspace.agents(nine=agent(9), zero=agent(0), one=agent(1), two=agent(2))
    hashes += [plan_hash(workspace)]
    assert workspace.run("up", "--skip-preview", "--continue-on-error").code != 0
    sandbox.clear_faults()
    limit(workspace, maxCreates=0)
    refused = workspace.run("up", "--skip-preview")
    assert refused.code != 0
    assert workspace.run("refresh", "--skip-preview").code == 0

    updates = history(workspace)
    assert [one["number"] for one in updates] == [4, 3, 2, 1]
    assert [one["kind"] for one in history(workspace, "--kind", "all")] == ["refresh", *["update"] * 4]
    assert [one["result"] for one in updates] == ["failed", "failed", "succeeded", "succeeded"]
    assert [one["plan"] for one in updates][1:] == [hashes[1], updates[2]["plan"], hashes[0]]
    assert [(one["applied"], one["notApplied"], one["unknown"]) for one in updates] == [
        (0, 0, 0),
        (1, 1, 0),
        (0, 0, 0),
        (1, 0, 0),
    ]
    assert updates[3]["changes"]["import"] == 1 and updates[3]["message"] == "the first one"
    assert history(workspace, "--limit", "1") == updates[:1]

    first, third = shown(workspace, "1"), shown(workspace, "3")
    assert results(first) == {"nine": "adopt: no write", "zero": "create: applied"}
    eids = {record["name"]: record["eid"] for record in sandbox.agents()}
    assert {one["key"]: (one["eid"], one["number"]) for one in first["entries"]} == {
        "nine": (eids["Agent 9"], "+1 ***0109"),
        "zero": (eids["Agent 0"], "+1 ***0100"),
    }
    assert results(third) == {"one": "create: applied", "two": "create: not applied"}
    failed = next(one for one in third["entries"] if one["key"] == "two")
    assert "refused" in failed["problem"] or "rejected" in failed["problem"]
    assert "maxCreates" in shown(workspace)["refused"]
    assert "+1202555" not in json.dumps([first, third]) and CANARY not in workspace.everything_left()


def test_a_killed_up_is_in_the_history_with_what_is_unknown(workspace: Workspace, sandbox: Sandbox) -> None:
    """The host is killed while an agent is made, and then, in an up that makes another one, the engine."""
    workspace.set_config(lateSeconds="1")
    agents = {"zero": agent(0)}
    workspace.agents(**agents)
    workspace.up()
    for victim, key, index, result in (("host", "one", 1, "failed"), ("engine", "two", 2, "interrupted")):
        agents[key] = agent(index)
        workspace.agents(**agents)
        sandbox.clear_requests()
        sandbox.fault("hang-after-commit", path="/v1/agent", body_contains=agents[key]["name"])
        run = workspace.start("up", "--skip-preview")
        sandbox.wait_for(lambda request: request["fault"] == "hang-after-commit" and request["committed"])
        assert history(workspace)[0]["result"] == "in-progress"
        kill(workspace, victim)
        run.communicate(timeout=60)
        wait_until_gone(workspace)
        sandbox.clear_faults()
        if workspace.engine == "pulumi":
            workspace.run("cancel")

        killed = history(workspace)[0]
        assert killed["result"] == result
        assert (killed["applied"], killed["unknown"]) == (0, 1)
        assert (killed["number"] is None) == (victim == "engine")
        document = shown(workspace, killed["id"])
        assert results(document)[key] == "create: unknown"
        assert [one["settled"] for one in document["entries"] if one["key"] == key] == [False]
    workspace.up()
    assert len(sandbox.agents()) == len(agents)


def on_a_terminal(workspace: Workspace, width: int, *arguments: str) -> str:
    """What a command of `digo` prints on a real pseudo-terminal of this width, without its styles."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    command = [workspace.python, "-m", "digo", "--stack", STACK, *arguments]
    # The test runner's workers have COLUMNS, which would count for more than the terminal.
    environ = {name: value for name, value in workspace.environ.items() if name not in ("COLUMNS", "LINES")}
    environ["TERM"] = "xterm-256color"
    done = subprocess.Popen(command, cwd=workspace.folder, env=environ, stdin=theirs, stdout=theirs)
    os.close(theirs)
    read = b""
    with contextlib.suppress(OSError):  # its other end is closed
        while more := os.read(ours, 65536):
            read += more
    os.close(ours)
    assert done.wait(60) == 0
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", read.decode()).replace("\r\n", "\n")


def test_one_up_is_told_at_every_width_under_another_name_and_from_what_is_left(
    workspace: Workspace, sandbox: Sandbox
) -> None:
    workspace.environ.update(
        PULUMI_GIT_AUTHOR="Asha Venkataraman-Krishnamurthy of the telephony team", PULUMI_GIT_HEAD="0123456789abcdef"
    )
    workspace.agents(zero=agent(0))
    workspace.up()
    for width in (60, 80, 100, 160):
        text = on_a_terminal(workspace, width, "history")
        lines = text.splitlines()
        assert max(map(len, lines)) <= width, text
        assert ("update  started" in lines[0]) == (width == 160)
        for fact in ("1", "succeeded", "01234567", "3 create", "1 applied", "Asha"):
            assert fact in text, (width, fact, text)
        assert width == 160 or all(line.startswith("        ") for line in lines)  # wrapped lines keep their indent
    assert "applied  agent zero  +1 ***0100" in on_a_terminal(workspace, 60, "history", "show")

    assert_damaged_records_are_named_and_left_out(workspace)
    assert_a_renamed_stack_keeps_its_engines_history(workspace)


def assert_damaged_records_are_named_and_left_out(workspace: Workspace) -> None:
    record = next((workspace.folder / ".digo/history/test").iterdir())
    assert record.stat().st_mode & 0o777 == 0o600
    whole = record.read_bytes()
    record.write_bytes(whole + b'{"type": "Agent", "key": "cut')
    assert history(workspace)[0]["applied"] == 1
    record.write_bytes(b"\xff\xfe\x00nothing\n" + whole.partition(b"\n")[2])
    outcome = workspace.digo("history")
    assert outcome.code == 0 and record.name in outcome.stderr
    record.write_bytes(whole)
    if workspace.engine == "embedded":
        file = next((workspace.folder / "state/.pulumi/history").rglob("*.history.json"))
        before = file.read_text()
        file.write_text("{")
        outcome = workspace.digo("history")
        assert outcome.code == 1 and f"{file} is damaged" in outcome.stderr.replace("\n", "")
        assert "Traceback" not in outcome.text
        file.write_text(before)


def assert_a_renamed_stack_keeps_its_engines_history(workspace: Workspace) -> None:
    """What this machine recorded of its ups is another stack's, as of an up on another machine, until it is moved."""
    assert workspace.run("stack", "rename", "renamed", "--stack", STACK).code == 0
    (workspace.folder / "config" / "renamed").mkdir()
    command = [workspace.python, "-m", "digo", "--stack", "renamed", "history"]
    (update,) = json.loads(workspace.finished([*command, "--format", "json"]).stdout)["updates"]
    assert update["recorded"] is False
    assert (update["plan"], update["applied"], update["unknown"]) == (None, None, None)
    assert update["changes"]["create"] >= 1
    done = workspace.finished([*command, "show", "1"])
    assert done.code == 0 and "not recorded here" in done.stdout
    folder = workspace.folder / ".digo"
    for name in ("history", "journal"):
        (folder / name / "test").rename(folder / name / "renamed")
    assert "applied  agent zero" in workspace.finished([*command, "show", "1"]).stdout


def test_the_history_names_author_and_commit(workspace: Workspace, sandbox: Sandbox) -> None:
    def git(*arguments: str) -> str:
        names = ["-c", "user.name=Asha Rao", "-c", "user.email=asha@example.com"]
        done = subprocess.run(
            ["git", *names, *arguments], cwd=workspace.folder, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    workspace.agents(zero=agent(0))
    git("init", "--quiet", "--initial-branch=main")
    git("add", "config")
    git("commit", "--quiet", "--message", "add zero, +12025550100")
    git("remote", "add", "origin", f"https://x:{CANARY}@git.example.com/example/phones.git")
    workspace.up()
    update = history(workspace)[0]
    assert (update["author"], update["committer"]) == ("Asha Rao", "Asha Rao")
    assert (update["commit"], update["branch"], update["dirty"]) == (git("rev-parse", "HEAD"), "refs/heads/main", True)
    assert update["message"] == "add zero, ***0100"
    text = workspace.digo("history").stdout
    assert "Asha Rao" in text and f"{update['commit'][:8]}+" in text
    assert CANARY not in workspace.run("stack", "history", "--json").text


def test_a_stack_without_an_up_one_that_does_not_exist_and_a_config_that_is_refused(
    workspace: Workspace, sandbox: Sandbox
) -> None:
    workspace.agents(zero={**agent(0), "follow_me_number": "12"})
    outcome = workspace.digo("history")
    assert (outcome.code, outcome.stdout) == (0, "stack test has had no up yet\n")
    assert "has had no up yet" in workspace.digo("history", "show").stderr
    assert "no update 7" in workspace.digo("history", "show", "7").stderr
    outcome = workspace.finished([workspace.python, "-m", "digo", "--stack", "tset", "history"])
    assert outcome.code != 0 and "there is no stack tset" in outcome.stderr

    assert workspace.run("up", "--skip-preview").code != 0
    update = history(workspace)[0]
    assert update["result"] == "failed" and update["plan"] is None
    assert "agents.yaml" in update["refused"]
    assert "nothing written" in workspace.digo("history").stdout


def test_the_version_befores_journals_are_read(workspace: Workspace, sandbox: Sandbox) -> None:
    shutil.copytree(ROOT / "tests/fixtures/version-0.1.0/digo/journal/before", workspace.folder / ".digo/journal/test")
    updates = history(workspace)
    assert [one["number"] for one in updates] == [None, None, None]
    assert [(one["applied"], one["unknown"]) for one in updates] == [(0, 1), (1, 0), (5, 0)]
    assert results(shown(workspace, updates[2]["id"]))["sales"] == "write: applied"

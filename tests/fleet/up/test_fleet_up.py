"""`digo fleet up` on real stacks: accounts of one sandbox, the real engine, and the runs' database."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.testing import Sandbox
from tests.fleet.up.running_fleet import running
from tests.fleet.up.up_workspace import CANARY, UpWorkspace, accounts_of, outcomes
from tests.scenarios.entries import agent
from tests.terminal.terminal_screen import on_a_terminal
from tests.warm.warm_sandbox import start_sandbox

CANARY_STACK, *REST = STACKS = ("canary-1", "chennai-1", "delhi-1", "goa-1")
WAVES = {
    "groups": {"canary": {"stacks": ["canary-*"]}, "rest": {"stacks": ["!canary-*"]}},
    "waves": [{"name": "canary", "groups": ["canary"]}, {"name": "rest", "groups": ["rest"]}],
}


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with start_sandbox(tmp_path_factory.mktemp("sandbox"), accounts=accounts_of(STACKS)) as sandbox:
        yield sandbox


@pytest.fixture
def fleet(tmp_path: Path, accounts: Sandbox) -> UpWorkspace:
    for stack in STACKS:
        accounts.account(stack).reset()
    return UpWorkspace(tmp_path / "project", accounts, STACKS)


def writes(fleet: UpWorkspace, stack: str) -> list[str]:
    """The writes that the stack's account got."""
    return [name for name in fleet.account(stack).counts() if not name.startswith("GET ")]


def names(fleet: UpWorkspace, stack: str) -> list[str]:
    return sorted(one["name"] for one in fleet.account(stack).agents())


def test_a_canary_that_fails_keeps_the_rest_from_beginning(fleet: UpWorkspace) -> None:
    nobody = {"webhook": {"url": "http://127.0.0.1:9/", "secretVariable": "DIGO_FLEET_WEBHOOK_SECRET"}, "on": ["up"]}
    fleet.fleet(**WAVES, notices=[nobody])
    for stack in STACKS:
        fleet.agents(stack, sales=agent(1), support=agent(2))
    fleet.account(CANARY_STACK).fault("status", status=422, path="/v1/agent", body_contains="Agent 2", times="always")

    report, failed = fleet.report("--write", "report.md")
    assert "warning: notice: webhook 127.0.0.1 got no notice: " in failed.stderr, "and the exit code is that of the up"
    assert json.loads((fleet.folder / ".digo/fleet/runs" / report["run"] / "report.json").read_text()) == report
    assert failed.returncode == report["exitCode"] == 2
    assert outcomes(report) == {CANARY_STACK: "partly applied", **dict.fromkeys(REST, "skipped")}
    canary, *_ = report["stacks"]
    assert (canary["applied"], canary["not_applied"], canary["unknown"]) == (1, 1, 0)
    assert canary["reason"].startswith("support: the API refused POST /v1/agent: ")
    assert report["stopped"] == "1 failed stack in wave canary"
    assert [writes(fleet, stack) for stack in REST] == [[], [], []], "planning only reads, and none was begun"
    assert names(fleet, CANARY_STACK) == ["Agent 1"]
    assert "the API refused POST /v1/agent" in fleet.log(report, CANARY_STACK)
    assert "some stacks have failed" in (fleet.folder / "report.md").read_text()

    fleet.account(CANARY_STACK).clear_faults()
    again, done = fleet.report("--notices", "print")
    assert done.returncode == again["exitCode"] == 0, done.stderr
    assert outcomes(again) == dict.fromkeys(STACKS, "applied")
    assert "Up of pulumi-digo: 4 stacks, 4 applied" in done.stderr, "what the notice would say"
    assert [names(fleet, stack) for stack in STACKS] == [["Agent 1", "Agent 2"]] * 4
    assert "wave 1 of 2: canary" in done.stderr
    assert done.stderr.index("canary-1: applied") < done.stderr.index("wave 2 of 2: rest")

    for stack in STACKS:
        fleet.account(stack).clear_requests()
    nothing, last = fleet.report()
    assert last.returncode == 0
    assert outcomes(nothing) == dict.fromkeys(STACKS, "unchanged")
    assert nothing["run"] == "", "nothing is begun where nothing is to be done"
    assert [writes(fleet, stack) for stack in STACKS] == [[]] * 4

    assert [(one["run"], one["state"]) for one in runs_of(fleet)] == [
        (again["run"], "ended"),
        (report["run"], "stopped"),
    ]
    shown = fleet.run("status", report["run"])
    assert "partly applied" in shown.stdout
    assert "3 skipped" in shown.stdout
    assert "no run is under way" in fleet.run("cancel").stderr
    assert_nothing_secret(fleet, "".join(one.stdout + one.stderr for one in (failed, done, last, shown)))


def assert_nothing_secret(fleet: UpWorkspace, printed: str) -> None:
    for secret in (CANARY.encode(), b"2025550101", b"+1202"):
        assert secret not in fleet.everything_left(), secret
        assert secret not in printed.encode(), secret


def test_stacks_of_one_account_go_one_after_the_other_in_one_run(fleet: UpWorkspace) -> None:
    fleet.set_config("goa-1", account="delhi-1")
    fleet.environ["TOKEN_OF_GOA_1"] = fleet.environ["TOKEN_OF_DELHI_1"]
    fleet.agents("delhi-1", sales=agent(1))
    fleet.agents("goa-1", support=agent(2))
    report, _ = fleet.report("--stack", "delhi-1", "--stack", "goa-1")
    assert outcomes(report) == {"delhi-1": "applied", "goa-1": "applied"}, report
    assert names(fleet, "delhi-1") == ["Agent 1", "Agent 2"]
    fleet.account("delhi-1").clear_requests()
    again, _ = fleet.report("--stack", "delhi-1", "--stack", "goa-1")
    assert outcomes(again) == {"delhi-1": "unchanged", "goa-1": "unchanged"}
    assert fleet.account("delhi-1").counts() == {"GET /v1/agents": 1}, "they share one read"

    # Both want one more agent, and it is the same one: what was planned as two creates is no longer so.
    fleet.agents("delhi-1", sales=agent(1), both=agent(3))
    fleet.agents("goa-1", support=agent(2), both=agent(3))
    mixed, _ = fleet.report("--stack", "delhi-1", "--stack", "goa-1")
    assert sorted(outcomes(mixed).values()) == ["applied", "not applied"]
    assert "the plan has more than the pinned one: adopt agent both" in [one["reason"] for one in mixed["stacks"]]
    assert names(fleet, "delhi-1") == ["Agent 1", "Agent 2", "Agent 3"]


def test_a_stack_whose_plan_is_refused_stops_all_or_is_left_out(fleet: UpWorkspace) -> None:
    for stack in STACKS[:3]:
        fleet.agents(stack, sales=agent(1))
    (fleet.folder / "Pulumi.goa-1.yaml").write_text("config: {digo:cps: 0\n")
    stopped = fleet.run("up", "--yes")
    assert stopped.returncode == 1
    broken = "1 problem in the config; nothing was read or written: Pulumi.goa-1.yaml:1:9: not YAML"
    assert f"nothing was begun, because of 1 stack:\n  goa-1: {broken}" in stopped.stderr
    assert "`refused: skip` in fleet.yaml" in stopped.stderr
    fleet.run("plan", "-o", "reviewed.json", "--format", "json")
    fleet.agents("delhi-1", sales=agent(1), support=agent(2))
    fleet.fleet(groups={"all": {"stacks": ["*"]}}, refused="skip")
    assert [writes(fleet, stack) for stack in STACKS] == [[]] * 4

    lock = fleet.hold_lock("chennai-1")
    for stack in STACKS:
        fleet.account(stack).clear_requests()
    with subprocess.Popen(
        fleet.command("up", "--yes", "--plan", "reviewed.json", "--format", "json"),
        cwd=fleet.folder,
        env=fleet.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        # The fleet's plan, the stack's own, and another one after the engine met the lock.
        fleet.sandbox.account("chennai-1").wait_for(lambda _: reads(fleet, "chennai-1") > 2)
        lock.unlink()
        out, _ = process.communicate(timeout=100)
    report = json.loads(out)
    assert process.returncode == report["exitCode"] == 2
    assert outcomes(report) == {
        "canary-1": "applied",
        "chennai-1": "applied",
        "delhi-1": "not applied",
        "goa-1": "not applied",
    }
    reasons = {one["stack"]: one["reason"] for one in report["stacks"]}
    assert reasons["delhi-1"] == "the plan has changed since it was reviewed: the config"
    assert "Pulumi.goa-1.yaml:1:9" in reasons["goa-1"]
    assert "is currently locked by 1 lock(s)" in fleet.log(report, "chennai-1")
    assert writes(fleet, "delhi-1") == writes(fleet, "goa-1") == []


def reads(fleet: UpWorkspace, stack: str) -> int:
    return sum(count for name, count in fleet.account(stack).counts().items() if name == "GET /v1/agents")


def test_ctrl_c_ends_what_runs_and_a_second_one_interrupts_it(fleet: UpWorkspace) -> None:
    fleet.fleet(**WAVES)
    for stack in STACKS[:2]:
        fleet.agents(stack, sales=agent(1))
    canary = fleet.account(CANARY_STACK)
    held = canary.fault("hang", path="/v1/agent")
    for presses in (1, 2):
        canary.clear_requests()
        with subprocess.Popen(
            fleet.command("up", "--yes", "--format", "json"),
            cwd=fleet.folder,
            env=fleet.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            canary.wait_for(lambda request: request["fault"] == "hang")
            process.send_signal(signal.SIGINT)
            said = wait_for_line(process, "no further stack is begun, and the ups that run end")
            if presses == 1:
                canary.lift(held)
            else:
                process.send_signal(signal.SIGINT)
                said += wait_for_line(process, "the ups that run are interrupted")
            out, errors = process.communicate(timeout=100)
        report = json.loads(out)
        assert process.returncode == report["exitCode"] == 130, said + errors
        assert report["stopped"] == "interrupted by Ctrl-C"
        if presses == 1:
            assert outcomes(report) == {
                "canary-1": "applied",
                "chennai-1": "skipped",
                "delhi-1": "unchanged",
                "goa-1": "unchanged",
            }
            fleet.agents(CANARY_STACK, sales=agent(1), support=agent(2))
            canary.fault("hang", path="/v1/agent")
        else:
            assert outcomes(report)["canary-1"] == "unknown"
            assert report["stacks"][0]["reason"].startswith("interrupted; ")
    canary.clear_faults()
    report, done = fleet.report()
    assert done.returncode == 0, done.stderr
    assert outcomes(report)["canary-1"] == outcomes(report)["chennai-1"] == "applied"
    assert names(fleet, CANARY_STACK) == ["Agent 1", "Agent 2"], "and nobody is there twice"


def test_a_run_that_nobody_follows_is_begun_looked_at_and_stopped(fleet: UpWorkspace) -> None:
    for stack in STACKS[:2]:
        fleet.agents(stack, sales=agent(1))
    begun = fleet.run("up", "--yes", "--detach")
    run = begun.stdout.strip()
    assert begun.returncode == 0, begun.stderr
    assert f"fleet status {run}` shows how far it is" in begun.stderr
    again = fleet.run("up", "--yes", "--detach")
    assert (again.returncode, again.stdout.strip()) == (0, run), "it has not ended, so no second one is begun"
    assert "under way" in fleet.run("status").stdout
    assert [writes(fleet, stack) for stack in STACKS] == [[]] * 4, "no worker is there"

    with subprocess.Popen(
        fleet.command("up", "--yes", "--no-work"),
        cwd=fleet.folder,
        env=fleet.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        wait_for_line(process, f"run {run}: 2 stacks")
        process.send_signal(signal.SIGINT)
        said = wait_for_line(process, f"Ctrl-C: run {run} stops, for all workers")
        assert said.endswith("Ctrl-C again ends this command before that\n")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=100)
    assert process.returncode == 130
    assert f"run {run} stops: its workers end the ups that run, and what was not begun is skipped" in errors

    report, done = fleet.report()
    assert done.returncode == 0, done.stderr
    assert report["run"] != run
    assert outcomes(report) == {**dict.fromkeys(STACKS[:2], "applied"), **dict.fromkeys(STACKS[2:], "unchanged")}
    nothing = fleet.run("up", "--yes", "--detach")
    assert (nothing.returncode, nothing.stdout) == (0, ""), "there is no run to name"
    assert "no run was begun" in nothing.stderr


def wait_for_line(process: subprocess.Popen[str], text: str) -> str:
    """What the process has said, up to the line that has the text."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if text in line:
            return said
    raise AssertionError(said)


def test_a_run_whose_process_was_killed_goes_on_or_is_begun_anew(fleet: UpWorkspace) -> None:
    fleet.fleet(**WAVES)
    for stack in STACKS[:3]:
        fleet.agents(stack, sales=agent(1))
    killed_up(fleet, CANARY_STACK)
    (first,) = runs_of(fleet)
    assert first["state"] == "under way"

    # The config is another one now. The run goes on as it was planned, or not at all.
    fleet.agents("goa-1", sales=agent(1))
    changed = fleet.run("up", "--yes")
    assert changed.returncode == 1
    assert f"run {first['run']} of " in changed.stderr
    assert "--resume goes on with that run, --restart stops it and begins a new one" in changed.stderr
    said = killed_up(fleet, "delhi-1", "--resume")
    assert "has not ended: it goes on" in said
    assert names(fleet, CANARY_STACK) == ["Agent 1"], "the first wave has ended"
    assert runs_of(fleet) == [first]
    assert names(fleet, "goa-1") == []

    for stack in STACKS:
        fleet.agents(stack, sales=agent(1), support=agent(2))
    killed_up(fleet, "goa-1", "--restart")
    second, stopped = runs_of(fleet)
    assert (second["state"], stopped["run"], stopped["state"]) == ("under way", first["run"], "stopped")
    report, done = fleet.report()
    assert done.returncode == 0, done.stderr
    assert "has not ended: it goes on" in done.stderr
    assert report["run"] == second["run"]
    assert outcomes(report) == dict.fromkeys(STACKS, "applied")
    assert [names(fleet, stack) for stack in STACKS] == [["Agent 1", "Agent 2"]] * 4

    for stack in STACKS:
        fleet.account(stack).clear_requests()
    last, done = fleet.report()
    assert done.returncode == 0, done.stderr
    assert last["run"] == ""
    assert outcomes(last) == dict.fromkeys(STACKS, "unchanged")
    assert [writes(fleet, stack) for stack in STACKS] == [[]] * 4
    assert "no unfinished run to go on with" in fleet.run("up", "--yes", "--resume").stderr
    assert CANARY.encode() not in fleet.everything_left()
    database = (fleet.folder / ".digo/fleet/fleet.db").read_bytes()
    for text in ("2025550101", "Agent 1", "1001"):
        assert text.encode() not in database, text


def runs_of(fleet: UpWorkspace) -> list[dict[str, Any]]:
    """The runs that the database has, the newest first."""
    found: list[dict[str, Any]] = json.loads(fleet.run("status", "--format", "json").stdout)["runs"]
    return found


def killed_up(fleet: UpWorkspace, stack: str, *options: str) -> str:
    """An up that is killed while the stack's first write has no reply; what it had said until then."""
    account = fleet.account(stack)
    account.clear_requests()
    held = account.fault("hang-after-commit", path="/v1/agent")
    with running(fleet, "up", "--yes", *options) as up:
        account.wait_for(lambda request: request["fault"] == "hang-after-commit")
        up.kill()
        account.lift(held)
        return up.err


def test_a_person_at_a_terminal_is_asked_and_sees_the_run_in_its_place(fleet: UpWorkspace) -> None:
    canary = fleet.account(CANARY_STACK)
    fleet.agents(CANARY_STACK, sales=agent(1))
    command = fleet.command("up")
    environ = {name: value for name, value in fleet.environ.items() if name != "CI"}
    with on_a_terminal(command, environ, fleet.folder, 80) as screen:
        screen.wait_for(lambda text: "Up 1 stack? [y/N]" in text)
        screen.press("n\r")
        assert screen.wait_for_end() == 0
    assert canary.agents() == []
    assert runs_of(fleet) == []

    canary.fault("hang", path="/v1/agent")
    with on_a_terminal(command, environ, fleet.folder, 80) as screen:
        screen.wait_for(lambda text: "Up 1 stack? [y/N]" in text)
        screen.press("y\r")
        text = screen.wait_for(lambda text: "s  canary-1" in text and "1 running" in text)
        assert "0 of 1 stack\n" in text
        assert "wave 1 of 1, all: 1 running" in text
        canary.wait_for(lambda request: request["fault"] == "hang")
        canary.clear_faults()
        assert screen.wait_for_end() == 0
        left = screen.text()
    assert "1 applied, 3 unchanged of 4 stacks" in left
    assert "1 running" not in left, "the table goes with the run"
    assert [one["name"] for one in canary.agents()] == ["Agent 1"]


def test_the_program_of_the_docs_ups_a_fleet(
    fleet: UpWorkspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    docs = (Path(__file__).parents[3] / "docs/python-api.md").read_text(encoding="utf-8")
    program = docs.split("## Fleets")[1].split("```python\n")[1].split("```")[0]
    fleet.fleet(**WAVES)
    fleet.agents(CANARY_STACK, sales=agent(1))
    monkeypatch.setattr(sys, "executable", fleet.python)
    monkeypatch.chdir(fleet.folder)
    for name, value in fleet.environ.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        exec(program, {"__name__": "__main__"})
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert "1 of 1\n" in printed
    assert printed.endswith("canary-1 applied \n")
    assert names(fleet, CANARY_STACK) == ["Agent 1"]


def test_wrong_options_begin_nothing(fleet: UpWorkspace) -> None:
    (fleet.folder / "old.json").write_text("[]")
    for arguments, said in {
        (): "give --yes to up without a question",
        ("--yes", "--resume", "--restart"): "give one of them",
        ("--yes", "--detach", "--write", "report.md"): "--detach ends before there is a report",
        ("--yes", "--write", "report.txt"): "a file ends in .json, .md",
        ("--yes", "--output", "gone/report.json"): "gone/report.json cannot be written: there is no such folder",
        ("--yes", "--write", "gone/report.md"): "gone/report.md cannot be written: there is no such folder",
        ("--yes", "--plan", "old.json"): "old.json is not a plan of a fleet that this version reads; nothing was begun",
        ("--yes", "--plan", "gone.json"): "gone.json cannot be read: No such file or directory",
        ("--yes", "--stack", "chenai-1"): "chennai-1",
        ("--yes", "--concurrency", "0"): "--concurrency",
    }.items():
        done = fleet.run("up", *arguments)
        assert done.returncode == 1, arguments
        assert said in done.stderr, arguments
        assert done.stdout == ""
    assert "there is no run 2026" in fleet.run("status", "2026").stderr
    assert "there is no run yet" in fleet.run("status").stdout

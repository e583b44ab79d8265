"""`digo fleet plan` on real stacks and accounts: what it reads, says and leaves."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from digo.fleet.plan.document import read_fleet_plan
from digo.fleet.plan.stack_plan import PlanOutcome
from sandbox.testing import Sandbox
from tests.fleet.fleet_workspace import FleetWorkspace
from tests.warm.warm_sandbox import start_sandbox

NAMES = ("chennai-1", "delhi-1", "pune-1", "goa-1")
TOKENS = {name: f"canary-token-of-{name}" for name in NAMES}
NOTHING, REFUSED, CHANGES = 0, 1, 2
GIT = ["git", "-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"]


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Sandbox]:
    with start_sandbox(tmp_path, account=[f"{name}={token}" for name, token in TOKENS.items()]) as sandbox:
        yield sandbox


@pytest.fixture
def fleet(tmp_path: Path, accounts: Sandbox) -> FleetWorkspace:
    """Four stacks, of which one has had an up."""
    workspace = FleetWorkspace(tmp_path / "project", accounts)
    for number, name in enumerate(NAMES):
        workspace.add(name, accounts.account(name), sales={"name": "Sales", "follow_me_number": f"+1202555010{number}"})
    workspace.up_stack("goa-1")
    return workspace


def requests(accounts: Sandbox) -> dict[str, dict[str, int]]:
    """The requests to each account since the last time."""
    found = {}
    for name in NAMES:
        found[name] = accounts.account(name).counts()
        accounts.account(name).clear_requests()
    return found


def test_a_plan_of_all_stacks(fleet: FleetWorkspace, accounts: Sandbox, tmp_path: Path) -> None:
    requests(accounts)
    files = {form: tmp_path / f"plan.{form}" for form in ("json", "md", "html")}
    writes = [word for file in files.values() for word in ("--write", str(file))]
    first = fleet.fleet("plan", "--detailed-exitcode", *writes)
    assert first.code == CHANGES, first.text
    assert requests(accounts) == {name: {"GET /v1/agents": 1} for name in NAMES}, "one read an account"
    assert first.stdout.startswith("4 stacks: 3 with changes, 1 unchanged; 3 calls\n")
    assert "+  agent sales  create  in 3 stacks" in first.stdout and "at least 3 values" in first.stdout
    plan = read_fleet_plan(files["json"].read_text())
    assert [(one.stack, one.outcome) for one in plan.stacks] == [
        (name, PlanOutcome.UNCHANGED if name == "goa-1" else PlanOutcome.CHANGES) for name in sorted(NAMES)
    ]

    # The hash is that of `digo plan`, and stands in every form.
    fleet.environ["DIGO_AUTHORIZATION"] = TOKENS["delhi-1"]
    alone = fleet.digo("--stack", "delhi-1", "plan", "--format", "json")
    del fleet.environ["DIGO_AUTHORIZATION"]
    single, mine = json.loads(alone.stdout), next(one for one in plan.stacks if one.stack == "delhi-1")
    assert (mine.plan_hash, mine.parts) == (single["plan"], single["parts"])
    for text in (first.stdout, *(file.read_text() for file in files.values())):
        assert mine.plan_hash in text
        assert "canary" not in text and "2025550101" not in text

    # The second time it says the same, and writing to a file leaves the terminal to a line.
    again = fleet.fleet("plan", "-o", str(files["json"]), "--format", "json")
    assert again.code == NOTHING and again.stdout == ""
    assert f"3 of 4 stacks change; the plan is in {files['json']}" in again.stderr
    assert read_fleet_plan(files["json"].read_text()) == plan


def test_only_what_has_changed(fleet: FleetWorkspace, accounts: Sandbox, tmp_path: Path) -> None:
    committed(fleet.folder)
    requests(accounts)
    calm = fleet.fleet("plan", "--detailed-exitcode", "--since", "HEAD", "--write", str(tmp_path / "plan.json"))
    assert calm.code == NOTHING, calm.text
    assert "no stack to plan" in calm.stdout
    assert read_fleet_plan((tmp_path / "plan.json").read_text()).stacks == ()
    assert not any(requests(accounts).values()), "no account is asked"

    file = fleet.folder / "config" / "pune-1" / "agents.yaml"
    file.write_text(file.read_text().replace("Sales", "Support"))
    found = fleet.fleet("plan", "--since", "HEAD", "--write", str(tmp_path / "plan.json"))
    assert found.code == NOTHING
    assert found.stdout.startswith("1 stack: 1 with changes; 1 call\n")
    (line,) = (line for line in found.stdout.splitlines() if line.startswith("pune-1"))
    assert line.endswith("config/pune-1/agents.yaml")
    document = json.loads((tmp_path / "plan.json").read_text())
    assert document["because"] == {"pune-1": ["config/pune-1/agents.yaml"]}
    assert len(document["commit"]) == 40


def committed(folder: Path) -> None:
    """Makes the project a Git repository with one commit."""
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "all"]):
        subprocess.run([*GIT, *arguments], cwd=folder, check=True)


def test_what_is_wrong_with_one_stack_is_said_beside_the_others(fleet: FleetWorkspace, accounts: Sandbox) -> None:
    (fleet.folder / "config" / "delhi-1" / "agents.yaml").write_text("agents: {sales: {nam: x}}\n")
    accounts.account("pune-1").fault("status", status=403, times="always")
    found = fleet.fleet("plan", "--all")
    assert found.code == REFUSED
    assert "4 stacks: 2 failed, 1 with changes, 1 unchanged" in found.stdout
    assert "config/delhi-1/agents.yaml:1:" in found.stdout and "403" in found.stdout
    lines = [line for line in found.stdout.splitlines() if line.startswith(NAMES)]
    assert [line.split()[:2] for line in lines] == [
        ["delhi-1", "failed"],
        ["pune-1", "failed"],
        ["chennai-1", "changes"],
        ["goa-1", "unchanged"],
    ]
    # An up leaves them out if fleet.yaml says so, and so does the exit code.
    fleet.write_fleet("refused: skip\n")
    assert fleet.fleet("plan", "--detailed-exitcode").code == CHANGES
    assert fleet.fleet("plan", "--detailed-exitcode", "--stack", "goa-*").code == NOTHING
    assert fleet.fleet("plan", "--detailed-exitcode", "--stack", "delhi-1").code == REFUSED

    # Only what changes since a commit reach is planned, and each stack says by which files.
    repository = ["git", "-c", "user.name=T", "-c", "user.email=t@example.com"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "first"]):
        subprocess.run([*repository, *command], cwd=fleet.folder, check=True)
    none = fleet.fleet("plan", "--detailed-exitcode", "--since", "HEAD")
    assert none.code == NOTHING and "reach 0 of 4 stacks" in none.stderr
    (fleet.folder / "config" / "goa-1" / "policy.yaml").write_text("policy: {max_agents: 9}\n")
    requests(accounts)
    document = json.loads(fleet.fleet("plan", "--since", "HEAD", "--format", "json").stdout)
    assert [one["stack"] for one in document["stacks"]] == ["goa-1"]
    assert document["because"] == {"goa-1": ["config/goa-1/policy.yaml"]}
    assert [name for name, counts in requests(accounts).items() if counts] == ["goa-1"]

    accounts.account("goa-1").clear_requests()
    nowhere = fleet.fleet("plan", "-o", "missing/plan.json")
    assert nowhere.code == REFUSED and "missing/plan.json cannot be written: there is no such folder" in nowhere.stderr
    assert accounts.account("goa-1").counts() == {}
    wrong = fleet.fleet("plan", "--write", "plan.txt")
    assert wrong.code == REFUSED and "plan.txt: a file ends in .json, .md, .html" in wrong.stderr

"""A `digo fleet up` that is killed in a wave, on SQLite: the next one goes on with its run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from entries import agent
from running_fleet import running
from up_workspace import CANARY, UpWorkspace, accounts_of, outcomes
from warm_sandbox import start_sandbox

from sandbox.testing import Sandbox

STACKS = ("canary-1", "chennai-1", "delhi-1", "goa-1")


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[UpWorkspace]:
    (tmp_path / "sandbox").mkdir()
    with start_sandbox(tmp_path / "sandbox", accounts=accounts_of(STACKS)) as sandbox:
        made = UpWorkspace(tmp_path / "project", sandbox, STACKS)
        for stack in STACKS:
            made.agents(stack, sales=agent(1), support=agent(2))
        made.fleet(
            groups={"canary": {"stacks": ["canary-*"]}, "all": {"stacks": ["*"]}},
            waves=[{"name": "canary", "groups": ["canary"]}, {"name": "rest", "groups": ["all"]}],
            concurrency=2,
        )
        yield made


def agents_of(sandbox: Sandbox) -> dict[str, list[str]]:
    """The names of the agents on each account."""
    return {stack: sorted(one["name"] for one in sandbox.account(stack).agents()) for stack in STACKS}


def test_the_next_up_goes_on_where_a_killed_one_was(fleet: UpWorkspace) -> None:
    delhi = fleet.account("delhi-1")
    delhi.fault("hang", path="/v1/agent", nth=[2])
    with running(fleet, "up", "--yes") as up:
        delhi.wait_for(lambda request: request["fault"] == "hang")
        up.kill()
        assert "canary-1" in up.err
    delhi.clear_faults()

    status = fleet.run("status")
    assert "under way" in status.stdout, status.stderr
    report, done = fleet.report()
    assert done.returncode == 0, done.stderr
    assert "has not ended: it goes on" in done.stderr
    assert report["run"] in status.stdout
    assert outcomes(report) == dict.fromkeys(STACKS, "applied")
    assert agents_of(fleet.sandbox) == {stack: ["Agent 1", "Agent 2"] for stack in STACKS}

    for stack in STACKS:
        fleet.account(stack).clear_requests()
    report, done = fleet.report()
    assert done.returncode == 0, done.stderr
    assert report["run"] == ""
    assert outcomes(report) == dict.fromkeys(STACKS, "unchanged")
    assert {method for stack in STACKS for method in (key.split()[0] for key in fleet.account(stack).counts())} == {
        "GET"
    }

    left = fleet.everything_left()
    assert CANARY.encode() not in left
    database = (fleet.folder / ".digo/fleet/fleet.db").read_bytes()
    for text in ("+120255501", "120255501", "Agent 1", "1001"):
        assert text.encode() not in database

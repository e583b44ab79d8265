"""`digo fleet up` on real stacks: accounts of one sandbox, the real engine, and the runs' database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from entries import agent
from up_workspace import UpWorkspace, accounts_of, outcomes

from sandbox.testing import Sandbox, start_sandbox

STACKS = ("canary-1", "chennai-1", "delhi-1", "goa-1")


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with start_sandbox(tmp_path_factory.mktemp("sandbox"), accounts=accounts_of(STACKS)) as sandbox:
        yield sandbox


@pytest.fixture
def fleet(tmp_path: Path, accounts: Sandbox) -> UpWorkspace:
    for stack in STACKS:
        accounts.account(stack).reset()
    return UpWorkspace(tmp_path / "project", accounts, STACKS)


def test_stacks_that_change_are_run_and_a_second_up_does_nothing(fleet: UpWorkspace) -> None:
    for stack in STACKS[:3]:
        fleet.agents(stack, sales=agent(1), support=agent(2))
    report, done = fleet.report()
    print(done.stderr)
    assert outcomes(report) == {**dict.fromkeys(STACKS[:3], "applied"), STACKS[3]: "unchanged"}
    assert report["exitCode"] == done.returncode == 0

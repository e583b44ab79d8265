"""Two stacks on one account, with the same config, at the same moment: each agent is made once, the loser adopts."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import fleet
import pytest
from project import Project

from sandbox.testing import Sandbox

KEPT = {"agent-01": fleet.agent(1)}
MADE = {f"agent-{index:02}": fleet.agent(index) for index in range(10, 14)}


def hold_lists(sandbox: Sandbox, *nth: int) -> int:
    """These lists are made up, and not answered before the fault is lifted."""
    return sandbox.fault("hang-after-commit", method="GET", path="/v1/agents", nth=nth)


def wait_for_lists(sandbox: Sandbox, count: int) -> None:
    deadline = time.monotonic() + 60
    while sum(request["fault"] is not None for request in sandbox.requests()) < count:
        assert time.monotonic() < deadline, sandbox.requests()
        time.sleep(0.1)


@pytest.mark.parametrize("otherwise", [False, True], ids=["alike", "spelt otherwise, with another TMPDIR and HOME"])
def test_two_stacks_that_saw_the_same_account_make_each_agent_once(
    sandbox: Sandbox, tmp_path: Path, tried: Callable[..., None], otherwise: bool
) -> None:
    """The API of the sandbox makes a second agent of the same number and intercom, if it is asked to."""
    sandbox.reset()
    projects = [Project(tmp_path / name, "embedded", sandbox) for name in ("one", "two")]
    if otherwise:
        (tmp_path / "elsewhere").mkdir()
        projects[1].environ |= {name: str(tmp_path / "elsewhere") for name in ("TMPDIR", "HOME", "XDG_RUNTIME_DIR")}
        projects[1].environ["DIGO_ENDPOINT"] = sandbox.url.replace("http://127.0.0.1", "HTTP://LocalHost") + "/"
    for project in projects:
        project.agents(**KEPT)
        project.up()
        project.agents(**KEPT, **MADE)
    sandbox.clear_requests()
    of_programs, of_hosts = hold_lists(sandbox, 1, 2), hold_lists(sandbox, 3, 4)
    runs = [project.start("up", "--skip-preview") for project in projects]
    wait_for_lists(sandbox, 2)  # both programs plan to make the same agents
    sandbox.lift(of_programs)
    wait_for_lists(sandbox, 4)  # and both hosts have seen that the account lacks them
    sandbox.lift(of_hosts)
    outcomes = [project.finish(run) for project, run in zip(projects, runs, strict=True)]

    assert [outcome.code for outcome in outcomes] == [0, 0], outcomes
    assert sandbox.counts()["POST /v1/agent"] == len(MADE)
    eids = {one["name"]: one["eid"] for one in sandbox.agents()}
    assert len(sandbox.agents()) == len(KEPT) + len(MADE)
    for project in projects:
        assert project.ids() == {name: eids[agent["name"]] for name, agent in (KEPT | MADE).items()}
        assert project.steps() == {}
        project.assert_nothing_leaked()
    tried("races")

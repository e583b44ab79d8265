"""Two stacks on one account, with the same config, at the same moment: each thing is made once, the loser adopts."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from sandbox.testing import Sandbox
from tests.faults import fleet, users_scene
from tests.faults.project import Project

KEPT = {"agent-01": fleet.agent(1)}
MADE = {f"agent-{index:02}": fleet.agent(index) for index in range(10, 14)}


def hold_lists(sandbox: Sandbox, path: str, *nth: int) -> int:
    """These lists are made up, and not answered before the fault is lifted."""
    return sandbox.fault("hang-after-commit", method="GET", path=path, nth=nth)


def wait_for_lists(sandbox: Sandbox, count: int) -> None:
    deadline = time.monotonic() + 60
    while sum(request["fault"] is not None for request in sandbox.requests()) < count:
        assert time.monotonic() < deadline, sandbox.requests()
        time.sleep(0.1)


def run_both(projects: list[Project], path: str) -> None:
    """Both ups at once: both programs, and then both hosts, see the same account."""
    sandbox = projects[0].sandbox
    sandbox.clear_requests()
    of_programs, of_hosts = hold_lists(sandbox, path, 1, 2), hold_lists(sandbox, path, 3, 4)
    runs = [project.start("up", "--skip-preview") for project in projects]
    wait_for_lists(sandbox, 2)  # both programs plan to do the same
    sandbox.lift(of_programs)
    wait_for_lists(sandbox, 4)  # and both hosts have seen that it is to be done
    sandbox.lift(of_hosts)
    outcomes = [project.finish(run) for project, run in zip(projects, runs, strict=True)]
    assert [outcome.code for outcome in outcomes] == [0, 0], outcomes


def test_two_stacks_that_saw_the_same_account_make_each_agent_once(
    sandbox: Sandbox, tmp_path: Path, tried: Callable[..., None]
) -> None:
    """The API of the sandbox makes a second agent of the same number and intercom, if it is asked to.

    One of the stacks spells the endpoint otherwise, and has another TMPDIR and HOME.
    """
    sandbox.reset()
    for one in KEPT.values():
        sandbox.add_agent(**one)
    projects = [Project(tmp_path / name, "embedded", sandbox) for name in ("one", "two")]
    (tmp_path / "elsewhere").mkdir()
    projects[1].environ |= {name: str(tmp_path / "elsewhere") for name in ("TMPDIR", "HOME", "XDG_RUNTIME_DIR")}
    projects[1].environ["DIGO_ENDPOINT"] = sandbox.url.replace("http://127.0.0.1", "HTTP://LocalHost") + "/"
    for project in projects:
        project.agents(**KEPT, **MADE)
    run_both(projects, "/v1/agents")
    assert sandbox.counts()["POST /v1/agent"] == len(MADE)
    eids = {one["name"]: one["eid"] for one in sandbox.agents()}
    assert len(sandbox.agents()) == len(KEPT) + len(MADE)
    for project in projects:
        assert project.ids() == {name: eids[agent["name"]] for name, agent in (KEPT | MADE).items()}
        assert project.steps() == {}
        project.assert_nothing_leaked()
    tried("races")


def test_two_stacks_change_the_same_users_and_lists(
    sandbox: Sandbox, tmp_path: Path, tried: Callable[..., None]
) -> None:
    """The API of the sandbox makes a second user of one number, and always a second list of one name, if asked."""
    sandbox.reset()
    sandbox.smartflo.settings(duplicates="allow")
    first = users_scene.project(tmp_path / "one", "embedded", sandbox)
    first.agents(a=users_scene.user(1), b=users_scene.user(2), c=users_scene.user(3))
    first.up()
    projects = [first, first.twin(tmp_path / "two")]
    for project in projects:
        renamed, absent = users_scene.user(1, "Renamed"), users_scene.user(2, absent=True)
        project.agents(a=renamed, b=absent, **{f"new-{index}": users_scene.user(index) for index in (10, 11)})
        users_scene.lists(project, fresh={"name": "Fresh", "leads": [fleet.lead(50)]})
    run_both(projects, "/v1/users")
    names = sorted(one["name"] for one in sandbox.smartflo.users())
    assert names == ["Agent 10", "Agent 11", "Renamed"]
    assert [one["name"] for one in sandbox.smartflo.lists()] == ["Fresh"]
    for project in projects:
        assert project.steps() == {}
        project.assert_nothing_leaked()
    tried("races")

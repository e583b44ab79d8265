"""A write that comes after the run that sent it was killed: the next run waits for it, and does it no second time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from sandbox.testing import Sandbox
from tests.faults import fleet, users_scene
from tests.faults.cutting import VICTIMS, Boundary
from tests.faults.project import Project
from tests.needs.needed import ENGINES

Write = Callable[[Project], None]


@dataclass(frozen=True)
class Late:
    """A late write.

    Attributes:
        project: makes the project.
        boundary: the late request.
        before: writes the config of an up before; None if there is none.
        after: writes the config of the run that is killed.
        seen: the list that the next run has read when the request is carried out: one that shows it to be due.
        names: the account's agents and lists when all is done.
    """

    project: Callable[[Path, str, Sandbox], Project]
    boundary: Boundary
    before: Write | None
    after: Write
    seen: Boundary
    names: tuple[str, ...]


def _users(*indexes: int, **names: str) -> Write:
    named = {index: names.get(f"a{index}") for index in indexes}
    return lambda project: project.agents(
        **{f"a{index}": users_scene.user(index, name) for index, name in named.items()}
    )


def _agents(project: Project) -> None:
    project.agents(a10=fleet.agent(10), a11=fleet.agent(11))


LATE = {
    "create": Late(
        fleet.project,
        Boundary("create", "POST", "/v1/agent", "Agent 10"),
        None,
        _agents,
        Boundary("program", "GET", "/v1/agents"),
        ("Agent 10", "Agent 11"),
    ),
    "user": Late(
        users_scene.project,
        Boundary("create", "POST", "/v1/user", "Agent 10"),
        None,
        _users(10, 11),
        Boundary("program", "GET", "/v1/users"),
        ("Agent 10", "Agent 11"),
    ),
    # The host decides on changes and deletes.
    "change": Late(
        users_scene.project,
        Boundary("change", "PATCH", "/v1/user/*", "Renamed"),
        _users(10, 11),
        _users(10, 11, a10="Renamed"),
        Boundary("host", "GET", "/v1/users", nth=2),
        ("Agent 11", "Renamed"),
    ),
    "delete": Late(
        users_scene.project,
        Boundary("delete", "DELETE", "/v1/user/*"),
        _users(10, 11),
        _users(11),
        Boundary("host", "GET", "/v1/users", nth=2),
        ("Agent 11",),
    ),
    "list": Late(
        users_scene.project,
        Boundary("list", "POST", "/v1/broadcast/list"),
        None,
        lambda project: users_scene.lists(project, fresh={"name": "Fresh"}),
        Boundary("program", "GET", "/v1/broadcast/lists"),
        ("Fresh",),
    ),
}
CASES = [("embedded", "create", "engine"), ("embedded", "change", "engine"), ("embedded", "delete", "host")]
MORE_CASES = [
    case for engine in ENGINES for kind in LATE for victim in VICTIMS if (case := (engine, kind, victim)) not in CASES
]


def names(project: Project) -> tuple[str, ...]:
    """The agents of both of the sandbox's accounts, and the lists."""
    sandbox = project.sandbox
    there = [*sandbox.agents(), *sandbox.smartflo.agents(), *sandbox.smartflo.lists()]
    return tuple(sorted(one["name"] for one in there))


def kill_with_late_request(project: Project, victim: str, boundary: Boundary) -> int:
    """An up that is killed while a request is silent. The API carries it out when the fault is lifted."""
    sandbox = project.sandbox
    # Silent until the client is gone; and what it was asked, the API does much later.
    late: int = sandbox.fault("late", **boundary.match, cut=False, held=True)
    run = project.start("up", "--skip-preview")
    sandbox.wait_for(lambda request: request["fault"] == "late")
    for process in project.processes(VICTIMS[victim][project.engine]):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    if victim == "program":
        # The host lives, and waits for the reply; it is its engine that ends it.
        for process in project.processes(VICTIMS["host"][project.engine]):
            process.kill()
    project.finish(run)
    sandbox.wait_for(lambda request: request["fault"] == "late" and request["outcome"] == "gone")
    if project.engine == "pulumi":
        project.run("cancel")
    return late


@pytest.mark.parametrize(
    ("engine", "kind", "victim"), [*CASES, *(pytest.param(*case, marks=pytest.mark.soak) for case in MORE_CASES)]
)
def test_a_write_that_outlives_its_run_is_waited_for(
    sandbox: Sandbox, tmp_path: Path, engine: str, kind: str, victim: str, tried: Callable[..., None]
) -> None:
    sandbox.reset()
    case = LATE[kind]
    project = case.project(tmp_path / "project", engine, sandbox)
    if case.before is not None:
        case.before(project)
        project.up()
    case.after(project)
    sandbox.clear_requests()
    late = kill_with_late_request(project, victim, case.boundary)
    assert names(project) != case.names

    # It is carried out when the next run has planned to do it, and before it may look again.
    planning = sandbox.fault("hang-after-commit", **case.seen.match)
    run = project.start("up", "--skip-preview", "--json")
    sandbox.wait_for(lambda request: request["fault"] == "hang-after-commit")
    sandbox.lift(late)
    sandbox.wait_for(lambda request: case.boundary.fits(request) and request["committed"])
    sandbox.lift(planning)
    outcome = project.finish(run)
    assert outcome.code == 0, outcome.text
    assert "waiting for late ones" in outcome.stdout
    assert len([request for request in sandbox.requests() if case.boundary.fits(request)]) == 1
    assert names(project) == case.names
    assert len(project.ids()) == len(case.names)
    assert project.steps() == {}
    project.assert_nothing_leaked()
    tried("cuts")

"""A create that is carried out after the run that sent it was killed: the next run waits for it, and takes it over."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path

import fleet
import psutil
import pytest
from cutting import VICTIMS, Boundary
from project import Project

from sandbox.testing import Sandbox

ENGINES = ["embedded", *(["pulumi"] if shutil.which("pulumi") else [])]
CREATE = Boundary("create-10", "POST", "/v1/agent", "Agent 10")
LATE_SECONDS = 4
LATE_MS = 2500

CASES = [("embedded", "engine")]
MORE_CASES = [(engine, victim) for engine in ENGINES for victim in VICTIMS if (engine, victim) not in CASES]


@pytest.mark.parametrize(
    ("engine", "victim"), [*CASES, *(pytest.param(*case, marks=pytest.mark.soak) for case in MORE_CASES)]
)
def test_a_create_that_outlives_its_run_is_waited_for(
    sandbox: Sandbox, tmp_path: Path, engine: str, victim: str, tried: Callable[..., None]
) -> None:
    sandbox.reset()
    project = Project(tmp_path / "project", engine, sandbox)
    project.set_config(lateSeconds=str(LATE_SECONDS))
    project.agents(ten=fleet.agent(10), eleven=fleet.agent(11))
    # Silent until the client is gone; then, in its own time, the API does what it was asked.
    sandbox.fault("late", **CREATE.match, cut=False, ms=LATE_MS)
    run = project.start("up", "--skip-preview")
    sandbox.wait_for(lambda request: request["fault"] == "late")
    for process in project.processes(VICTIMS[victim][engine]):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    if victim == "program":
        # The host lives, and waits for the reply; it is its engine that ends it.
        for process in project.processes(VICTIMS["host"][engine]):
            process.kill()
    project.finish(run)
    assert "Agent 10" not in {one["name"] for one in sandbox.agents()}, "the create was not late"

    if engine == "pulumi":
        project.run("cancel")
    project.up()
    (late,) = (request for request in sandbox.requests() if CREATE.fits(request))
    assert late["committed"]
    assert sorted(one["name"] for one in sandbox.agents()) == ["Agent 10", "Agent 11"]
    assert project.ids()["ten"] == next(one["eid"] for one in sandbox.agents() if one["name"] == "Agent 10")
    assert project.steps() == {}
    project.assert_nothing_leaked()
    tried("cuts")

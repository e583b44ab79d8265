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

from sandbox.testing import Sandbox

ENGINES = ["embedded", *(["pulumi"] if shutil.which("pulumi") else [])]
CREATE = Boundary("create-10", "POST", "/v1/agent", "Agent 10")

CASES = [("embedded", "engine")]
MORE_CASES = [(engine, victim) for engine in ENGINES for victim in VICTIMS if (engine, victim) not in CASES]


@pytest.mark.parametrize(
    ("engine", "victim"), [*CASES, *(pytest.param(*case, marks=pytest.mark.soak) for case in MORE_CASES)]
)
def test_a_create_that_outlives_its_run_is_waited_for(
    sandbox: Sandbox, tmp_path: Path, engine: str, victim: str, tried: Callable[..., None]
) -> None:
    sandbox.reset()
    project = fleet.project(tmp_path / "project", engine, sandbox)
    project.agents(ten=fleet.agent(10), eleven=fleet.agent(11))
    # Silent until the client is gone; and what it was asked, the API does much later.
    late = sandbox.fault("late", **CREATE.match, cut=False, held=True)
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
    sandbox.wait_for(lambda request: request["fault"] == "late" and request["outcome"] == "gone")
    assert "Agent 10" not in {one["name"] for one in sandbox.agents()}

    if engine == "pulumi":
        project.run("cancel")
    # The create is carried out when the next run has planned to make the agent, and before it may look again.
    planning = sandbox.fault("hang-after-commit", method="GET", path="/v1/agents", nth=[1])
    run = project.start("up", "--skip-preview", "--json")
    sandbox.wait_for(lambda request: request["fault"] == "hang-after-commit")
    sandbox.lift(late)
    sandbox.wait_for(lambda request: CREATE.fits(request) and request["committed"])
    sandbox.lift(planning)
    outcome = project.finish(run)
    assert outcome.code == 0, outcome.text
    assert "waiting for late ones" in outcome.stdout
    assert len([request for request in sandbox.requests() if CREATE.fits(request)]) == 1
    assert sorted(one["name"] for one in sandbox.agents()) == ["Agent 10", "Agent 11"]
    assert project.ids()["ten"] == next(one["eid"] for one in sandbox.agents() if one["name"] == "Agent 10")
    assert project.steps() == {}
    project.assert_nothing_leaked()
    tried("cuts")

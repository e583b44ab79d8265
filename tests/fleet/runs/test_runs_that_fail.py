"""Runs that end before their end: given up, or failed as a whole. Each stack has a result, and none begins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from dbos import DBOS
from sqlalchemy.exc import OperationalError

from digo.fleet.plan.stack_plan import FleetPlan, PlanOutcome, StackPlan, StepSummary
from digo.fleet.runs.database import database_of
from digo.fleet.runs.dbos_log import log_to_file
from digo.fleet.runs.executor import Executor, launched
from digo.fleet.runs.identity import fleet_name
from digo.fleet.runs.run_document import RunDocument
from digo.fleet.runs.runs import Runs, open_runs
from digo.fleet.runs.stack_steps import StackSteps
from digo.fleet.runs.store import FLEET_UP, RunStore
from digo.fleet.up.engine_process import Engines
from digo.fleet.up.run_view import RunView
from digo.plan.plan_step import Verb
from digo.settings.profiles import Subject
from tests.fleet.fleet_project import FleetProject

STACKS = ("a", "b")
SECONDS = 60.0
STEPS = (StepSummary(Verb.CREATE, Subject.AGENT, "sales"),)
PLAN = FleetPlan(tuple(StackPlan(one, PlanOutcome.CHANGES, f"hash-{one}", steps=STEPS, account=one) for one in STACKS))


@pytest.fixture
def project(tmp_path: Path) -> FleetProject:
    return FleetProject(tmp_path / "project", {name: {} for name in STACKS}, "groups: {all: {stacks: ['*']}}")


@pytest.fixture
def store(project: FleetProject) -> Iterator[RunStore]:
    fleet = project.load()
    found = RunStore(database_of(fleet.root, "sqlite", {}), fleet_name(fleet.project.name))
    yield found
    found.close()


@pytest.fixture
def runs(project: FleetProject) -> Iterator[Runs]:
    with open_runs(project.load()) as found:
        yield found


def last_view(runs: Runs, document: RunDocument) -> RunView:
    """The run as it is now."""
    return runs.follower(document).look()


def steps_of(project: FleetProject, store: RunStore, process: str) -> StackSteps:
    return StackSteps(project.load(), Engines(), store, process)


def coordinated(
    project: FleetProject,
    store: RunStore,
    runs: Runs,
    act: Callable[[StackSteps], None],
    seen: Callable[[Executor], None],
) -> None:
    """A process that coordinates runs by `act`, until `seen` has seen enough."""

    def register(process: str) -> None:
        steps = steps_of(project, store, process)

        @DBOS.workflow(name=FLEET_UP)
        async def fleet_up(_: dict[str, Any]) -> None:
            with steps.recorded():
                act(steps)

    log_to_file(project.folder)
    with launched(store.database, store.fleet, runs.label, register) as executor:
        seen(executor)


def test_a_run_that_was_given_up_leaves_each_stack_skipped(project: FleetProject, store: RunStore, runs: Runs) -> None:
    document = runs.begin(PLAN)
    steps = steps_of(project, store, "me")
    assert steps.begin(document.run, "a") == {"process": "me"}
    store.stop(document.run, document.label, "for another one")
    store.give_up(document.run)
    view = last_view(runs, document)
    assert (view.ended, view.stopped) == (True, "for another one")
    assert [(one.stack, one.outcome.value, one.reason) for one in view.results] == [
        (stack, "skipped", "the run was stopped: for another one") for stack in STACKS
    ]
    assert steps.begin(document.run, "a")["outcome"] == "skipped"


def test_a_run_that_failed_as_a_whole_says_why_and_begins_nothing(
    project: FleetProject, store: RunStore, runs: Runs
) -> None:
    document = runs.begin(PLAN)
    ended = Event()

    def fail(_: StackSteps) -> None:
        raise ValueError("a fault of the coordinator")

    def look(_: Executor) -> None:
        while not last_view(runs, document).ended:
            assert not ended.wait(0.1)

    coordinated(project, store, runs, fail, look)
    view = last_view(runs, document)
    assert view.stopped.startswith("the run has failed as a whole: ")
    assert "a fault of the coordinator" in view.stopped
    assert [one.outcome.value for one in view.results] == ["skipped", "skipped"]
    refused = steps_of(project, store, "me").begin(document.run, "a")
    assert refused["reason"] == "the run was stopped: the run has ended without it"


def test_a_database_that_takes_no_record_leaves_the_run_to_the_next_process(
    project: FleetProject, store: RunStore, runs: Runs
) -> None:
    document = runs.begin(PLAN)
    failed = Event()
    lost: list[StackSteps] = []

    def fill(steps: StackSteps) -> None:
        lost.append(steps)
        failed.set()
        raise OperationalError("UPDATE", {}, Exception("database or disk is full"))

    coordinated(project, store, runs, fill, lambda _: None if failed.wait(SECONDS) else pytest.fail("it never began"))
    assert "database or disk is full" in lost[0].lost
    (found,) = runs.unfinished()
    assert (found.document.run, found.ended) == (document.run, False)

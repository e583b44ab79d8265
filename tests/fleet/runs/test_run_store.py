"""Runs in the database without a process that works on them: begun, found again, stopped, given up, removed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from digo.fleet.plan.stack_plan import FleetPlan, PlanOutcome, StackPlan, StepSummary
from digo.fleet.runs import store
from digo.fleet.runs.database import database_of
from digo.fleet.runs.dbos_log import log_to_file
from digo.fleet.runs.executor import launched
from digo.fleet.runs.failure import RunsError
from digo.fleet.runs.run_document import RunDocument, stack_of, stack_workflow, stop_workflow
from digo.fleet.runs.runs import Runs, open_runs
from digo.plan.plan_step import Verb
from digo.settings.profiles import Subject
from digo.version import VERSION
from tests.fleet.fleet_project import FleetProject

FLEET = """
groups:
  canary: {stacks: [a]}
  all: {stacks: ["*"]}
waves:
  - {name: canary, groups: [canary], wait: 10m}
  - {name: rest, groups: [all]}
failures: {stop: "50%"}
"""
STACKS = ("a", "b", "c", "d", "e")


def plan_of(stack: str, outcome: PlanOutcome = PlanOutcome.CHANGES) -> StackPlan:
    """A plan with one entry to create, unless it is unchanged."""
    steps = (StepSummary(Verb.CREATE, Subject.AGENT, "sales", reason="why"),) if outcome.value == "changes" else ()
    return StackPlan(stack, outcome, "hash-of-" + stack, {"config": "c"}, steps, account=stack, reason="a reason")


PLAN = FleetPlan((*(plan_of(one) for one in STACKS[:4]), plan_of("e", PlanOutcome.UNCHANGED)), "abc123")


@pytest.fixture
def project(tmp_path: Path) -> FleetProject:
    return FleetProject(tmp_path / "project", {name: {} for name in STACKS}, FLEET)


@pytest.fixture
def runs(project: FleetProject) -> Iterator[Runs]:
    with open_runs(project.load()) as found:
        yield found


def test_a_run_has_what_changes_in_waves_and_no_value(runs: Runs) -> None:
    document = runs.begin(PLAN, left_out={"d": "its plan is refused"})
    assert [(one.name, one.stacks, one.failures, one.wait) for one in document.waves] == [
        ("canary", ("a",), 1, 600.0),
        ("rest", ("b", "c"), 1, 0.0),
    ]
    assert document.stacks == ("a", "b", "c")
    assert document.pins["a"]["plan"] == "hash-of-a"
    assert document.pins["a"]["reason"] == ""
    assert document.left_out == {"d": "its plan is refused"}
    assert document.label.startswith(f"{VERSION}+")
    (found,) = runs.all()
    assert found.document == document
    assert (found.ended, found.stopped, found.same) == (False, None, True)


def test_another_selection_or_config_is_another_run_and_a_salt_is_not(runs: Runs, project: FleetProject) -> None:
    runs.begin(PLAN)

    def same() -> list[bool]:
        with open_runs(project.load()) as again:
            return [one.same for one in again.unfinished()]

    stack_file = project.folder / "Pulumi.a.yaml"
    stack_file.write_text("encryptionsalt: v1:abc\n" + stack_file.read_text())
    assert same() == [True]
    with open_runs(project.load().only(STACKS[:4])) as fewer:
        assert [one.same for one in fewer.unfinished()] == [False]
    agents = project.folder / "config/b/agents.yaml"
    agents.write_text(agents.read_text() + "# another text\n")
    assert same() == [False]
    assert not runs.is_current


def test_a_run_is_stopped_once_and_says_why(runs: Runs) -> None:
    document = runs.begin(PLAN)
    for why in ("the first reason", "another one"):
        runs.stop(document, why)
        (found,) = runs.unfinished()
        assert found.stopped == "the first reason"


def test_a_run_of_another_version_is_given_up_and_one_of_another_tool_cannot_go_on(runs: Runs) -> None:
    document = runs.begin(PLAN)
    other = replace(document, label="0.0.1+abc")
    with pytest.raises(RunsError, match=r"was begun by digo 0\.0\.1"):
        runs.worker(other)
    runs.restart(document, "for another one")
    assert not runs.all()[0].ended  # workers of this version end it
    runs.restart(other, "for another one")
    (found,) = runs.all()
    assert (found.ended, found.stopped) == (True, "for another one")


def test_runs_that_have_ended_are_removed_but_for_the_last(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, begun = 3, []
    monkeypatch.setattr(store, "KEPT", kept)
    for _ in range(kept + 3):
        document = runs.begin(PLAN)
        begun.append(document.run)
        runs.restart(replace(document, label="another"), "over")
    last = runs.begin(PLAN)
    assert [one.document.run for one in runs.all()] == [last.run, *reversed(begun[3:])]


def test_a_look_at_a_run_under_way_is_one_question_to_the_database(runs: Runs) -> None:
    document = runs.begin(PLAN)
    questions: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        questions.append(statement)

    follower = runs.follower(document)
    event.listen(Engine, "before_cursor_execute", count)
    try:
        view = follower.look()
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    assert len([one for one in questions if one.startswith("SELECT")]) == 1, questions
    assert (view.run, view.stacks, view.results, view.stopped, view.ended) == (document.run, 4, (), "", False)


def test_ids_of_workflows_tell_their_stack() -> None:
    assert stack_of(stack_workflow("run", "chennai-1", 12)) == ("chennai-1", 12)
    assert stack_of(stack_workflow("run", "stop", 1)) == ("stop", 1)
    assert stack_of(stop_workflow("run")) is None
    assert stack_of("run") is None


def test_a_document_of_a_later_version_is_read_and_another_text_is_refused(runs: Runs) -> None:
    document = runs.begin(PLAN)
    assert RunDocument.from_dict({**document.to_dict(), "later": 1}) == document
    with pytest.raises(ValueError, match="this is not a run of a fleet"):
        RunDocument.from_dict({"run": "x"})


def test_a_process_has_one_worker_at_a_time(project: FleetProject) -> None:
    database = database_of(project.folder, "sqlite", {})
    log_to_file(project.folder)
    for _ in range(2):
        with launched(database, "digo-fleet-test", "label", lambda _: None) as first:
            with (
                pytest.raises(RunsError, match="DBOS runs in this process already"),
                launched(database, "digo-fleet-test", "label", lambda _: None),
            ):
                raise AssertionError("a second one was launched")
            assert not first.lost
            locks = [one.name for one in (project.folder / ".digo/fleet/processes").iterdir()]
            assert locks == [f"{first.name}.lock"]
    assert list((project.folder / ".digo/fleet/processes").iterdir()) == []

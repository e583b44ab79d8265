"""The same steps on GitLab, and where no service runs them."""

from __future__ import annotations

import fcntl

import pytest

from sandbox.testing import Sandbox
from tests.ci.fake_hosting import Service
from tests.ci.pipeline import HEAD, MERGE, Pipeline, agent, gitlab
from tests.scenarios.workspace import STACK

SHELL = "docs/ci/shell/digo-ci.sh"


def test_gitlab_from_review_to_merge(pipeline: Pipeline, service: Service, sandbox: Sandbox) -> None:
    pipeline.workspace.agents(sales=agent(0))
    pipeline.on(gitlab(service))
    for done in ("made", "updated"):
        outcome = pipeline.step("plan", STACK)
        assert outcome.code == 0, outcome.text
        assert f"{done} {service.url}/o/r/-/merge_requests/5#note_1" in outcome.stdout
    assert len(service.comments_of_mine()) == 1

    service.merges[MERGE] = [{"iid": 5, "state": "merged", "merge_commit_sha": MERGE, "sha": HEAD}]
    service.head_pipelines[5] = {"id": 77, "project_id": 1, "status": "success"}
    service.pipelines[77] = [{"id": 2, "name": f"digo-plan: [{STACK}]", "status": "success"}]
    service.files[2] = pipeline.file("plan.json").encode()
    pipeline.on(gitlab(service, commit=MERGE))
    sandbox.add_agent(f"{agent(40)['follow_me_number']}", name="Panel", intercom=1900)
    refused = pipeline.step("up", STACK)
    assert refused.code == 1
    assert "is not the one that was reviewed" in refused.text
    assert pipeline.writes() == 0
    done_by_hand = pipeline.step("up", STACK, DIGO_REVIEWED=pipeline.plan)
    assert done_by_hand.code == 0, done_by_hand.text
    assert pipeline.writes() == 1

    sandbox.delete_agent(next(one["eid"] for one in sandbox.agents() if one["name"] == "Agent 0"))
    assert pipeline.step("drift", STACK).code == 2
    assert pipeline.step("drift", STACK).code == 2
    assert len(service.open_issues()) == 1


@pytest.mark.needs("flock")
def test_a_plain_shell(pipeline: Pipeline, sandbox: Sandbox) -> None:
    pipeline.on({})
    pipeline.workspace.agents(sales=agent(0))
    review = pipeline.script(SHELL, "review", STACK)
    assert review.code == 0, review.text
    assert f"The plan as a page: digo-ci/{STACK}/plan.html" in review.stdout
    plan = pipeline.plan
    assert f"Plan: {plan}" in review.stdout

    with (pipeline.folder / ".digo" / f"ci-{STACK}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        beside = pipeline.script(SHELL, "up", STACK, plan)
    assert beside.code == 1
    assert "another run of stack test is under way; nothing was done" in beside.stderr

    assert pipeline.script(SHELL, "up", STACK, "bbbb-bbbb-bbbb-bbbb-bbbb-bbbb-bbbb-bbbb").code == 1
    assert pipeline.writes() == 0
    done = pipeline.script(SHELL, "up", STACK, plan)
    assert done.code == 0, done.text
    assert pipeline.writes() == 1
    assert pipeline.script(SHELL, "drift", STACK).code == 0
    assert pipeline.service.log == []
    usage = pipeline.script(SHELL, "up", STACK)
    assert usage.code == 1
    assert "up STACK HASH" in usage.stderr


@pytest.mark.needs("flock")
def test_a_plain_shell_that_cannot_begin_reports_no_drift(pipeline: Pipeline) -> None:
    pipeline.on({})
    elsewhere = pipeline.script(SHELL, "drift", STACK, DIGO_PYTHON="nowhere/python")
    assert elsewhere.code == 1
    assert "there is no nowhere/python here: run this in the project's folder" in elsewhere.stderr
    lock = pipeline.folder / ".digo" / f"ci-{STACK}.lock"
    lock.parent.mkdir(exist_ok=True)
    lock.symlink_to("nowhere/at-all")
    assert pipeline.script(SHELL, "drift", STACK).code == 1


@pytest.mark.parametrize("name", ["plan", "up", "drift", "fork-plan"])
def test_a_step_without_its_stack_says_how_it_is_called(pipeline: Pipeline, name: str) -> None:
    """Not with the shell's own exit code, 2: of a drift it says that an up mends it."""
    pipeline.on({})
    outcome = pipeline.step(name)
    assert outcome.code == 1
    assert f"usage: docs/ci/steps/{name}.sh STACK" in outcome.stderr

"""A pull request's plan, shown once however often it is made, and the up that does that plan or nothing."""

from __future__ import annotations

import json
from typing import Any

from sandbox.testing import Sandbox
from tests.ci.fake_hosting import ME, Service
from tests.ci.pipeline import HEAD, MERGE, Pipeline, agent, github
from tests.scenarios.workspace import STACK

MARKER = f"<!-- digo-plan: {STACK} -->"


def test_the_comment_is_updated_not_repeated(pipeline: Pipeline, service: Service) -> None:
    for index in range(120):
        service.add_note(f"chatter {index}")
    forged = service.add_note(f"{MARKER}\nall is well")
    pipeline.workspace.agents(sales=agent(0))
    first = pipeline.step("plan", STACK)
    assert first.code == 0, first.text
    assert f"made {service.url}/comment/122" in first.stdout
    assert pipeline.plan in service.comments_of_mine()[0]

    pipeline.workspace.agents(sales=agent(0), support=agent(1))
    second = pipeline.step("plan", STACK)
    assert second.code == 0, second.text
    assert f"updated {service.url}/comment/122" in second.stdout
    (body,) = service.comments_of_mine()
    assert body.startswith(f"{MARKER}\n### digo plan for `{STACK}`: changes")
    assert pipeline.plan in body and "create</b>: 2" in body
    assert f"Commit {HEAD[:12]}" in body and "/actions/runs/42" in body
    assert f"{agent(0)['follow_me_number']}" not in body
    assert forged["body"] == f"{MARKER}\nall is well"

    # A plan that cannot be made must not leave the last one standing as if it were of this commit.
    pipeline.workspace.write("agents.yaml", "agents: {sales: {nam: x}}")
    broken = pipeline.step("plan", STACK)
    assert broken.code == 1
    (body,) = service.comments_of_mine()
    assert "no plan could be made" in body
    assert not (pipeline.folder / "digo-ci" / STACK / "plan.json").exists()


def test_a_refused_plan_is_shown_and_fails_the_job(pipeline: Pipeline, service: Service) -> None:
    pipeline.workspace.set_config(guards=json.dumps({"maxCreates": 0}))
    pipeline.workspace.agents(sales=agent(0))
    outcome = pipeline.step("plan", STACK)
    assert outcome.code == 1
    (body,) = service.comments_of_mine()
    assert "an up would be refused" in body and "maxCreates" in body and f"`plan: {pipeline.plan}`" in body


def test_validate_annotates_on_github_and_speaks_plainly_elsewhere(pipeline: Pipeline) -> None:
    pipeline.workspace.agents(sales=agent(0))
    assert pipeline.step("validate").code == 0
    pipeline.workspace.write("agents.yaml", "agents: {sales: {nam: x}}")
    outcome = pipeline.step("validate")
    assert outcome.code == 1
    assert f"::error file=config/{STACK}/agents.yaml,line=1," in outcome.stdout
    pipeline.on({})
    outcome = pipeline.step("validate")
    assert outcome.code == 1
    assert f"error: config/{STACK}/agents.yaml:1:" in outcome.stdout


def test_a_merge_does_what_was_reviewed_and_a_second_run_nothing(
    pipeline: Pipeline, service: Service, sandbox: Sandbox
) -> None:
    pipeline.workspace.agents(sales=agent(0), support=agent(1))
    assert pipeline.step("plan", STACK).code == 0
    plan = pipeline.plan
    pipeline.merge()
    outcome = pipeline.step("up", STACK)
    assert outcome.code == 0, outcome.text
    assert f"reviewed: {plan}" in outcome.stdout
    assert "since then: nothing has changed" in outcome.stdout
    assert len(sandbox.agents()) == 2
    # The artefact lies on another host, which is not told the token.
    assert service.strangers == [None]

    # Once nothing is left, nobody is asked what was reviewed: a commit that changes no config needs no plan.
    service.artifacts.clear()
    again = pipeline.step("up", STACK)
    assert again.code == 0, again.text
    assert "Nothing to do." in again.stdout
    assert pipeline.writes() == 2


def test_an_up_is_refused_when_the_account_changed_since_review(
    pipeline: Pipeline, service: Service, sandbox: Sandbox
) -> None:
    pipeline.workspace.agents(sales=agent(0))
    assert pipeline.step("plan", STACK).code == 0
    reviewed = pipeline.plan
    pipeline.merge()
    sandbox.add_agent(f"{agent(40)['follow_me_number']}", name="Panel", intercom=1900)
    refused = pipeline.step("up", STACK)
    assert refused.code == 1
    assert "this plan is not the one that was reviewed; nothing was written" in refused.text
    assert "the account has changed" in refused.stdout
    assert "run this job by hand" in refused.stdout
    summary = (pipeline.folder / "summary.md").read_text()
    assert [pipeline.plan in summary, reviewed in summary] == [True, True]
    assert pipeline.writes() == 0
    # The up itself refuses too: a hash alone, without the plan that it is of, is all that it needs.
    pinned = pipeline.step("up", STACK, DIGO_REVIEWED=reviewed)
    assert pinned.code == 1
    assert f"reviewed: {reviewed} (DIGO_PLAN)" in pinned.text
    assert pipeline.writes() == 0

    # Somebody reads the plan of now, and runs the job by hand with its hash.
    assert pipeline.plan != reviewed
    done = pipeline.step("up", STACK, DIGO_REVIEWED=pipeline.plan)
    assert done.code == 0, done.text
    assert pipeline.writes() == 1


def test_an_up_from_elsewhere_makes_it_another_plan_although_the_account_is_the_same(
    pipeline: Pipeline, service: Service
) -> None:
    def leads(*phones: int) -> dict[str, Any]:
        entries = [{"phone": agent(index)["follow_me_number"]} for index in phones]
        return {"lists": {"otp": {"id": 4711, "columns": {"phone": "field_0"}, "leads": entries}}}

    pipeline.workspace.write("lists.yaml", leads(50))
    assert pipeline.step("plan", STACK).code == 0
    pipeline.workspace.write("lists.yaml", leads(50, 51))
    pipeline.workspace.up()
    pipeline.workspace.write("lists.yaml", leads(50))
    pipeline.merge()
    writes = pipeline.writes()
    refused = pipeline.step("up", STACK)
    assert refused.code == 1
    assert "the state has changed: there was another up" in refused.stdout
    assert "lead otp-0151: nothing planned → forget" in refused.stdout
    assert pipeline.writes() == writes


def test_a_commit_that_nobody_reviewed_is_not_carried_out(pipeline: Pipeline, service: Service) -> None:
    pipeline.workspace.agents(sales=agent(0))
    pipeline.on(github(service, pipeline.folder / "event.json", commit=MERGE))
    outcome = pipeline.step("up", STACK)
    assert outcome.code == 1
    assert "is not a merge of a pull request" in outcome.stderr
    assert pipeline.step("up", STACK, DIGO_REVIEWED="latest").code == 1
    pipeline.on({})
    assert "set DIGO_REVIEWED" in pipeline.step("up", STACK).stderr
    assert pipeline.writes() == 0


def test_a_wrong_token_is_told_without_the_token(pipeline: Pipeline) -> None:
    pipeline.workspace.agents(sales=agent(0))
    outcome = pipeline.step("plan", STACK, GITHUB_TOKEN="example-wrong-token")
    assert outcome.code == 1
    assert "401" in outcome.stderr and "docs/ci/README.md" in outcome.stderr
    assert "example-wrong-token" not in outcome.text
    assert ME not in outcome.text

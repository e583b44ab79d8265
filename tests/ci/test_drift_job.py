"""The nightly comparison: its exit codes, and the one issue that it opens, updates and closes."""

from __future__ import annotations

from sandbox.testing import Sandbox
from tests.ci.fake_hosting import OTHER, Service
from tests.ci.pipeline import Pipeline, agent
from tests.scenarios.workspace import STACK

NONE, ERROR, MENDABLE, STUCK = 0, 1, 2, 3
MARKER = f"<!-- digo-drift: {STACK} -->"


def test_one_issue_from_the_first_drift_to_the_last(pipeline: Pipeline, service: Service, sandbox: Sandbox) -> None:
    pipeline.workspace.agents(sales=agent(0), support=agent(1))
    pipeline.workspace.up()
    quiet = pipeline.step("drift", STACK)
    assert quiet.code == NONE, quiet.text
    assert "no issue is open" in quiet.stdout
    forged = service.add_issue(f"{MARKER}\nall is well", ["digo-drift"], OTHER)

    eids = {one["name"]: one["eid"] for one in sandbox.agents()}
    sandbox.delete_agent(eids["Agent 1"])
    gone = pipeline.step("drift", STACK)
    assert gone.code == MENDABLE, gone.text
    assert "opened " in gone.stdout
    sandbox.edit_agent(eids["Agent 0"], name="Panel ``` @everyone")
    renamed = pipeline.step("drift", STACK)
    assert renamed.code == STUCK, renamed.text
    assert "updated " in renamed.stdout
    other, mine = service.open_issues()
    assert other == forged["body"] == f"{MARKER}\nall is well"
    assert mine.startswith(f"{MARKER}\n### digo drift for `{STACK}`")
    assert "**replace: 1 entry**" in mine and "**cannot converge, changed on the account: 1 field**" in mine
    assert "| entry | field | config | last up | account |" in mine
    # No name ends its cell, or mentions anybody.
    assert "Panel" in mine and "@everyone" not in mine and "```" not in mine
    assert agent(0)["follow_me_number"] not in mine

    # The account cannot be read: an error, and the issue stays as it was.
    sandbox.fault("html", path="/v1/agents", times="always")
    assert pipeline.step("drift", STACK).code == ERROR
    assert service.open_issues() == [other, mine]
    sandbox.clear_faults()

    sandbox.edit_agent(eids["Agent 0"], name="Agent 0")
    pipeline.workspace.up()
    mended = pipeline.step("drift", STACK)
    assert mended.code == NONE, mended.text
    assert "closed " in mended.stdout
    assert service.open_issues() == [other]
    assert "agree again" in service.issues[-1]["body"]


def test_without_a_service_the_exit_code_and_the_text_are_all(pipeline: Pipeline, sandbox: Sandbox) -> None:
    pipeline.on({})
    pipeline.workspace.agents(sales=agent(0))
    outcome = pipeline.step("drift", STACK)
    assert outcome.code == MENDABLE
    assert "| agent `sales` `config/test/agents.yaml:2:3` |" in outcome.stdout
    assert pipeline.service.log == []

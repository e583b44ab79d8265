"""Runs with targets that leave `account` out: the guards are not asked, so nothing is written or adopted."""

from __future__ import annotations

import asyncio
import re
from datetime import date, timedelta

import pulumi
import pytest
from pulumi.runtime import mocks

from providers.account import NOT_IN_STATE, Account
from sandbox.testing import Sandbox
from tests.scenarios.entries import NUMBERS, agent, lead, lists
from tests.scenarios.guarding import limit, planned_refused
from tests.scenarios.workspace import Outcome, Workspace, requests

TOMORROW = (date.today() + timedelta(days=1)).isoformat()
STACK = "urn:pulumi:test::pulumi-digo::"
GATE = f"{STACK}pulumi-python:dynamic/digo:Account::account"


def urn(key: str, kind: str = "Agent") -> str:
    return f"{STACK}pulumi-python:dynamic/digo:{kind}::{key}"


def posts(sandbox: Sandbox) -> int:
    return sum(count for name, count in requests(sandbox).items() if name.startswith("POST"))


def stopped(outcome: Outcome) -> str:
    assert outcome.code not in (0, None), outcome.text
    assert "the guards were not asked in this run" in outcome.text
    assert "Traceback" not in outcome.text
    return outcome.text


def approve(workspace: Workspace, guard: str, plan: str) -> None:
    entry = {"guard": guard, "reason": "reviewed", "plan": plan, "expires": TOMORROW}
    workspace.write("approvals.yaml", {"approvals": [entry]})


def test_targets_alone_are_refused_until_an_approval_names_the_plan(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(night=agent(0))
    workspace.up()
    # They adopt nothing.
    panel = sandbox.add_agent(name="Agent 1", follow_me_number=NUMBERS[1], intercom="1001")
    workspace.agents(night=agent(0), sales=agent(1))
    stopped(workspace.run("up", "--skip-preview", "--target", urn("sales")))
    assert sorted(workspace.state()) == ["night"]
    sandbox.delete_agent(panel["eid"])

    limit(workspace, maxCreates=2)
    workspace.agents(night=agent(0), sales=agent(1), support=agent(2))
    workspace.write("lists.yaml", lists(lead(0)))
    sandbox.clear_requests()
    for run in (
        ["preview", "--target", urn("sales")],
        ["up", "--skip-preview", "--target", "**::s*", "--target-dependents", "--target", "**Lead::**"],
        ["up", "--skip-preview", "--target-replace", urn("night")],
    ):
        text = stopped(workspace.run(*run))
    assert posts(sandbox) == 0
    assert len(sandbox.agents()) == 1 and sorted(workspace.state()) == ["night"]
    # What changes nothing needs no guard.
    assert workspace.run("up", "--skip-preview", "--target", urn("night")).code == 0
    assert workspace.run("refresh").code == 0

    plan = re.findall(r"`plan: ([b-t-]{39})`", text)[0]
    assert f"Plan: {plan}" in workspace.digo("plan").stdout
    approve(workspace, "targets", plan)
    assert workspace.run("up", "--skip-preview", "--target", urn("sales")).code == 0
    assert [record["name"] for record in sandbox.agents()] == ["Agent 0", "Agent 1"]
    # The account is another one now, so the approval is for another plan.
    assert f"is for the plan {plan}, and this one is" in stopped(workspace.run("up", "--target", urn("support")))
    # The next run is judged by what is left.
    limit(workspace, maxCreates=1)
    planned_refused(workspace, "creates", "the plan has 2 creates; at most 1 is allowed")
    limit(workspace, maxCreates=2)
    workspace.up()
    workspace.assert_nothing_left()


def test_a_run_that_left_entries_out_does_not_hide_them_from_the_next(workspace: Workspace, sandbox: Sandbox) -> None:
    """Each of these runs is within the limits, and records a plan of which it does nothing."""
    limit(workspace, maxUpdates=1)
    workspace.write("lists.yaml", lists(*(lead(index, otp="111111") for index in range(2))))
    workspace.up()
    for changed in (1, 2):
        leads = [lead(index, otp="222222" if index < changed else "111111") for index in range(2)]
        workspace.write("lists.yaml", lists(*leads))
        assert workspace.run("up", "--skip-preview", "--target", GATE).code == 0
    sandbox.clear_requests()
    for outcome in (workspace.digo("plan"), workspace.run("up", "--skip-preview")):
        assert outcome.code not in (0, 2, 3)
        assert "the guards refuse what this run would change by the state" in outcome.text
        assert "at most 1 is allowed (maxUpdates)" in outcome.text
    assert posts(sandbox) <= 1
    approve(workspace, "updates", re.findall(r"`plan: ([b-t-]{39})`", outcome.text)[0])
    workspace.up()
    assert {row["fields"]["field_5"] for row in sandbox.leads("4711")} == {"222222"}
    workspace.assert_nothing_left()

    # Nor does replacing by hand send past the limits.
    limit(workspace, maxCreates=1)
    replaced = (part for index in range(2) for part in ("--replace", urn(f"otp-015{index}", "Lead")))
    outcome = workspace.run("preview", *replaced)
    assert outcome.code != 0
    assert "creates: the plan has 2 creates; at most 1 is allowed (maxCreates)" in outcome.text


def test_a_first_up_without_the_account_leaves_no_state_behind(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(sales=agent(0), night=agent(1))
    sandbox.add_agent(name="Agent 1", follow_me_number=NUMBERS[1], intercom="1001")
    assert workspace.run("up", "--skip-preview", "--target", "**Agent::**").code != 0
    assert workspace.state() == {}
    assert len(sandbox.agents()) == 1
    workspace.up()
    workspace.assert_nothing_left()


class LeftOut(mocks.Mocks):
    """An engine that leaves the account out of a first up: the answer has no id."""

    def __init__(self, id_: str) -> None:
        self.id_ = id_
        self.made: list[str] = []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, object]]:
        self.made.append(args.name)
        return (self.id_ if args.name == "account" else "e1"), dict(args.inputs)

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, object], None]:
        return {}, None


@pytest.mark.parametrize(
    ("id_", "preview", "goes_on"), [("account", False, True), ("", False, False), ("", True, True)]
)
def test_the_program_registers_nothing_below_an_account_that_the_state_lacks(
    id_: str, preview: bool, goes_on: bool
) -> None:
    """Pulumi's `--exclude` takes a resource whose dependency it leaves out. The state would then be unreadable."""
    engine = LeftOut(id_)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    pulumi.runtime.set_mocks(engine, preview=preview)

    async def program() -> str | None:
        account = Account("account", endpoint="http://h", profile="digo", seen=0, run={})
        return await account.urn.future()

    if goes_on:
        assert "Account::account" in str(loop.run_until_complete(program()))
    else:
        with pytest.raises(pulumi.RunError) as error:
            loop.run_until_complete(program())
        assert str(error.value) == NOT_IN_STATE
    assert engine.made == ["account"]

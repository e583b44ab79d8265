"""The account's gate: a guard refuses preview and up alike, before anything is written; an approval lifts it once."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from sandbox.testing import Sandbox
from tests.scenarios.entries import NUMBERS, agent, lead, lists
from tests.scenarios.guarding import PREVIEW, UP, limit, planned_refused, refused
from tests.scenarios.workspace import Workspace, requests

TOMORROW = (date.today() + timedelta(days=1)).isoformat()


def many(count: int) -> dict[str, dict[str, Any]]:
    return {f"a{index}": agent(index) for index in range(count)}


def approve(workspace: Workspace, guard: str, plan: str, expires: str = TOMORROW) -> None:
    entry = {"guard": guard, "reason": "reviewed", "plan": plan, "expires": expires}
    workspace.write("approvals.yaml", {"approvals": [entry]})


def test_creates_above_the_limit_need_an_approval_for_exactly_this_plan(workspace: Workspace, sandbox: Sandbox) -> None:
    """What else an approval is refused for, `tests/plan/test_plan_guards.py` has."""
    limit(workspace, maxCreates=2)
    workspace.agents(**many(3))
    says = "the plan has 3 creates; at most 2 are allowed (maxCreates)"
    plan = refused(workspace, "creates", says, commands=(PREVIEW, UP))
    assert sandbox.agents() == []
    assert f"Plan: {plan}" in workspace.digo("plan").stdout

    approve(workspace, "creates", plan, expires="2020-01-01")
    planned_refused(workspace, "creates", "config/test/approvals.yaml:2:3 expired on 2020-01-01")
    approve(workspace, "deletes", plan)
    planned_refused(workspace, "creates", "the plan has 3 creates")

    # It does not outlive a change of the account.
    approve(workspace, "creates", plan)
    panel = sandbox.add_agent(name="Panel", follow_me_number=NUMBERS[40], intercom="1900")
    refused(workspace, "creates", f"is for the plan {plan}, and this one is")

    sandbox.delete_agent(panel["eid"])
    sandbox.clear_requests()
    workspace.up()
    assert requests(sandbox)["POST /v1/agent"] == 3
    workspace.assert_nothing_left()

    workspace.agents(**many(6))
    planned_refused(workspace, "creates", "the plan has 3 creates; at most 2 are allowed")


def test_a_list_that_shrank_is_not_believed(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(**many(10))
    workspace.up()
    # That up had counted the account before it created them, so only the state knows that they were there.
    for fault, more, says in (
        ("cut-list", {"keep": 1}, "agents in the account's list: 1, and 6 that the state has are not in it"),
        ("empty-list", {}, "agents in the account's list: 0, and 1 that the state has is not in it"),
    ):
        sandbox.fault(fault, path="/v1/agents", times="always", **more)
        outcome = workspace.run("preview")
        assert outcome.code not in (0, None)
        assert outcome.text.count(f"  shrunk: {says}") == 1
        assert outcome.text.count("  shrunk: ") == 1, "however many agents it is about"
        planned = workspace.digo("plan")
        assert planned.code == 1
        assert "  shrunk: " in planned.text
        sandbox.clear_faults()
    workspace.assert_nothing_left()
    # The last up has counted them.
    sandbox.fault("cut-list", path="/v1/agents", times="always", keep=1)
    refused(workspace, "shrunk", "agents in the account's list: 1, and 10")
    sandbox.clear_faults()
    sandbox.fault("empty-list", path="/v1/agents", times="always")
    planned_refused(workspace, "shrunk", "agents in the account's list: 0, and 10")
    sandbox.clear_faults()
    # A refresh by such a list drops nothing that would be made again.
    sandbox.fault("cut-list", path="/v1/agents", keep=2, times="always")
    for command in (("refresh", "--skip-preview"), ("up", "--skip-preview", "--refresh")):
        outcome = workspace.run(*command)
        assert outcome.code not in (0, None)
        assert "2, and 8 that the state has are not in it" in outcome.text, command
        assert len(workspace.state()) == 10, command
    sandbox.clear_faults()
    assert len(sandbox.agents()) == 10
    workspace.assert_nothing_left()


def test_that_the_agents_are_gone_indeed_can_be_approved(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(**many(2))
    workspace.up()
    for one in sandbox.agents():
        sandbox.delete_agent(one["eid"])
    outcome = workspace.digo("plan")
    assert "  shrunk: " in outcome.text
    approve(workspace, "shrunk", re.findall(r"Plan: ([b-t-]{39})", outcome.text)[0])
    assert workspace.digo("plan", "--detailed-exitcode").code == 2
    workspace.up()
    assert len(sandbox.agents()) == 2
    workspace.assert_nothing_left()


def test_forgetting_most_or_all_needs_an_approval(workspace: Workspace) -> None:
    workspace.agents(**many(8))
    workspace.up()
    workspace.agents(**many(1))
    planned_refused(workspace, "deletes", "the plan has 7 deletes, 87 % of 8 resources; at most 30 % are allowed")
    workspace.agents()
    plan = refused(workspace, "emptied", "the config wants nothing, and the last run had 8 resources")
    entries = [
        {"guard": guard, "reason": "moved away", "plan": plan, "expires": TOMORROW} for guard in ("emptied", "deletes")
    ]
    workspace.write("approvals.yaml", {"approvals": entries})
    workspace.up()
    assert workspace.state() == {}


def test_the_other_limits_and_another_endpoint(workspace: Workspace, sandbox: Sandbox) -> None:
    limit(workspace, maxAdoptions=1, maxUpdates=0)
    for index in range(2):
        sandbox.add_agent(name=f"Agent {index}", follow_me_number=NUMBERS[index], intercom=str(1000 + index))
    workspace.agents(**many(2))
    planned_refused(workspace, "adoptions", "the plan has 2 adoptions; at most 1 is allowed (maxAdoptions)")
    limit(workspace, maxUpdates=0, minUnblocked=2)
    workspace.write("lists.yaml", lists(lead(0, otp="111111")))
    workspace.up()
    workspace.assert_nothing_left()

    workspace.write("lists.yaml", lists(lead(0, otp="222222")))
    planned_refused(workspace, "updates", "the plan has 1 update; at most 0 are allowed (maxUpdates)")
    workspace.write("lists.yaml", lists(lead(0, otp="111111")))
    sandbox.edit_agent(sandbox.agents()[0]["eid"], custom_status=1)
    says = "unblocked agents after the run: 1; at least 2 are demanded (minUnblocked)"
    planned_refused(workspace, "unblocked", says)
    limit(workspace, minUnblocked=0)
    workspace.assert_nothing_left()
    workspace.environ["DIGO_ENDPOINT"] = sandbox.url.replace("127.0.0.1", "localhost")
    refused(workspace, "endpoint", "is it the same account?")


def test_limits_and_approvals_that_make_no_sense_are_told(workspace: Workspace) -> None:
    """What else makes none, `tests/plan/test_plan_guards.py` has."""
    workspace.agents(**many(1))
    for guards, says in (
        ('{"maxCreate": 3}', "digo:guards.maxCreate is not a limit; did you mean `maxCreates`?"),
        ('{"maxCreates": -1}', "digo:guards.maxCreates is a whole number of 0 or more"),
        ("all", "digo:guards is a mapping of limits"),
    ):
        workspace.set_config(guards=guards)
        planned = workspace.digo("plan")
        assert planned.code == 1
        assert says in planned.text

    limit(workspace)
    workspace.write(
        "approvals.yaml", "approvals:\n  - {guard: create, reason: ' ', plan: abc, expires: soon, by: me}\n"
    )
    told = workspace.run("preview").text
    for where in ("2:13: approvals.0.guard", "2:29: approvals.0.reason", "2:40: approvals.0.plan", "2:54: approvals.0"):
        assert f"config/test/approvals.yaml:{where}" in told
    assert "approvals.0.by: unknown key" in told

"""Whole scenarios through each engine, each applied twice; the second time changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.testing import Sandbox
from tests.scenarios.entries import NUMBERS, agent, by_name, lead, lists
from tests.scenarios.forward_proxy import forward_proxy
from tests.scenarios.workspace import Workspace, requests


@pytest.mark.cold
def test_creates_agents_and_leads_and_then_nothing(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(sales=agent(0), support=agent(1))
    workspace.write("lists.yaml", lists(lead(0, name="Asha", otp="123456"), lead(1, name="Ravi")))

    names = {"sales", "support", "otp-0150", "otp-0151"}
    assert workspace.steps() == dict.fromkeys(names, "create")
    assert requests(sandbox) == {"GET /v1/agents": 1}

    sandbox.clear_requests()
    # The creates are one wave, however long the program takes from one to the next.
    held = sandbox.fault("hang", path="/v1/agent", times="always")
    run = workspace.start("up", "--skip-preview")
    sandbox.wait_for(lambda _: requests(sandbox)["POST /v1/agent"] == 2)
    sandbox.lift(held)
    stdout, stderr = run.communicate(timeout=60)
    assert run.returncode == 0, stdout + stderr
    counts = requests(sandbox)
    assert counts["POST /v1/agent"] == 2
    assert counts["POST /v1/broadcast/lead"] == 2
    assert counts["GET /v1/agents"] == 3  # the program, the host, and one after the creates

    live = {record["name"]: record for record in sandbox.agents()}
    assert {record["follow_me_number"] for record in live.values()} == {NUMBERS[0], NUMBERS[1]}
    state = workspace.state()
    assert state["sales"]["id"] == live["Agent 0"]["eid"]
    assert state["sales"]["outputs"]["numeric_id"] == str(live["Agent 0"]["id"])
    assert not {"calls_answered", "calls_missed"} & set(state["sales"]["outputs"])
    assert state["otp-0150"]["outputs"]["status"] == "sent"
    stored = {row["phone"]: row["fields"] for row in sandbox.leads("4711")}
    assert stored[NUMBERS[50][1:]]["field_5"] == "123456"

    sandbox.clear_requests()
    assert workspace.steps() == {}
    assert requests(sandbox) == {"GET /v1/agents": 2}  # program and host

    # A lead with new columns is sent again.
    workspace.write("lists.yaml", lists(lead(0, name="Asha", otp="333333"), lead(1, name="Ravi")))
    sandbox.clear_requests()
    workspace.up()
    assert requests(sandbox) == {"POST /v1/broadcast/lead": 1, "GET /v1/agents": 2}
    stored = {row["phone"]: row["fields"] for row in sandbox.leads("4711")}
    assert (len(stored), stored[NUMBERS[50][1:]]["field_5"]) == (2, "333333")
    workspace.assert_nothing_left()
    assert requests(sandbox) == {"GET /v1/agents": 2}  # of an up too


CANNOT_CONVERGE: list[tuple[dict[str, Any], str]] = [
    ({"name": "Other"}, 'agents.a0.name cannot converge: wanted "Other", the account has "Agent 0"'),
    ({"intercom": 1999}, "agents.a1.intercom cannot converge: wanted 1999, the account has 1001"),
    ({"follow_me_number": NUMBERS[9]}, "agents.a2.follow_me_number cannot converge: wanted +1 ***0109"),
]


def test_entries_that_leave_come_back_cannot_converge_or_have_other_agents_by_now(
    workspace: Workspace, sandbox: Sandbox
) -> None:
    """`sales` is adopted and `support` leaves and comes back; of three others, config asks for what no call changes.

    `new` has another number and intercom, `taken` those of an agent of the panel, and `gone` was removed in the panel.
    """
    sandbox.add_agent(name="Agent 5", follow_me_number=NUMBERS[5][1:], intercom="1005")
    stuck = {f"a{index}": agent(index) for index in range(len(CANNOT_CONVERGE) + 1)}
    before = stuck | {"sales": agent(5), "support": agent(6), "new": agent(10), "taken": agent(11), "gone": agent(12)}
    workspace.agents(**before)
    assert workspace.steps() == dict.fromkeys(before, "create") | {"sales": "import"}
    workspace.up()
    assert requests(sandbox)["POST /v1/agent"] == len(before) - 1
    assert workspace.state()["sales"]["id"] == by_name(sandbox, "Agent 5")["eid"]

    sandbox.add_agent(name="Agent 14", follow_me_number=NUMBERS[14], intercom="1014")
    sandbox.delete_agent(by_name(sandbox, "Agent 12")["eid"])
    stuck |= {f"a{index}": agent(index) | wanted for index, (wanted, _) in enumerate(CANNOT_CONVERGE)}
    after = stuck | {"sales": agent(5), "new": agent(13), "taken": agent(14), "gone": agent(12)}
    workspace.agents(**after)
    steps, told = workspace.previewed()
    others = {"new": "replace", "taken": "import-replacement", "gone": "replace"}
    assert steps == others | {"support": "delete"}
    assert "is no longer on the account" in told
    assert told.count("config/test/agents.yaml:") >= len(CANNOT_CONVERGE)
    (gone,) = (line for line in workspace.run("preview").text.splitlines() if "[retain]" in line and "support" in line)
    assert "digo:Agent support delete" in gone
    sandbox.clear_requests()
    outcome = workspace.up()
    for _, says in CANNOT_CONVERGE:
        assert says in told
        assert says in outcome.text
    assert requests(sandbox)["POST /v1/agent"] == 2
    assert workspace.state()["taken"]["id"] == by_name(sandbox, "Agent 14")["eid"]
    # The account keeps the old ones.
    assert {record["follow_me_number"].lstrip("+") for record in sandbox.agents()} == {
        NUMBERS[index][1:] for index in (0, 1, 2, 3, 5, 6, 10, 11, 12, 13, 14)
    }

    workspace.agents(**after, support=agent(6))
    assert workspace.steps() == {"support": "import"}
    workspace.up()
    assert len(sandbox.agents()) == 11
    workspace.assert_nothing_left()
    assert_a_strict_stack_is_refused(workspace)


def assert_a_strict_stack_is_refused(workspace: Workspace) -> None:
    workspace.set_config(cannotConverge="error")
    refused = workspace.run("preview")
    assert refused.code != 0
    for _, says in CANNOT_CONVERGE:
        assert says in refused.text


def test_a_refresh_reads_the_account_and_a_destroy_forgets_it(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(sales=agent(0), support=agent(1))
    workspace.write("lists.yaml", lists(lead(0, name="Asha")))
    workspace.up()
    assert workspace.run("refresh", "--expect-no-changes").code == 0

    # One that cannot read fails, and keeps the state.
    before = workspace.state()
    sandbox.fault("object", path="/v1/agents", times="always")
    outcome = workspace.run("refresh", "--skip-preview")
    assert outcome.code != 0
    assert "could not be read" in outcome.text
    sandbox.clear_faults()
    assert {name: one["id"] for name, one in workspace.state().items()} == {
        name: one["id"] for name, one in before.items()
    }

    first, second = by_name(sandbox, "Agent 0"), by_name(sandbox, "Agent 1")
    sandbox.edit_agent(first["eid"], name="Renamed in the panel")
    sandbox.delete_agent(second["eid"])
    sandbox.clear_requests()
    outcome = workspace.run("refresh", "--skip-preview")
    assert outcome.code == 0, outcome.text
    assert requests(sandbox) == {"GET /v1/agents": 1}
    state = workspace.state()
    assert set(state) == {"sales", "otp-0150"}
    assert state["sales"]["outputs"]["name"] == "Renamed in the panel"

    assert workspace.steps() == {"support": "create"}
    workspace.up()
    workspace.assert_nothing_left()

    # A destroy forgets, and the account keeps everything.
    sandbox.clear_requests()
    outcome = workspace.run("destroy", "--skip-preview")
    assert outcome.code == 0, outcome.text
    assert workspace.state() == {}
    assert len(sandbox.agents()) == 2
    assert not [name for name in requests(sandbox) if name.startswith("POST")]


def test_import_by_eid(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.add_agent(name="Agent 0", follow_me_number=NUMBERS[0], intercom="1000")
    eid = sandbox.agents()[0]["eid"]
    type_ = "pulumi-python:dynamic/digo:Agent"
    outcome = workspace.run("import", type_, "sales", eid, "--generate-code=false", "--protect=false")
    assert outcome.code == 0, outcome.text
    assert workspace.state()["sales"]["id"] == eid

    workspace.agents(sales=agent(0))
    assert workspace.steps() == {}
    workspace.up()
    workspace.assert_nothing_left()

    missing = workspace.run("import", type_, "nobody", "000000000000000", "--generate-code=false")
    assert missing.code != 0
    assert "has no agent with the eid" in missing.text


def test_a_target_leaves_the_others_alone(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(sales=agent(0), support=agent(1))
    urn = "urn:pulumi:test::pulumi-digo::pulumi-python:dynamic/digo:Agent::sales"
    gate = "urn:pulumi:test::pulumi-digo::pulumi-python:dynamic/digo:Account::account"
    workspace.up("--target", urn, "--target", gate)
    assert [record["name"] for record in sandbox.agents()] == ["Agent 0"]
    assert workspace.steps() == {"support": "create"}


def test_two_stacks_racing_on_one_account_make_each_agent_once(workspace: Workspace, sandbox: Sandbox) -> None:
    """The stack's lock does not cover another stack: the second run has planned creates that the first one does."""
    workspace.agents(sales=agent(0), support=agent(1))
    held = sandbox.fault("hang", path="/v1/agents", nth=[2])
    run = workspace.start("up", "--skip-preview")
    sandbox.wait_for(lambda request: request["fault"] == "hang")  # the program has planned, the host has not looked yet
    sandbox.add_agent(name="Agent 0", follow_me_number=NUMBERS[0], intercom="1000")
    sandbox.lift(held)
    stdout, stderr = run.communicate(timeout=60)
    assert run.returncode == 0, stdout + stderr
    assert sorted(record["name"] for record in sandbox.agents()) == ["Agent 0", "Agent 1"]
    workspace.assert_nothing_left()


def test_a_machine_behind_a_proxy_needs_no_exception_for_itself(
    make_workspace: Callable[..., Workspace], sandbox: Sandbox
) -> None:
    """Neither for the sandbox nor for engine and host, for which gRPC would ask it. In a run of the CLI it does."""
    workspace = make_workspace("behind", "embedded")
    workspace.agents(sales=agent(0))
    with forward_proxy(sandbox.url) as (proxy, asked):
        workspace.environ = {name: value for name, value in workspace.environ.items() if name.lower() != "no_proxy"}
        workspace.environ["http_proxy"] = f"http://{proxy}"
        workspace.up()
    assert asked == []
    assert [record["name"] for record in sandbox.agents()] == ["Agent 0"]

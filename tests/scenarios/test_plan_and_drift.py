"""`digo plan`, `digo drift` and `digo report`, beside the engine that they must agree with."""

from __future__ import annotations

from sandbox.testing import Sandbox
from tests.scenarios.entries import NUMBERS, agent, by_name, lead, lists
from tests.scenarios.planning import (
    CHANGES,
    ERROR,
    NOTHING,
    STUCK,
    assert_agrees,
    assert_read_as_exported,
    document,
    verbs,
)
from tests.scenarios.workspace import Workspace, requests

RENUMBERED = {"name": "Agent 5", "follow_me_number": NUMBERS[5]}


def reason_of(workspace: Workspace, key: str) -> str:
    """Why the plan forgets an entry."""
    (step,) = (one for one in document(workspace, "plan", CHANGES)["steps"] if one["key"] == key)
    assert step["verb"] == "forget"
    return str(step["reason"])


def origins(workspace: Workspace, code: int) -> dict[str, str]:
    """The origin of each managed field that drifted, by `key.field`."""
    steps = document(workspace, "drift", code)["steps"]
    return {f"{step['key']}.{one['field']}": one["origin"] for step in steps for one in step["drift"] if one["managed"]}


def test_only_detailed_exit_codes_say_what_was_found(workspace: Workspace, sandbox: Sandbox) -> None:
    """Terraform's rule: a plan that can be carried out is not a failure, whatever it has to do."""

    def detailed(*arguments: str) -> dict[str, int]:
        return {
            command: workspace.digo(command, "--detailed-exitcode", *arguments).code for command in ("plan", "drift")
        }

    workspace.agents(a=agent(0), d=agent(3))
    assert detailed() == {"plan": CHANGES, "drift": CHANGES}
    assert [workspace.digo(command).code for command in ("plan", "drift")] == [0, 0]
    workspace.up()
    assert detailed() == {"plan": NOTHING, "drift": NOTHING}

    workspace.agents(a=agent(0, name="Other"), d=agent(3))
    assert detailed("--format", "json") == {"plan": STUCK, "drift": STUCK}
    hidden = workspace.digo("plan", "--format", "html", "--output", "plan.html")
    assert (hidden.code, hidden.stdout) == (0, "")
    assert hidden.stderr == "warning: no up can correct 1 entry of this plan; the plan says why\n"
    shown = workspace.digo("plan")
    assert (shown.stdout.count("agent a  cannot converge"), shown.stderr, shown.code) == (1, "", 0)
    assert workspace.digo("drift").code == 0

    # Where a difference is an error, the plan says that an up fails.
    workspace.set_config(cannotConverge="error")
    assert workspace.run("preview").code not in (0, None)
    refusal = document(workspace, "plan", ERROR)["refusal"]
    assert refusal.startswith("nothing was written: digo:cannotConverge is error, and\nconfig/test/agents.yaml:3:")
    assert "DIGO_PLAN=" not in workspace.digo("plan").text
    assert document(workspace, "drift", STUCK)["refusal"] is None

    # An up would be refused: by two agents that both match, and by a guard.
    workspace.set_config(cannotConverge="warn")
    sandbox.add_agent(**agent(0))
    assert detailed() == {"plan": ERROR, "drift": STUCK}
    assert [workspace.digo(command).code for command in ("plan", "drift")] == [ERROR, ERROR]
    workspace.agents(b=agent(1), c=agent(2))
    workspace.set_config(guards={"maxCreates": 1})
    assert detailed() == {"plan": ERROR, "drift": ERROR}


def test_what_the_state_protects_is_not_forgotten_in_silence(workspace: Workspace, sandbox: Sandbox) -> None:
    """An import protects. Gone from the config before the next up, the agent is one that the engine refuses to forget,
    and the plan says so."""
    workspace.agents(a=agent(0))
    workspace.up()
    eid = str(sandbox.add_agent(**agent(1))["eid"])
    imported = workspace.run("import", "pulumi-python:dynamic/digo:Agent", "b", eid, "--generate-code=false")
    assert imported.code == 0, imported.text
    assert "protected" in workspace.run("preview").text
    assert "It is protected in the state, so preview and up fail" in reason_of(workspace, "b")
    workspace.agents(a=agent(0), b=agent(1))
    workspace.up()
    workspace.agents(a=agent(0))
    assert "protected" not in reason_of(workspace, "b")
    assert workspace.steps() == {"b": "delete"}


def test_the_plan_says_what_the_preview_says(workspace: Workspace, sandbox: Sandbox) -> None:
    sandbox.add_agent(**agent(1, name="Agent 1"))
    workspace.agents(made=agent(0), adopted=agent(1), moved=agent(2), gone=agent(3), renumbered=RENUMBERED)
    workspace.write("lists.yaml", lists(lead(0, name="Asha"), lead(1, name="Ravi")))
    first = dict.fromkeys(("made", "moved", "gone", "renumbered"), "create") | {"adopted": "adopt"}
    assert assert_agrees(workspace, CHANGES) == first | {"otp-0150": "create", "otp-0151": "create"}
    plan = document(workspace, "plan", CHANGES)
    assert plan["calls"] == 6
    workspace.up()
    assert_read_as_exported(workspace)

    still = dict.fromkeys(first, "in sync")
    assert verbs(workspace, NOTHING) == still | {"otp-0150": "sent", "otp-0151": "sent"}

    workspace.agents(
        made=agent(0, name="Renamed"), adopted=agent(1), moved=agent(12), new=agent(4), renumbered=RENUMBERED
    )
    workspace.write("lists.yaml", lists(lead(0, name="Asha B"), lead(2, name="Noor")))
    sandbox.delete_agent(by_name(sandbox, "Agent 1")["eid"])
    sandbox.edit_agent(by_name(sandbox, "Agent 2")["eid"], intercom="1999")
    sandbox.edit_agent(by_name(sandbox, "Agent 5")["eid"], follow_me_number=NUMBERS[9])
    preview = workspace.run("preview", "--json")
    for text in (preview.stdout, workspace.digo("plan").text):
        assert "has another number now" in text
        assert text.count("is no longer on the account") == 1, "only the one that was deleted"
    assert assert_agrees(workspace, STUCK, preview) == {
        "made": "cannot converge",
        "adopted": "replace",
        "moved": "replace",
        "renumbered": "replace",
        "new": "create",
        "gone": "forget",
        "otp-0150": "update",
        "otp-0152": "create",
        "otp-0151": "forget",
    }
    calls = document(workspace, "plan", STUCK)["calls"]
    sandbox.clear_requests()
    workspace.up()
    assert sum(count for name, count in requests(sandbox).items() if name.startswith("POST")) == calls
    assert verbs(workspace, STUCK)["adopted"] == "in sync"


def test_drift_says_which_side_moved(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(config=agent(0), account=agent(1), both=agent(2), calm=agent(3))
    assert workspace.digo("drift", "--detailed-exitcode").code == CHANGES
    workspace.up()
    outcome = workspace.digo("drift", "--detailed-exitcode")
    assert outcome.code == NOTHING
    assert "no drift; 4 in sync" in outcome.stdout

    workspace.agents(config=agent(0, name="C"), account=agent(1), both=agent(2, name="B"), calm=agent(3))
    sandbox.edit_agent(by_name(sandbox, "Agent 1")["eid"], name="Panel")
    sandbox.edit_agent(by_name(sandbox, "Agent 2")["eid"], name="Panel 2")
    sandbox.edit_agent(by_name(sandbox, "Agent 3")["eid"], timegroup_name="Night")
    expected = {
        "config.name": "changed in config",
        "account.name": "changed on the account",
        "both.name": "changed in config and on the account",
    }
    assert origins(workspace, STUCK) == expected
    text = workspace.digo("drift").stdout
    assert "not set by config, changed on the account: 1 field (config cannot set it, so it is not drift)" in text
    assert NUMBERS[0] not in text

    # A refresh takes the account's values into the state; who moved since the last up stays the same for config.
    assert workspace.run("refresh").code == 0
    assert origins(workspace, STUCK)["account.name"] == "as it was at the last up"
    workspace.up()
    assert set(origins(workspace, STUCK).values()) == {"as it was at the last up"}


def test_an_agent_that_vanished_is_mendable_drift(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(sales=agent(0), support=agent(1))
    workspace.up()
    sandbox.delete_agent(by_name(sandbox, "Agent 0")["eid"])
    outcome = workspace.digo("drift", "--detailed-exitcode")
    assert outcome.code == CHANGES
    assert "replace: 1 entry (the next up makes a new one" in outcome.stdout
    (row,) = (line for line in outcome.stdout.splitlines() if line.startswith("  agent sales"))
    assert row.split()[-1] == "none"
    workspace.up()
    assert workspace.digo("drift", "--detailed-exitcode").code == NOTHING

    # An unmanaged agent is drift where the stack says so.
    eid = sandbox.add_agent(**agent(2))["eid"]
    outcome = workspace.digo("drift")
    assert outcome.code == NOTHING
    assert "unmanaged: 1 agent (no up touches it" in outcome.stdout
    assert f"  eid {eid}" in outcome.stdout and '"Agent 2"' in outcome.stdout
    plan = document(workspace, "plan", NOTHING)["plan"]
    workspace.set_config(unmanaged="drift")
    counted = workspace.digo("drift", "--format", "markdown", "--detailed-exitcode")
    assert counted.code == CHANGES
    assert "which is drift (digo:unmanaged)" in counted.stdout
    assert f"| eid `{eid}` | `agent` | `none` | `none` |" in counted.stdout
    # It decides nothing about writes: the plan is the same one, and has nothing to do.
    assert document(workspace, "plan", NOTHING)["plan"] == plan

    # Numbers are shown only when asked for.
    sandbox.edit_agent(by_name(sandbox, "Agent 1")["eid"], follow_me_number=NUMBERS[7])
    masked, shown = workspace.digo("drift"), workspace.digo("--show-numbers", "drift")
    assert NUMBERS[7][1:] not in masked.text
    assert f"***{NUMBERS[7][-4:]}" in masked.text
    assert NUMBERS[7] in shown.text


def test_errors_are_short_and_exit_1(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.write("agents.yaml", "agents: {sales: {nam: x}}")
    outcome = workspace.digo("plan")
    assert outcome.code == ERROR
    assert "config/test/agents.yaml:1:" in outcome.stderr
    assert outcome.stdout == ""
    workspace.agents(sales=agent(0))
    sandbox.fault("html", path="/v1/agents")
    outcome = workspace.digo("drift")
    assert outcome.code == ERROR
    assert "\nerror: the account could not be read" in outcome.stderr
    assert workspace.digo("nonsense").code == ERROR
    assert not [name for name in requests(sandbox) if name.startswith("POST")]


def test_the_report_says_what_a_failing_run_wrote(workspace: Workspace, sandbox: Sandbox) -> None:
    assert "has written anything" in workspace.digo("report").stdout
    workspace.set_config(lateSeconds="0")
    workspace.agents(sales=agent(0), support=agent(1), night=agent(2))
    sandbox.fault("status", status=422, path="/v1/agent", body_contains="Agent 1")
    sandbox.fault("lost-before", path="/v1/agent", body_contains="Agent 2")
    # Else those that have not begun when the first fails are left alone, and nothing is said of them.
    assert workspace.run("up", "--skip-preview", "--continue-on-error").code != 0
    outcome = workspace.digo("report")
    assert outcome.code == 2
    assert "1 applied, 1 not applied, 1 unknown" in outcome.stdout
    assert "not applied: support (POST /v1/agent)" in outcome.stdout
    assert "unknown: night (POST /v1/agent)" in outcome.stdout
    sandbox.clear_faults()
    workspace.up()
    outcome = workspace.digo("report", "--all")
    assert outcome.code == 0
    assert "2 applied" in outcome.stdout
    assert len(sandbox.agents()) == 3


def test_a_position_is_no_emoji_and_doubts_are_told_up_to_a_number(workspace: Workspace) -> None:
    lines = ["agents:"]
    for index in range(40):
        lines += [f"  a{index}:", f"    name: A{index}", f'    follow_me_number: "+120055501{index:02}"']
    workspace.write("agents.yaml", "\n" * 60 + "\n".join(lines) + "\n")
    outcome = workspace.digo("plan")
    assert "agents.yaml:100:23: " in outcome.stdout
    assert "and 20 more; " in outcome.stdout
    assert outcome.stdout.count("in no range") == 20
    previewed = workspace.run("preview").text
    assert "agents.a19." in previewed
    assert "and 20 more; `digo validate --show-all` lists all" in previewed
    assert "agents.a20." not in previewed

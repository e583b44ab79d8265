"""`formerly` renames without churn; `absent` is told until it is so; overlays and variables are carried out."""

from __future__ import annotations

import json
from typing import Any

from sandbox.testing import Sandbox
from tests.scenarios.entries import NUMBERS, agent, lead, lists
from tests.scenarios.workspace import STACK, Workspace

KEY = "a ledger key for the tests, of no worth"
NOTHING, ERROR, CHANGES, STUCK = 0, 1, 2, 3


def verbs(workspace: Workspace, code: int) -> dict[str, str]:
    done = workspace.digo("plan", "--detailed-exitcode", "--format", "json")
    assert done.code == code, done.text
    return {step["key"]: step["verb"] for step in json.loads(done.stdout)["steps"]}


def rows(workspace: Workspace, name: str, **more: Any) -> None:
    """A list from a file, under that key."""
    workspace.write("leads.csv", "phone\n" + "".join(f"{NUMBERS[index]}\n" for index in range(60, 80)))
    workspace.write("lists/file.yaml", {"lists": {name: {"id": 4712, "source": "leads.csv", **more}}})


def test_a_renamed_key_is_the_same_entry_also_to_the_guards(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.environ["DIGO_LEDGER_KEY"] = KEY
    workspace.set_config(guards={"maxDeletes": 0, "maxAdoptions": 0, "small": 0})
    workspace.agents(old=agent(0), other=agent(1))
    workspace.write("lists.yaml", lists(lead(0, name="Asha"), lead(1, name="Ravi")))
    rows(workspace, "bulk", shards=2)
    workspace.up()
    before = workspace.state()

    workspace.agents(new=agent(0, formerly="old"), other=agent(1, formerly=["another", "more"]))
    renamed = lists(lead(0, name="Asha"), lead(1, name="Ravi"))
    renamed["lists"]["code"] = {**renamed["lists"].pop("otp"), "formerly": "otp"}
    workspace.write("lists.yaml", renamed)
    rows(workspace, "mass", shards=2, formerly="bulk")
    assert set(verbs(workspace, NOTHING).values()) == {"in sync", "sent"}
    assert workspace.changes() == {}
    sandbox.clear_requests()
    workspace.up()
    assert not [name for name in sandbox.counts() if name.startswith("POST")]
    after = workspace.state()
    assert after["new"]["id"] == before["old"]["id"]
    assert {"code-0150", "code-0151"} <= set(after)
    assert not {"old", "otp-0150"} & set(after)
    exported = workspace.run("stack", "export", "--stack", STACK).stdout
    assert "::mass-1" in exported
    assert "::bulk" not in exported
    workspace.assert_nothing_left()
    assert verbs(workspace, NOTHING)["new"] == "in sync"
    workspace.agents(newer=agent(0), other=agent(1))
    assert verbs(workspace, ERROR)["newer"] == "adopt", "without `formerly` it is another entry"


def test_of_several_former_keys_the_first_is_the_entry_and_the_others_are_forgotten(workspace: Workspace) -> None:
    workspace.set_config(guards={"maxDeletes": 0})
    workspace.agents(a=agent(0), b=agent(1))
    workspace.up()
    workspace.agents(c=agent(0, formerly=["a", "b"]))
    assert "  deletes: the plan has 1 delete" in workspace.digo("plan").text
    workspace.set_config(guards={})
    for number, formerly, kept in ((0, ["a", "b"], "in sync"), (1, ["a", "b"], "adopt"), (0, ["b", "a"], "adopt")):
        workspace.agents(c=agent(number, formerly=formerly))
        assert verbs(workspace, CHANGES) == {"c": kept, formerly[1]: "forget"}
        if (number, formerly) == (1, ["a", "b"]):
            assert workspace.steps() == {"b": "delete", "c": "import-replacement"}

    # A rename with a change of name says that config moved.
    workspace.agents(c=agent(0, name="Other", formerly="a"), b=agent(1))
    (step,) = (one for one in json.loads(workspace.digo("drift", "--format", "json").stdout)["steps"] if one["drift"])
    assert [(one["field"], one["origin"]) for one in step["drift"]] == [("name", "changed in config")]


def test_absent_is_forgotten_and_then_told_until_it_is_gone(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(kept=agent(0), gone=agent(1))
    workspace.up()
    workspace.agents(kept=agent(0), gone=agent(1, absent=True))
    assert verbs(workspace, CHANGES) == {"kept": "in sync", "gone": "forget"}
    assert workspace.steps() == {"gone": "delete"}
    assert "wanted absent, and the account has it" in workspace.up().text
    assert len(sandbox.agents()) == 2

    assert verbs(workspace, STUCK) == {"kept": "in sync", "gone": "cannot converge"}
    workspace.set_config(cannotConverge="error")
    refused = workspace.digo("plan")
    assert refused.code != 0
    assert "remove it in the panel" in refused.text
    (gone,) = (one for one in sandbox.agents() if one["name"] == "Agent 1")
    sandbox.delete_agent(gone["eid"])
    assert verbs(workspace, NOTHING) == {"kept": "in sync"}
    workspace.assert_nothing_left()


def test_an_overlay_and_a_variable_reach_the_account(workspace: Workspace, sandbox: Sandbox) -> None:
    base = workspace.folder / "config" / "_base"
    base.mkdir(parents=True)
    number = NUMBERS[1]
    (base / "agents.yaml").write_text(
        f"agents:\n  a: {{name: Desk, follow_me_number: '{NUMBERS[0]}'}}\n"
        f"  b: {{name: Night, follow_me_number: '${{NIGHT}}', intercom: 1001}}\n"
    )
    workspace.write("environment.yaml", {"extends": "_base"})
    workspace.agents(a={"name": "Desk of test"})
    refused = workspace.digo("plan")
    assert refused.code != 0
    assert "config/_base/agents.yaml:3:38: agents.b.follow_me_number: `${NIGHT}` has no value" in refused.text
    workspace.environ["DIGO_VAR_NIGHT"] = number
    workspace.up()
    assert {(one["name"], one["follow_me_number"]) for one in sandbox.agents()} == {
        ("Desk of test", NUMBERS[0]),
        ("Night", number),
    }
    workspace.assert_nothing_left()

"""A run says each thing once: not in every line of a resource, not in preview and up, not a thousand times."""

from __future__ import annotations

from typing import Any

from tests.scenarios.workspace import Workspace

GONE = "is no longer on the account: an up makes a new one"
APART = "agents.a000.name cannot converge"


AREAS = (201, 202)


def agent(index: int) -> dict[str, Any]:
    area, last = AREAS[index // 100], index % 100
    return {"name": f"Agent {index}", "follow_me_number": f"+1{area}55501{last:02d}", "intercom": 1000 + index}


def remove_and_rename(workspace: Workspace) -> None:
    """One agent has another name in the panel, and one is gone from it."""
    eids = {one["follow_me_number"]: one["eid"] for one in workspace.sandbox.agents()}
    workspace.sandbox.delete_agent(eids[agent(1)["follow_me_number"]])
    workspace.sandbox.edit_agent(eids[agent(0)["follow_me_number"]], name="Panel")


def test_a_run_says_each_message_once(workspace: Workspace) -> None:
    workspace.agents(a000=agent(0), b=agent(1), c=agent(2))
    workspace.up()
    for command in (("preview",), ("up",), ("up", "--diff")):
        if command != ("up",):
            remove_and_rename(workspace)
        outcome = workspace.run(*command)
        assert outcome.code == 0, outcome.text
        if workspace.engine == "embedded":  # the pulumi CLI repeats messages in its rows
            assert (outcome.text.count(GONE), outcome.text.count(APART)) == (1, 1), command


def test_many_differences_are_one_warning_with_a_count_and_a_sample(workspace: Workspace) -> None:
    agents = {f"a{index:03}": agent(index) for index in range(120)}
    for entry in agents.values():
        workspace.sandbox.add_agent(**entry)
    workspace.agents(**{key: {**entry, "name": f"Other {key}"} for key, entry in agents.items()})
    outcome = workspace.run("preview", "--suppress-outputs")
    assert outcome.code == 0, outcome.text
    assert "120 differences of 120 agents cannot converge:" in outcome.text
    assert "and 115 more; `digo drift --all` lists all" in outcome.text
    if workspace.engine == "embedded":
        assert outcome.text.count("120 differences of 120 agents") == 1
        assert outcome.text.count("cannot converge: wanted") == 5

    listed = workspace.digo("agents", "--no-state")
    assert sum(line.startswith("a") and "managed" in line for line in listed.stdout.splitlines()) == 100
    assert "\nand 20 more; --all lists them\n" in listed.stdout
    every = workspace.digo("agents", "--no-state", "--all")
    assert sum("name: wanted" in line for line in every.stdout.splitlines()) == 120
    drifted = workspace.digo("drift")
    assert drifted.stdout.count('"Other a') == 40
    assert drifted.stdout.count("and 100 more; --all lists them") == 2

    workspace.set_config(cannotConverge="error")
    refused = workspace.digo("plan")
    assert refused.code != 0
    assert refused.text.count("cannot converge: wanted") == 20
    assert "and 100 more; `digo drift --all` lists all" in refused.text

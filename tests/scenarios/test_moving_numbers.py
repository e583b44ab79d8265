"""Numbers of agents that move: of adopted agents, and to entries that want no agent."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.testing import Sandbox
from tests.scenarios.entries import NUMBERS
from tests.scenarios.planning import CHANGES, document
from tests.scenarios.workspace import Workspace

OWN = "+12025550190"


@pytest.fixture
def place(tmp_path: Path, engine: str, sandbox: Sandbox) -> Workspace:
    """A project whose account lists users, and has two agents of the panel."""
    workspace = Workspace(tmp_path / "project", engine, sandbox, sandbox.smartflo.token)
    workspace.set_config(profile="smartflo", lateSeconds="1", deletes="delete")
    sandbox.smartflo.numbers(OWN)
    for index in range(3):
        sandbox.smartflo.add_user(NUMBERS[index], name=f"Agent {index}", login_id=f"agent{index}")
    workspace.agents(**{f"a{index}": agent(index) for index in range(3)})
    workspace.up()
    sandbox.clear_requests()
    return workspace


def agent(index: int, number: int | None = None) -> dict[str, str]:
    return {"name": f"Agent {index}", "follow_me_number": NUMBERS[index if number is None else number]}


def writes(sandbox: Sandbox) -> list[str]:
    return sorted(
        f"{request['method']} {'/'.join(request['path'].split('/')[:3])}"
        for request in sandbox.requests()
        if request["method"] != "GET"
    )


def numbers(sandbox: Sandbox) -> dict[str, str]:
    return {one["login_id"]: one["number"] for one in sandbox.smartflo.users()}


def test_a_number_moves_with_its_agent_unless_it_must_be_absent(place: Workspace, sandbox: Sandbox) -> None:
    """A number is wanted absent by another key, whether its own key wants another number or is gone from config."""
    place.run("config", "set", "--path", "digo:guards.maxDeletes", "2", "--stack", "test")
    place.agents(a0=agent(0), a1=agent(1), old=agent(2) | {"absent": True})
    plan = document(place, "plan", CHANGES)
    assert {one["key"]: one["verb"] for one in plan["steps"]}["a2"] == "forget"

    moved = {"email": "a@example.com", "login_id": "moved", "user_role": 3, "caller_ids": [OWN]}
    place.agents(a0=agent(0), a1=agent(1), a2=agent(2, 5) | moved, old=agent(2) | {"absent": True})
    plan = document(place, "plan", CHANGES)
    told = {one["key"]: (one["verb"], one["reason"]) for one in plan["steps"]}
    assert told["a2"][0] == "replace"
    assert "`old`, which wants the old one" in told["a2"][1]
    assert told["old"][0] == "delete"
    assert "which an entry wants absent" in place.run("preview").text
    sandbox.clear_requests()
    place.up()
    assert writes(sandbox) == ["DELETE /v1/user", "POST /v1/user"]
    assert numbers(sandbox) == {"agent0": NUMBERS[0], "agent1": NUMBERS[1], "moved": NUMBERS[5]}

    # An agent that was adopted gets its new number in place.
    place.agents(a0=agent(0, 4), heir=agent(1) | {"absent": True}, a2=agent(2, 5) | moved)
    told = {one["key"]: one["verb"] for one in document(place, "plan", CHANGES)["steps"]}
    assert (told["a0"], told["a1"], told["heir"], told["a2"]) == ("update", "forget", "delete", "in sync")
    sandbox.clear_requests()
    place.up()
    assert writes(sandbox) == ["DELETE /v1/user", "PATCH /v1/user"]
    assert numbers(sandbox) == {"agent0": NUMBERS[4], "moved": NUMBERS[5]}
    place.assert_nothing_left()

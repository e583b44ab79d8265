"""What somebody does with an account of users for the first time, and day by day: export, agents, drift, compare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.testing import Sandbox
from tests.scenarios.entries import NUMBERS, user
from tests.scenarios.planning import CHANGES, NOTHING, STUCK, assert_agrees, document
from tests.scenarios.workspace import STACK, Workspace


@pytest.fixture
def place(tmp_path: Path, engine: str, sandbox: Sandbox) -> Workspace:
    workspace = Workspace(tmp_path / "project", engine, sandbox, sandbox.smartflo.token)
    workspace.set_config(profile="smartflo", lateSeconds="1")
    workspace.environ["DIGO_LEDGER_KEY"] = "a ledger key for the tests, of no worth"
    return workspace


def writes(sandbox: Sandbox) -> list[str]:
    return [name for name in sandbox.counts() if not name.startswith("GET")]


def read(place: Workspace, name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((place.folder / "config" / STACK / f"{name}.yaml").read_text())[name])


def test_an_account_becomes_config_and_an_up_changes_nothing_of_it(place: Workspace, sandbox: Sandbox) -> None:
    users: tuple[dict[str, Any], ...] = ({"user_role": 3}, {"blocked": True, "login_based_calling": True}, {})
    for index, facts in enumerate(users):
        sandbox.smartflo.add_user(NUMBERS[index], name=f"Desk {index}", login_id=f"desk{index}", **facts)
    for name in ("Spring", "Twice", "Twice"):
        sandbox.smartflo.add_list(name)
    before = sandbox.smartflo.users(), sandbox.smartflo.lists()
    exported = place.digo("export")
    assert exported.code == 0, exported.text
    assert "3 new, 0 changed, 0 left out" in exported.text
    agents = read(place, "agents")
    assert (agents["desk-0"]["login_id"], agents["desk-0"]["user_role"]) == ("desk0", 3)
    assert (agents["desk-1"]["blocked"], agents["desk-1"]["login_based_calling"]) == (True, True)
    lists = place.digo("lists", "account", "--format", "yaml")
    place.write("lists.yaml", lists.stdout)
    assert place.digo("validate").code == 0
    expected = {"desk-0": "adopt", "desk-1": "adopt", "desk-2": "adopt", "spring": "adopt"}
    assert assert_agrees(place, CHANGES) == expected
    sandbox.clear_requests()
    place.up()
    assert writes(sandbox) == []
    place.assert_nothing_left()
    assert document(place, "drift", NOTHING)
    assert (sandbox.smartflo.users(), sandbox.smartflo.lists()) == before
    assert place.digo("export").stdout == "0 new, 0 changed, 0 left out\n"

    # The panel moves on, and config follows it.
    sandbox.smartflo.edit_user(before[0][0]["id"], name="Front desk", user_role=5, international_outbound=True)
    sandbox.smartflo.edit_user(before[0][2]["id"], blocked=True)
    exported = place.digo("export")
    assert "0 new, 2 changed, 0 left out" in exported.text
    assert (read(place, "agents")["desk-0"]["name"], read(place, "agents")["desk-0"]["user_role"]) == ("Front desk", 5)
    assert document(place, "plan", NOTHING)
    listed = json.loads(place.digo("agents", "--format", "json").stdout)
    assert {one["key"]: one["blocked"] for one in listed} == {"desk-0": False, "desk-1": True, "desk-2": True}


def test_a_user_with_another_number_is_the_states_and_not_a_strange_one(place: Workspace, sandbox: Sandbox) -> None:
    place.agents(a=user(0), b=user(1))
    place.up()
    sandbox.smartflo.edit_user(sandbox.smartflo.users()[0]["id"], number=NUMBERS[9], name="Moved", blocked=True)
    stranger = sandbox.smartflo.add_user(NUMBERS[8], name="By hand")
    name = sandbox.smartflo.users()[0]["login_id"]
    key = {"agent0": "a", "agent1": "b"}[name]
    plan = document(place, "plan", CHANGES)
    assert [one["eid"] for one in plan["unmanagedAgents"]] == [stranger["eid"]]
    listed = json.loads(place.digo("agents", "--format", "json").stdout)
    assert {one["key"]: one["status"] for one in listed} == {"a": "managed", "b": "managed", None: "unmanaged"}
    (moved,) = (one for one in listed if one["key"] == key)
    assert moved["eid"] == sandbox.smartflo.users()[0]["eid"]
    table = place.digo("drift").text
    assert f"+1 ***{NUMBERS[9][-4:]}" in table
    assert NUMBERS[9] not in table
    assert NUMBERS[9] in place.digo("--show-numbers", "drift").text


MANY = 12
"""More users than there may be reads of their list."""


def test_the_list_of_users_is_read_as_often_for_many_as_for_few(place: Workspace, sandbox: Sandbox) -> None:
    place.set_config(guards={"maxCreates": 100, "maxUpdates": 100})
    place.agents(**{f"a{index}": user(index) for index in range(MANY)})
    sandbox.clear_requests()
    place.up()
    made = sandbox.counts()
    assert (made["POST /v1/user"], made["GET /v1/my_number"] <= 3) == (MANY, True)
    assert made["GET /v1/users"] <= 10
    place.agents(**{f"a{index}": user(index, f"New {index}") for index in range(MANY)})
    sandbox.clear_requests()
    place.up()
    changed = sandbox.counts()
    assert sum(count for name, count in changed.items() if name.startswith("PATCH")) == MANY
    assert changed["GET /v1/users"] <= 10
    place.assert_nothing_left()
    assert sandbox.counts()["GET /v1/users"] == 2, "the program's and the host's"


def test_an_account_of_agents_says_before_a_create_what_it_does_not_take(place: Workspace, sandbox: Sandbox) -> None:
    sandbox.smartflo.settings(users="false")
    place.agents(a=user(0, intercom=1000))
    preview = place.run("preview", "--json")
    assert preview.code == 0, preview.text
    assert "agents.a.email cannot converge: wanted agent0@example.com, and the call that creates" in preview.text
    assert "The API (profile smartflo) has no call to update an agent" in preview.text
    assert assert_agrees(place, STUCK, preview) == {"a": "create"}
    place.set_config(cannotConverge="error")
    assert place.digo("plan").code == 1
    taken = ("name", "follow_me_number", "intercom")
    place.agents(a={name: value for name, value in user(0, intercom=1000).items() if name in taken})
    sandbox.clear_requests()
    place.up()
    assert writes(sandbox) == ["POST /v1/agent"]
    place.assert_nothing_left()

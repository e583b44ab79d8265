"""Agents that converge: created as users, changed, renumbered, blocked and deleted, and taken over from the panel."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.testing import Sandbox
from tests.scenarios.entries import NUMBERS, OWN, user
from tests.scenarios.planning import CHANGES, NOTHING, STUCK, assert_agrees, document, typed_operations, verbs
from tests.scenarios.workspace import Workspace

OTHER = "+12025550191"


@pytest.fixture
def place(tmp_path: Path, engine: str, sandbox: Sandbox) -> Workspace:
    """A project whose account lists users."""
    workspace = Workspace(tmp_path / "project", engine, sandbox, sandbox.smartflo.token)
    workspace.set_config(profile="smartflo", lateSeconds="1")
    sandbox.smartflo.numbers(OWN, OTHER)
    return workspace


def operations(place: Workspace) -> dict[str, str]:
    """What a preview says, by type and name; unchanged ones are left out."""
    outcome = place.run("preview", "--json")
    assert outcome.code == 0, outcome.text
    return typed_operations(outcome.stdout)


def writes(sandbox: Sandbox) -> list[str]:
    return sorted(
        f"{request['method']} {'/'.join(request['path'].split('/')[:3])}"
        for request in sandbox.requests()
        if request["method"] != "GET"
    )


def settled(place: Workspace) -> None:
    """A second up and a second plan have nothing to do."""
    place.assert_nothing_left()
    assert writes(place.sandbox) == []
    assert document(place, "plan", NOTHING)


def by_key(sandbox: Sandbox, login: str) -> dict[str, Any]:
    return next(one for one in sandbox.smartflo.users() if one["login_id"] == login)


def test_users_are_created_changed_and_renumbered_and_what_the_panel_changes_is_mended(
    place: Workspace, sandbox: Sandbox
) -> None:
    """The change that blocks a new user is refused at first: the create is half done, and the next up finishes it."""
    place.environ["DIGO_LEDGER_KEY"] = "a ledger key for the tests, of no worth"
    place.agents(a=user(0, department=[4]), b=user(1, blocked=True))
    assert assert_agrees(place, CHANGES) == {"a": "create", "b": "create"}
    sandbox.clear_requests()
    sandbox.fault("status", status=422, path="/v1/user/*", method="PATCH")
    assert place.run("up", "--skip-preview").code != 0
    sandbox.clear_faults()
    assert len(sandbox.smartflo.users()) == 2
    assert writes(sandbox) == ["PATCH /v1/user", "POST /v1/user", "POST /v1/user"]
    passwords = {one["body"]["password"] for one in sandbox.requests() if one["method"] == "POST"}
    assert len(passwords) == 2
    assert not any(password in place.everything_left() for password in passwords)
    assert verbs(place, CHANGES) == {"a": "in sync", "b": "update"}
    sandbox.clear_requests()
    place.up()
    assert writes(sandbox) == ["PATCH /v1/user"]
    assert by_key(sandbox, "agent1")["blocked"]
    assert document(place, "plan", NOTHING)

    place.agents(
        a=user(0, "New name", caller_ids=[OTHER], department=[4]),
        b=user(2, "Agent 1", login_id="agent1", email="b@example.com", blocked=True),
    )
    assert assert_agrees(place, CHANGES) == {"a": "update", "b": "update"}
    assert_a_snapshot_file_plans_as_the_account_does(place)
    sandbox.clear_requests()
    place.up()
    assert writes(sandbox) == ["PATCH /v1/user", "PATCH /v1/user"]
    assert by_key(sandbox, "agent0")["name"] == "New name"
    assert len(sandbox.smartflo.users()) == 2, "a new number is a change of the same user"
    settled(place)

    sandbox.smartflo.edit_user(by_key(sandbox, "agent0")["id"], name="By hand", number=NUMBERS[9])
    sandbox.smartflo.edit_user(by_key(sandbox, "agent1")["id"], blocked=False)
    assert document(place, "drift", CHANGES)
    assert verbs(place, CHANGES) == {"a": "update", "b": "update"}
    place.up()
    assert (by_key(sandbox, "agent0")["name"], by_key(sandbox, "agent0")["number"]) == ("New name", NUMBERS[0])
    assert by_key(sandbox, "agent1")["blocked"]
    assert document(place, "plan", NOTHING)


def assert_a_snapshot_file_plans_as_the_account_does(place: Workspace) -> None:
    live = document(place, "plan", CHANGES)
    recorded = place.digo("snapshot", "account.json")
    assert recorded.code == 0, recorded.text
    assert "5550190" not in (place.folder / "account.json").read_text(), "a caller id is a number"
    planned = json.loads(place.digo("plan", "--format", "json", "--snapshot", "account.json").stdout)
    assert planned["plan"] == live["plan"]
    assert [(one["key"], one["verb"]) for one in planned["steps"]] == [
        (one["key"], one["verb"]) for one in live["steps"]
    ]


def test_an_agent_of_the_panel_is_adopted_and_changed_beside_one_with_a_named_password(
    place: Workspace, sandbox: Sandbox
) -> None:
    same, other = sandbox.smartflo.add_user(NUMBERS[0], name="Agent 0"), sandbox.smartflo.add_user(NUMBERS[1], name="X")
    place.agents(
        same={"name": "Agent 0", "follow_me_number": NUMBERS[0]},
        other={"name": "Agent 1", "follow_me_number": NUMBERS[1]},
        named=user(2, password_secret="agentPassword"),
    )
    preview = place.run("preview")
    assert f"the account has it already (eid {other['eid']}): an up takes it over, and changes its name" in preview.text
    assert verbs(place, CHANGES) == {"same": "adopt", "other": "update", "named": "create"}
    failed = place.run("up", "--skip-preview", "--continue-on-error")
    assert failed.code != 0
    assert "DIGO_AGENT_PASSWORD" in failed.text
    assert writes(sandbox) == ["PATCH /v1/user"]
    place.environ["DIGO_AGENT_PASSWORD"] = "example-password-of-an-agent"
    sandbox.clear_requests()
    place.up()
    assert writes(sandbox) == ["POST /v1/user"]
    (made,) = (one["body"] for one in sandbox.requests() if one["method"] == "POST")
    assert made["password"] == "example-password-of-an-agent"
    assert "example-password-of-an-agent" not in place.everything_left()
    assert sorted(one["name"] for one in sandbox.smartflo.users()) == ["Agent 0", "Agent 1", "Agent 2"]
    assert place.state()["other"]["id"] == other["eid"]
    assert place.state()["same"]["id"] == same["eid"]
    settled(place)


def test_what_is_gone_from_config_or_wanted_absent_is_forgotten_or_deleted_once(
    place: Workspace, sandbox: Sandbox
) -> None:
    """`b`, `x` and `y` are wanted absent: one of the stack, one of the panel, and one that nobody has."""
    agents = {key: user(index) for index, key in enumerate("abcde")}
    place.agents(**agents)
    place.up()
    sandbox.smartflo.add_user(NUMBERS[8], name="By hand")
    absent = {"b": user(1, absent=True), "x": user(8, absent=True), "y": user(9, absent=True)}
    del agents["c"]
    place.agents(**agents | absent)
    sync = dict.fromkeys("ade", "in sync")
    assert assert_agrees(place, CHANGES) == sync | {"c": "forget", "b": "delete", "x": "delete", "y": "delete"}
    sandbox.clear_requests()
    place.up()
    assert writes(sandbox) == ["DELETE /v1/user", "DELETE /v1/user"]
    told = json.loads(place.digo("history", "show", "--format", "json").stdout)
    results = {one["key"]: (one["verb"], one["result"]) for one in told["entries"]}
    assert (results["b"], results["x"]) == (("delete", "applied"), ("delete", "applied"))
    assert results["y"] == ("create", "no write")
    assert logins(sandbox) == ["agent0", "agent2", "agent3", "agent4"]
    assert "applied  absent agent x" in place.digo("history", "show", "--all").text
    assert document(place, "plan", NOTHING)

    # What was made where the stack keeps is retained, until an up where it deletes.
    place.set_config(deletes="delete", guards={"maxDeletes": 2})
    place.agents(**{key: agents[key] for key in "ae"} | absent)
    (gone,) = (one for one in document(place, "plan", CHANGES)["steps"] if one["key"] == "d")
    assert gone["verb"] == "forget"
    assert "the state has it as retained" in gone["reason"]
    place.agents(**agents | absent)
    sandbox.smartflo.add_user(NUMBERS[8], name="Again")
    assert operations(place) == {"AbsentAgent x": "update"}
    place.up()
    assert len(sandbox.smartflo.users()) == 4

    # Two deletes, as many as the guard takes: an entry that becomes absent is one.
    absent["e"] = user(4, absent=True)
    place.agents(a=agents["a"], **absent)
    planned = verbs(place, CHANGES)
    assert (planned["a"], planned["d"], planned["e"]) == ("in sync", "delete", "delete")
    sandbox.clear_requests()
    place.up()
    assert writes(sandbox) == ["DELETE /v1/user", "DELETE /v1/user"]
    assert logins(sandbox) == ["agent0", "agent2"]
    assert document(place, "plan", NOTHING)

    place.agents(heir={**user(0), "name": "Heir"}, **absent)
    assert_a_number_that_moves_is_no_delete(place, sandbox)
    assert sorted(one["name"] for one in sandbox.smartflo.users()) == ["Agent 2", "Heir"]
    settled(place)


def assert_a_number_that_moves_is_no_delete(place: Workspace, sandbox: Sandbox) -> None:
    """`heir` has the number of `a` now."""
    told = {one["key"]: (one["verb"], one["reason"]) for one in document(place, "plan", CHANGES)["steps"]}
    assert told["heir"][0] == "update"
    assert told["a"][0] == "forget"
    assert "`heir` has its agent" in told["a"][1]
    sandbox.clear_requests()
    place.up()
    assert writes(sandbox) == ["PATCH /v1/user"]


def logins(sandbox: Sandbox) -> list[str]:
    return sorted(one["login_id"] for one in sandbox.smartflo.users())


def test_what_the_list_does_not_show_is_kept_by_a_refresh_and_cannot_converge(
    place: Workspace, sandbox: Sandbox
) -> None:
    entry = user(0, department=[4], designation="Clerk", blocked=False)
    place.agents(a=entry)
    place.up()
    assert place.run("refresh").code == 0
    assert document(place, "plan", NOTHING)
    place.agents(a={**entry, "department": [5], "intercom": 1001})
    plan = document(place, "plan", STUCK)
    assert [one["verb"] for one in plan["steps"]] == ["cannot converge"]
    told = place.run("preview").text
    assert "department cannot converge" in told
    assert "intercom cannot converge" in told
    assert place.digo("export").code == 0, "what no list shows is left alone in config"
    assert "1001" in (place.folder / "config" / "test" / "agents.yaml").read_text()
    place.agents(a=entry)
    assert document(place, "plan", NOTHING)
    sandbox.smartflo.edit_user(by_key(sandbox, "agent0")["id"], name="By hand")
    assert place.run("refresh").code == 0
    assert verbs(place, CHANGES) == {"a": "update"}
    place.up()
    settled(place)


def test_the_guards_count_changes_and_deletes_and_a_destroy_needs_an_approval(
    place: Workspace, sandbox: Sandbox
) -> None:
    place.set_config(deletes="delete")
    place.agents(**{f"a{index}": user(index) for index in range(3)})
    place.up()
    place.run("config", "set", "--path", "digo:guards.maxUpdates", "1", "--stack", "test")
    place.run("config", "set", "--path", "digo:guards.maxDeletes", "0", "--stack", "test")
    place.agents(a0=user(0, "X"), a1=user(1, "Y"))
    sandbox.clear_requests()
    refused = place.run("up", "--skip-preview")
    assert refused.code != 0
    assert "updates: the plan has 2 updates; at most 1 is allowed" in refused.text
    assert "deletes: the plan has 1 delete; at most 0 are allowed" in refused.text
    assert writes(sandbox) == []

    refused = place.run("destroy", "--skip-preview")
    assert refused.code != 0
    assert "the guards were not asked in this run" in refused.text
    assert writes(sandbox) == []
    place.agents(**{f"a{index}": user(index) for index in range(3)})
    place.set_config(deletes="forget")
    place.up()
    assert place.run("destroy", "--skip-preview").code == 0
    assert writes(sandbox) == []
    assert len(sandbox.smartflo.users()) == 3


def test_a_field_that_no_call_of_the_profile_sets_is_a_conflict(place: Workspace) -> None:
    place.set_config(profile="digo")
    place.environ["DIGO_AUTHORIZATION"] = place.sandbox.token
    place.agents(a={"name": "A", "follow_me_number": NUMBERS[0], "email": "a@example.com"})
    refused = place.digo("plan")
    assert refused.code != 0
    assert "agents.a.email: the API (profile digo) has no call that sets it" in refused.text


def test_a_caller_id_that_the_account_lacks_is_refused_before_the_up(place: Workspace, sandbox: Sandbox) -> None:
    own = [one["did"] for one in sandbox.smartflo.numbers()]
    place.agents(a=user(0, caller_ids=[own[0], NUMBERS[5], NUMBERS[6]]), b=user(1, caller_ids=list(own)))
    sandbox.clear_requests()
    for run in (place.digo("plan"), place.run("up", "--skip-preview")):
        assert run.code != 0
        lacks = f"the account does not have +1 ***{NUMBERS[5][-4:]}, +1 ***{NUMBERS[6][-4:]}; it has {len(own)} numbers"
        assert f"agents.a.caller_ids: {lacks}" in run.text
        assert "agents.b" not in run.text
        assert NUMBERS[5] not in run.text
    assert [name for name in sandbox.counts() if not name.startswith("GET")] == []
    assert sandbox.counts()["GET /v1/my_number"] == 2
    sandbox.smartflo.numbers(*own, NUMBERS[5], NUMBERS[6])
    place.up()
    place.assert_nothing_left()


def test_an_entry_without_what_a_user_needs_is_refused_in_the_preview(place: Workspace, sandbox: Sandbox) -> None:
    place.agents(a={"name": "A", "follow_me_number": NUMBERS[0]})
    refused = place.run("preview")
    assert refused.code != 0
    assert "POST /v1/user, which creates it, needs caller_ids, email, login_id, user_role too" in refused.text


def test_an_account_that_lists_agents_only_is_changed_where_calls_are_turned_on(
    place: Workspace, sandbox: Sandbox
) -> None:
    sandbox.smartflo.settings(users="403")
    place.set_config(guards={"minUnblocked": 0})
    entry = {"name": "Desk", "follow_me_number": NUMBERS[0], "intercom": 1000}
    place.agents(a=entry)
    place.up()
    place.agents(a=entry | {"name": "New", "blocked": True})
    steps, told = place.previewed()
    assert "`putAgent` in digo:undocumented turns on PUT /v1/agent/{id}" in told
    assert "the account does not answer GET /v1/users, so its agents are those of GET /v1/agents" in told
    assert steps == {}
    place.set_config(undocumented="putAgent,blockAgent")
    assert assert_agrees(place, CHANGES) == {"a": "update"}
    sandbox.clear_requests()
    place.up()
    assert writes(sandbox) == ["POST /v1/agent", "PUT /v1/agent"]
    settled(place)

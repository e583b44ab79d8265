"""`digo agents`: the status of an agent, joined over config, account and state."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.scenarios.workspace import Workspace
from tests.warm.warm_sandbox import start_sandbox


def number(place: int) -> str:
    return f"+120255501{place:02d}"


def entry(place: int, **fields: str) -> dict[str, str]:
    return {"name": f"Agent {place}", "follow_me_number": number(place), **fields}


@pytest.fixture(scope="module")
def after_an_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """An account after an up, in which since then something of each kind has happened. No test here changes it."""
    folder = tmp_path_factory.mktemp("agents")
    with start_sandbox(folder) as sandbox:
        workspace = Workspace(folder / "project", "embedded", sandbox)
        workspace.agents(kept=entry(1), drifted=entry(2), gone=entry(3), lost=entry(4), blocked=entry(5))
        workspace.up()
        eids = {agent["name"]: agent["eid"] for agent in sandbox.agents()}
        sandbox.edit_agent(eids["Agent 2"], name="Renamed")
        sandbox.edit_agent(eids["Agent 5"], custom_status=1)
        sandbox.delete_agent(eids["Agent 4"])
        sandbox.add_agent(number(6), name="Agent 6")
        sandbox.add_agent(number(7), name=f"Nobody's {number(7)}")
        new = entry(8, intercom="1008")
        workspace.agents(kept=entry(1), drifted=entry(2), lost=entry(4), blocked=entry(5), found=entry(6), new=new)
        yield workspace


@pytest.fixture
def workspace(after_an_up: Workspace) -> Workspace:
    after_an_up.sandbox.clear_requests()
    return after_an_up


def listed(workspace: Workspace, *arguments: str) -> dict[str, dict[str, Any]]:
    outcome = workspace.digo("agents", "--format", "json", *arguments)
    assert outcome.code == 0, outcome.text
    return {str(one["key"]): one for one in json.loads(outcome.stdout)}


def test_each_agent_has_its_status(workspace: Workspace) -> None:
    found = listed(workspace)
    assert {key: one["status"] for key, one in found.items()} == {
        "kept": "managed",
        "drifted": "managed",
        "lost": "missing",
        "blocked": "managed",
        "found": "adoptable",
        "new": "missing",
        "gone": "forgotten",
        "None": "unmanaged",
    }
    assert [key for key, one in found.items() if one["drifted"]] == ["drifted"]
    assert [key for key, one in found.items() if one["blocked"]] == ["blocked"]
    (difference,) = found["drifted"]["differences"]
    assert (difference["field"], difference["wanted"], difference["live"]) == ("name", '"Agent 2"', '"Renamed"')
    assert difference["position"].startswith("config/test/agents.yaml:")
    assert workspace.sandbox.counts() == {"GET /v1/agents": 1}


def test_without_the_state_config_and_account_decide(workspace: Workspace) -> None:
    found = listed(workspace, "--no-state")
    assert found["found"]["status"] == "managed"
    assert "gone" not in found


@pytest.mark.parametrize(
    ("only", "keys"),
    [
        ("drifted", {"drifted"}),
        ("blocked", {"blocked"}),
        ("unmanaged", {"None"}),
        ("missing", {"lost", "new"}),
        ("adoptable", {"found"}),
        ("forgotten", {"gone"}),
        ("managed", {"kept", "drifted", "blocked"}),
    ],
)
def test_one_kind_can_be_listed(workspace: Workspace, only: str, keys: set[str]) -> None:
    assert set(listed(workspace, "--only", only)) == keys


def test_the_table_masks_numbers_and_names_what_is_wrong(workspace: Workspace) -> None:
    outcome = workspace.digo("agents")
    assert outcome.code == 0, outcome.text
    assert "2025550" not in outcome.text
    lines = {line.split()[0]: line for line in outcome.stdout.splitlines()}
    assert 'name: wanted "Agent 2", has "Renamed"' in lines["drifted"]
    assert lines["blocked"].rstrip().endswith("blocked")
    assert "***0101" in lines["kept"]
    assert "8 agents: 1 drifted, 1 blocked, 3 managed" in outcome.stdout


def test_one_agent_is_shown_whole(workspace: Workspace) -> None:
    outcome = workspace.digo("agents", "show", "kept")
    assert outcome.code == 0, outcome.text
    one = json.loads(outcome.stdout)
    assert (one["key"], one["status"], one["follow_me_number"]) == ("kept", "managed", "+1 ***0101")
    assert one["configuration"]["allowed_caller_ids"] == [{"id": "2222222", "number": "***0199"}]
    outcome = workspace.digo("agents", "show", "kep")
    assert (outcome.code, "did you mean `kept`?" in outcome.stderr) == (1, True)

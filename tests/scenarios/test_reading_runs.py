"""A stack with a change of each kind: what only reads, sends no write, and no run with targets passes the guards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.testing import Sandbox
from tests.scenarios.entries import NUMBERS, lead
from tests.scenarios.planning import CHANGES, document
from tests.scenarios.workspace import Workspace

OWN = "+12025550190"
COLUMNS = {"phone": "field_0", "name": "field_1", "otp": "field_5"}
AGENT = "urn:pulumi:test::pulumi-digo::pulumi-python:dynamic/digo:Agent::"


def user(index: int, **fields: Any) -> dict[str, Any]:
    return {
        "name": f"Agent {index}",
        "follow_me_number": NUMBERS[index],
        "email": f"agent{index}@example.com",
        "login_id": f"agent{index}",
        "user_role": 3,
        "caller_ids": [OWN],
    } | fields


def lists(place: Workspace, *leads: dict[str, str], name: str, rows: int, **more: Any) -> None:
    text = "".join(f"{NUMBERS[60 + row]},N{row},{row}\n" for row in range(rows))
    place.write("rows.csv", f"phone,name,otp\n{text}")
    file = {"name": "From a file", "columns": COLUMNS, "source": "rows.csv"}
    entries = {"otp": {"name": name, "columns": COLUMNS, "leads": list(leads)}, "file": file, **more}
    place.write("lists.yaml", {"lists": entries})


@pytest.fixture
def place(tmp_path: Path, engine: str, sandbox: Sandbox) -> Workspace:
    """A project with a change of each kind after its first up."""
    workspace = Workspace(tmp_path / "project", engine, sandbox, sandbox.smartflo.token)
    workspace.set_config(profile="smartflo", lateSeconds="1", deletes="delete")
    workspace.environ["DIGO_LEDGER_KEY"] = "a ledger key for the tests, of no worth"
    sandbox.smartflo.numbers(OWN)
    workspace.agents(a=user(0), b=user(1), c=user(2), d=user(3))
    lists(workspace, lead(0, name="A"), lead(1, name="B"), name="Codes", rows=5)
    workspace.up()
    workspace.agents(a=user(0, name="New"), b=user(1) | {"absent": True}, c=user(4, login_id="agent2"), e=user(5))
    more = {"name": "Another", "columns": COLUMNS, "leads": [lead(3, name="D")]}
    lists(workspace, lead(0, name="Z"), lead(2, name="C"), name="One-time codes", rows=3, more=more)
    sandbox.clear_requests()
    return workspace


def writes(sandbox: Sandbox) -> list[str]:
    """The requests that are not reads, without the ids in their paths."""
    return sorted(
        f"{one['method']} {'/'.join(part for part in one['path'].split('/')[1:] if not part.isdecimal())}"
        for one in sandbox.requests()
        if one["method"] != "GET"
    )


def test_what_shows_changes_makes_none(place: Workspace, sandbox: Sandbox) -> None:
    verbs = {one["verb"] for one in document(place, "plan", CHANGES)["steps"]}
    assert verbs >= {"create", "update", "delete"}
    for command in (("preview", "--json"), ("preview", "--refresh"), ("refresh",)):
        outcome = place.run(*command)
        assert outcome.code == 0, outcome.text
    assert place.digo("drift").code == 0
    assert sandbox.requests()
    assert writes(sandbox) == []
    refused = place.run("up", "--skip-preview", "--target", f"{AGENT}a", "--target", f"{AGENT}d")
    assert refused.code != 0
    assert writes(sandbox) == []
    sandbox.clear_requests()
    place.up()
    assert writes(sandbox) == [
        "DELETE v1/broadcast/leads",
        "DELETE v1/broadcast/leads",
        "DELETE v1/user",
        "DELETE v1/user",
        "PATCH v1/user",
        "PATCH v1/user",
        "POST v1/broadcast/lead",
        "POST v1/broadcast/lead",
        "POST v1/broadcast/lead",
        "POST v1/broadcast/list",
        "POST v1/user",
        "PUT v1/broadcast/list",
    ]
    place.assert_nothing_left()

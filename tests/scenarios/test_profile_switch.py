"""A stack whose profile changes, and changes back: nothing is sent again, nothing is made twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.testing import Sandbox
from tests.scenarios.entries import NUMBERS, lead
from tests.scenarios.planning import CHANGES, NOTHING, assert_agrees, verbs
from tests.scenarios.workspace import Workspace

KEY = "a ledger key for the tests, of no worth"


@pytest.fixture
def place(tmp_path: Path, engine: str, sandbox: Sandbox) -> Workspace:
    """A stack of profile `digo` on an account that has the sibling's calls too."""
    workspace = Workspace(tmp_path / "project", engine, sandbox, sandbox.smartflo.token)
    workspace.environ["DIGO_LEDGER_KEY"] = KEY
    first, second = (sandbox.smartflo.add_list(name) for name in ("First", "Second"))
    columns = {"phone": "field_0", "name": "field_1"}
    rows(workspace, 40)
    inline = {"id": str(first), "columns": columns, "leads": [lead(0, name="Asha"), lead(1, name="Ravi")]}
    of_file = {"id": str(second), "columns": columns, "source": "rows.csv", "shards": 2}
    workspace.write("lists.yaml", {"lists": {"otp": inline, "rows": of_file}})
    agents(workspace)
    return workspace


def rows(place: Workspace, count: int) -> None:
    """The file of a list has so many rows."""
    place.write("rows.csv", "phone,name\n" + "".join(f"{number},N\n" for number in NUMBERS[:count]))


def agents(place: Workspace, **changes: dict[str, Any]) -> None:
    entries = {key: {"name": f"Desk {key}", "follow_me_number": NUMBERS[60 + i]} for i, key in enumerate("ab")}
    place.agents(**{key: entry | changes.get(key, {}) for key, entry in entries.items()})


def writes(sandbox: Sandbox) -> list[str]:
    return [name for name in sandbox.counts() if not name.startswith("GET")]


def as_it_was(place: Workspace, sent: str) -> None:
    """Neither plan nor up has anything to do."""
    assert verbs(place, NOTHING) == {"a": "in sync", "b": "in sync", "otp-0150": sent, "otp-0151": sent, "rows": sent}
    place.sandbox.clear_requests()
    place.up("--expect-no-changes")
    assert writes(place.sandbox) == []


def test_a_stack_goes_to_the_other_profile_and_back(place: Workspace, sandbox: Sandbox) -> None:
    place.up()
    place.set_config(profile="smartflo", bulkRows="7")
    as_it_was(place, "in sync")
    assert len(sandbox.smartflo.users()) == 2
    assert sorted(len(sandbox.smartflo.leads(one["id"])) for one in sandbox.smartflo.lists()) == [2, 40]

    # Nor are rows that the other profile sends in bulk.
    rows(place, 60)
    place.up()
    assert [name for name in writes(sandbox) if "/broadcast/leads/" in name]
    place.set_config(profile="digo")
    as_it_was(place, "sent")

    # What the other profile cannot do is left, and done after the next change.
    place.set_config(profile="smartflo")
    agents(place, a={"name": "New"})
    assert verbs(place, CHANGES)["a"] == "update"
    place.set_config(profile="digo")
    assert assert_agrees(place, None)["a"] == "cannot converge"
    place.set_config(profile="smartflo")
    place.up()
    place.set_config(profile="digo")
    as_it_was(place, "sent")
    assert sorted(one["name"] for one in sandbox.smartflo.users()) == ["Desk b", "New"]


def test_a_run_that_one_profile_began_is_finished_by_the_other(place: Workspace, sandbox: Sandbox) -> None:
    place.set_config(lateSeconds="1")
    sandbox.fault("lost-after", path="/v1/agent", method="POST", nth=[1])
    sandbox.fault("status", status=500, path="/v1/agents", times="always", nth=[3, 4, 5, 6, 7, 8])
    sandbox.fault("lost-after", path="/v1/broadcast/lead/*", method="POST", nth=[3])
    assert place.run("up", "--skip-preview").code != 0
    sandbox.clear_faults()
    place.set_config(profile="smartflo")
    place.up()
    assert len(sandbox.smartflo.users()) == 2
    as_it_was(place, "in sync")
    assert sorted(len(sandbox.smartflo.leads(one["id"])) for one in sandbox.smartflo.lists()) == [2, 40]

"""A change whose run was killed, and a config that takes it back: the state alone proves nothing then."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.testing import Sandbox
from tests.faults import users_scene
from tests.faults.cutting import WAYS, Boundary

CHANGE = Boundary("change", "PATCH", "/v1/user/*")


@pytest.mark.parametrize(
    ("way", "adopted"),
    [
        ("kill-host-committed", False),
        *(
            pytest.param(*case, marks=pytest.mark.soak)
            for case in (("kill-host-committed", True), ("kill-engine-answered", False), ("kill-engine-answered", True))
        ),
    ],
)
def test_a_field_that_no_list_shows_is_sent_again(
    sandbox: Sandbox, tmp_path: Path, way: str, adopted: bool, tried: Callable[..., None]
) -> None:
    sandbox.reset()
    project = users_scene.project(tmp_path / "project", "embedded", sandbox)
    if adopted:
        sandbox.smartflo.add_user(users_scene.user(1)["follow_me_number"], name="Agent 01", login_id="agent1")
    project.agents(a=users_scene.user(1))
    project.up()
    project.agents(a=users_scene.user(1, caller_ids=[users_scene.OTHER_CALLER]))
    assert WAYS[way](project, CHANGE).struck
    (there,) = sandbox.smartflo.users()
    assert list(map(str, there["caller_id"])) == ["2222223"]

    project.agents(a=users_scene.user(1))
    planned = json.loads(project.digo("plan", "--format", "json").stdout)["steps"]
    assert [one["verb"] for one in planned] == ["update"]
    assert project.steps() == {"a": "update"}
    project.up()
    (there,) = sandbox.smartflo.users()
    assert list(map(str, there["caller_id"])) == ["2222222"]
    sandbox.clear_requests()
    assert project.steps() == {}
    project.up()
    assert project.writes() == []
    tried("cuts")

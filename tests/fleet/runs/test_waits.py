"""Runs that wait: for a window, for the pause after a wave. `digo fleet cancel` ends them at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from tests.fleet.up.running_fleet import running
from tests.fleet.up.up_workspace import UpWorkspace, accounts_of, outcomes
from tests.scenarios.entries import agent
from tests.warm.warm_sandbox import start_sandbox

STACKS = ("canary-1", "goa-1")
GROUPS = {"canary": {"stacks": ["canary-*"]}, "rest": {"stacks": ["!canary-*"]}}


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[UpWorkspace]:
    (tmp_path / "sandbox").mkdir()
    with start_sandbox(tmp_path / "sandbox", accounts=accounts_of(STACKS)) as sandbox:
        made = UpWorkspace(tmp_path / "project", sandbox, STACKS)
        for stack in STACKS:
            made.agents(stack, sales=agent(1))
        yield made


def closed_window() -> dict[str, object]:
    """A window of the day after tomorrow."""
    day = (datetime.now(timezone.utc) + timedelta(days=2)).strftime("%a").lower()
    return {"groups": ["rest"], "days": [day], "from": "00:00", "to": "01:00", "zone": "UTC"}


def test_a_wave_that_waits_and_a_closed_window_are_said_and_cancelled(fleet: UpWorkspace) -> None:
    waves = [{"name": "first", "groups": ["canary"], "wait": "1h"}, {"name": "second", "groups": ["rest"]}]
    fleet.fleet(groups=GROUPS, waves=waves)
    with running(fleet, "up", "--yes", "--format", "json") as up:
        up.wait_for("waits for the pause after wave first")
        cancelled = fleet.run("cancel")
        assert cancelled.returncode == 0, cancelled.stderr
        assert up.ended() == 3, up.err
    report = json.loads(up.out)
    assert outcomes(report) == {"canary-1": "applied", "goa-1": "skipped"}
    assert report["stopped"] == "it was cancelled"
    assert fleet.account("goa-1").agents() == []

    fleet.fleet(groups=GROUPS, windows=[closed_window()])
    with running(fleet, "up", "--yes", "--format", "json") as up:
        up.wait_for("waits for a window, which opens at ")
        assert fleet.run("cancel").returncode == 0
        assert up.ended() == 3, up.err
    assert outcomes(json.loads(up.out)) == {"canary-1": "unchanged", "goa-1": "skipped"}
    assert fleet.account("goa-1").agents() == []
    assert "no run is under way" in fleet.run("cancel").stderr

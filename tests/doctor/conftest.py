"""A project with a stack of its own, and what `digo doctor` says about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.testing import Sandbox
from tests.scenarios.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path, sandbox: Sandbox) -> Workspace:
    made = Workspace(tmp_path / "project", "embedded", sandbox)
    made.agents(sales={"name": "Sales", "follow_me_number": "+1 202 555 0101", "intercom": 1001})
    return made

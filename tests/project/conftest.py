"""A project with a stack of its own, and an account."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.testing import Sandbox
from tests.scenarios.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path, sandbox: Sandbox) -> Workspace:
    return Workspace(tmp_path / "project", "embedded", sandbox)

"""Accounts of any size, and a project beside them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from export_account import MakeWorkspace, Stored
from workspace import Workspace

from sandbox.agents import Agents
from sandbox.database import open_database
from sandbox.testing import Sandbox, start_sandbox


@pytest.fixture
def account(tmp_path: Path) -> Iterator[MakeWorkspace]:
    """Starts a sandbox whose account has agents of those names, digits and intercoms, with a project for it."""
    with ExitStack() as stack:

        def make(agents: list[Stored]) -> tuple[Workspace, Sandbox]:
            connection = open_database(tmp_path / "sandbox.db")
            stored = Agents(connection)
            for name, digits, intercom in agents:
                stored.add(name, digits, intercom)
            connection.commit()
            connection.close()
            sandbox = stack.enter_context(start_sandbox(tmp_path))
            return Workspace(tmp_path / "project", "embedded", sandbox), sandbox

        yield make

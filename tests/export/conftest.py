"""Accounts of any size, and a project beside them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sandbox.agents import Agents
from sandbox.database import open_database
from sandbox.testing import Sandbox
from tests.export.export_account import MakeWorkspace, Stored
from tests.scenarios.workspace import Workspace
from tests.warm.warm_sandbox import start_sandbox

FEW = 50


@pytest.fixture
def account(tmp_path: Path, sandbox: Sandbox) -> Iterator[MakeWorkspace]:
    """Makes an account that has agents of those names, digits and intercoms, with a project for it.

    An account of many agents is a sandbox of its own: to add them one by one takes longer than to start it.
    """
    with ExitStack() as stack:

        def make(agents: list[Stored]) -> tuple[Workspace, Sandbox]:
            if len(agents) > FEW:
                _store(tmp_path, agents)
                server = stack.enter_context(start_sandbox(tmp_path))
            else:
                server = sandbox
                for name, digits, intercom in agents:
                    server.add_agent(digits, name=name, intercom=intercom)
            return Workspace(tmp_path / "project", "embedded", server), server

        yield make


def _store(folder: Path, agents: list[Stored]) -> None:
    connection = open_database(folder / "sandbox.db")
    stored = Agents(connection)
    for name, digits, intercom in agents:
        stored.add(name, digits, intercom)
    connection.commit()
    connection.close()

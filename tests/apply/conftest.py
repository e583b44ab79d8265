"""A running sandbox with an empty account, and a folder for journals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.testing import Sandbox, start_sandbox


@pytest.fixture(scope="module")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with start_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Sandbox:
    shared_sandbox.clear_faults()
    shared_sandbox.reset()
    shared_sandbox.clear_requests()
    return shared_sandbox


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journal"

"""A running sandbox and a client that speaks to it as a user's program would."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sandbox.testing import Sandbox, start_sandbox


@pytest.fixture(scope="module")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with start_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Sandbox:
    """A sandbox with an empty account and default behaviour."""
    shared_sandbox.reset()
    return shared_sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with sandbox.client() as client:
        yield client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for sandboxes that a test starts itself."""
    return tmp_path

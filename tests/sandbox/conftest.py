"""A running sandbox and a client that speaks to it as a user's program would."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sandbox.testing import NO_TLS, Sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with sandbox.client() as client:
        yield client


@pytest.fixture
def stranger() -> Iterator[httpx.Client]:
    """A client without a token, and without an address: it takes whole URLs."""
    with httpx.Client(timeout=60, verify=NO_TLS, trust_env=False) as client:
        yield client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for sandboxes that a test starts itself."""
    return tmp_path

"""The sibling's account of the shared sandbox, and a client with its token."""

from collections.abc import Iterator

import httpx
import pytest

from sandbox.smartflo.testing import SmartfloSide
from sandbox.testing import Sandbox


@pytest.fixture
def smartflo(sandbox: Sandbox) -> SmartfloSide:
    return sandbox.smartflo


@pytest.fixture
def client(smartflo: SmartfloSide) -> Iterator[httpx.Client]:
    with smartflo.client() as client:
        yield client

"""A running sandbox whose calls are answered at once and go on for an hour."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from sandbox.testing import Sandbox
from tests.warm.warm_sandbox import start_sandbox

HOUR = 3_600_000


@pytest.fixture(scope="session")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with start_sandbox(
        tmp_path_factory.mktemp("sandbox"), call_queue_ms=0, call_ring_ms=0, call_talk_ms=HOUR
    ) as sandbox:
        yield sandbox


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with sandbox.client() as client:
        yield client

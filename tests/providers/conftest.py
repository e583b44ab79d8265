"""A sandbox, and a configured provider host in front of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.testing import Sandbox
from tests.providers.host_process import Host, running_host


@pytest.fixture
def host(sandbox: Sandbox, tmp_path: Path) -> Iterator[Host]:
    with running_host(tmp_path, {"DIGO_AUTHORIZATION": sandbox.token}) as host:
        host.configure(endpoint=sandbox.url, cps="0")
        yield host


@pytest.fixture(scope="module")
def quiet_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A host for what costs no request: at its endpoint is nobody."""
    with running_host(tmp_path_factory.mktemp("quiet"), {"DIGO_AUTHORIZATION": "example-token"}) as host:
        host.configure(endpoint="http://127.0.0.1:1", cps="0")
        yield host

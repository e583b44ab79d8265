"""Every scenario runs on each engine that is present: the embedded one always, `pulumi` where it is on PATH."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.testing import Sandbox
from tests.needs.needed import ENGINES
from tests.scenarios.workspace import CANARY, Workspace
from tests.warm.warm_sandbox import start_sandbox


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with start_sandbox(tmp_path_factory.mktemp("sandbox"), token=[CANARY]) as sandbox:
        yield sandbox


@pytest.fixture
def workspace(tmp_path: Path, engine: str, sandbox: Sandbox) -> Workspace:
    return Workspace(tmp_path / "project", engine, sandbox)


@pytest.fixture
def make_workspace(tmp_path: Path, sandbox: Sandbox) -> Callable[..., Workspace]:
    """Workspaces beyond the first: another engine, another stack of the same account."""

    def make(name: str, engine: str, token: str | None = None) -> Workspace:
        return Workspace(tmp_path / name, engine, sandbox, token)

    return make

"""One sandbox a worker, and the projects that its tests start from."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from sandbox.testing import Sandbox
from tests.faults.benches import Benches
from tests.faults.project import CANARY, SMARTFLO_CANARY
from tests.warm.warm_sandbox import start_sandbox


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with start_sandbox(tmp_path_factory.mktemp("sandbox"), token=[CANARY], smartflo_token=[SMARTFLO_CANARY]) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def benches(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox) -> Benches:
    return Benches(sandbox, tmp_path_factory.mktemp)


@pytest.fixture
def tried(record_property: Callable[[str, object], None]) -> Callable[[str, int], None]:
    """Counts what a test tried, for the line at the end of the run."""

    def count(what: str, number: int = 1) -> None:
        record_property("tried", (what, number))

    return count

"""A running sandbox and the page's examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.testing import Sandbox
from tests.warm.warm_sandbox import start_sandbox


@pytest.fixture(scope="session")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with start_sandbox(
        tmp_path_factory.mktemp("sandbox"), call_queue_ms=0, call_ring_ms=0, call_talk_ms=3_600_000
    ) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def page() -> Callable[[str], str]:
    """The text of one of the vendor page's samples."""
    folder = Path(__file__).resolve().parents[1] / "fixtures" / "page"
    return lambda name: (folder / f"{name}.txt").read_text(encoding="utf-8")

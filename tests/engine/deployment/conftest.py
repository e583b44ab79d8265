from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.hosts.executables import resident_host, write_host_process
from tests.engine.hosts.workshop import Workshop
from tests.warm.warm_python import warm_python


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    """A fresh project with its own host and an empty state."""
    # Tests write a program twice within a second, which compiled code does not notice.
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    workshop = Workshop(tmp_path, warm_python())
    with resident_host(workshop.host):
        yield workshop


@pytest.fixture
def host_process(workshop: Workshop) -> None:
    """For tests of how a host begins and ends: the workshop's host is a process of its own."""
    write_host_process(workshop.host, workshop.project.python)

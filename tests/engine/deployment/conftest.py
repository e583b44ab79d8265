from __future__ import annotations

from pathlib import Path

import pytest
from warm_python import warm_python

from tests.engine.hosts.workshop import Workshop


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """A fresh project with its own host and an empty state."""
    # Tests write a program twice within a second, which compiled code does not notice.
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    return Workshop(tmp_path, warm_python())

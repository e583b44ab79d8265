from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.hosts.workshop import Workshop


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    """A fresh project with its own host and an empty state."""
    return Workshop(tmp_path)

"""A hosting service, and a project in whose folder the steps run as in a pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.testing import Sandbox
from tests.ci.fake_hosting import Service, running_service
from tests.ci.pipeline import Pipeline


@pytest.fixture
def service() -> Iterator[Service]:
    with running_service() as service:
        yield service


@pytest.fixture
def pipeline(tmp_path: Path, sandbox: Sandbox, service: Service) -> Pipeline:
    """A pipeline of GitHub Actions."""
    return Pipeline(tmp_path / "project", sandbox, service)

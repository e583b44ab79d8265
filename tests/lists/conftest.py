"""A project with one list from a file, on each engine that is present."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from list_project import ListProject

from sandbox.testing import Sandbox

ENGINES = ["embedded", *(["pulumi"] if shutil.which("pulumi") else [])]


@pytest.fixture(params=ENGINES)
def project(request: pytest.FixtureRequest, tmp_path: Path, sandbox: Sandbox) -> ListProject:
    return ListProject(tmp_path / "project", request.param, sandbox)

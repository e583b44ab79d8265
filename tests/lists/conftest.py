"""A project with one list from a file, on each engine that is present; and one whose account shows the list."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sandbox.testing import Sandbox
from tests.lists.list_project import ListProject
from tests.lists.live_project import LiveListProject
from tests.needs.needed import ENGINES
from tests.warm.warm_python import warm_python


@pytest.fixture(params=ENGINES)
def project(request: pytest.FixtureRequest, tmp_path: Path, sandbox: Sandbox) -> ListProject:
    return ListProject(tmp_path / "project", request.param, sandbox)


@pytest.fixture
def live(tmp_path: Path, sandbox: Sandbox) -> LiveListProject:
    found = LiveListProject(tmp_path / "project", "embedded", sandbox)
    found.entry()
    return found


@pytest.fixture
def warm_workbooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes that read workbooks have their modules in memory already."""
    monkeypatch.setattr(sys, "executable", str(warm_python()))

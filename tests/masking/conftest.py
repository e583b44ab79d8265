"""A project with routes, and services that end with the test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.masking.masking_project import Project, Service
from tests.warm.warm_python import warm_python


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


@pytest.fixture
def start(project: Project) -> Iterator[Callable[..., Service]]:
    """Starts services that end with the test."""
    services: list[Service] = []

    def begin(*options: str, **more: Any) -> Service:
        services.append(Service(project, *options, **{"warm": True, **more}))
        return services[-1]

    yield begin
    for service in services:
        service.stop()


@pytest.fixture
def warm_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes that make tables of routes for this one have their modules in memory already."""
    monkeypatch.setattr(sys, "executable", str(warm_python()))

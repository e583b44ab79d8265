"""A state folder with one stack in it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.backend.layout import StackReference
from engine.backend.store import FileBackend
from engine.model import Deployment, ResourceState

Make = Callable[..., ResourceState]


@pytest.fixture
def stack() -> StackReference:
    return StackReference("demo", "dev")


@pytest.fixture
def backend(tmp_path: Path, stack: StackReference) -> FileBackend:
    backend = FileBackend(f"file://{tmp_path}", tmp_path)
    backend.create(stack, Deployment())
    return backend


@pytest.fixture
def resource() -> Make:
    """Makes resource states by name."""

    def make(name: str, **fields: object) -> ResourceState:
        urn = f"urn:pulumi:dev::demo::demo:index:Thing::{name}"
        return ResourceState(urn, "demo:index:Thing", custom=True, id=f"id-{name}", **fields)  # type: ignore[arg-type]

    return make

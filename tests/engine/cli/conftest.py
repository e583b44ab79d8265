"""A project of its own for each test."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.cli.engine_place import ROOT, Place
from tests.engine.hosts.executables import resident_host, write_host_process
from tests.warm.stack_key import PASSPHRASE, SALT
from tests.warm.warm_python import warm_python


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A project named `tried` without stacks."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text(
        "name: tried\nruntime: python\nplugins:\n  providers:\n    - {name: pulumi-python, path: ./host}\n"
    )
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("PULUMI_") and key != "CI"}
    environment = {
        **inherited,
        "PYTHONPATH": str(ROOT),
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        # Tests write a program twice within a second, which compiled code does not notice.
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with resident_host(folder / "host"):
        yield Place(folder, environment)


@pytest.fixture
def host_process(place: Place) -> None:
    """For tests of processes: the host is one of its own."""
    write_host_process(place.folder / "host", warm_python())


@pytest.fixture
def stack(place: Place) -> Place:
    """The project with the stack `dev`, selected."""
    (place.folder / "Pulumi.dev.yaml").write_text(f"encryptionsalt: {SALT}\n")
    assert place.call("stack", "init", "dev").code == 0
    return place

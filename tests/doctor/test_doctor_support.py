"""The support matrix: the pins, the page and the check agree."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

import pytest

from digo.doctor.check import Status
from digo.doctor.installation import check_engine, check_packages, check_python, installed_packages
from digo.doctor.state import check_lock, check_state
from digo.doctor.support import PACKAGES
from digo.project.locks import LockHolder
from digo.state.last_up import LastUp
from scripts.reference import SUPPORT_PAGE, support

ROOT = Path(__file__).resolve().parents[2]


def pins() -> dict[str, list[str]]:
    """The versions that requirements.txt has of each package."""
    found: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE):
        found.setdefault(name, []).append(version)
    return found


def test_the_matrix_has_the_pins() -> None:
    pinned = pins()
    for name, package in PACKAGES.items():
        versions = pinned[re.sub(r"[-_.]+", "-", name).lower()]
        # A package may have a pin for Python 3.10 and another for later ones.
        assert versions[0] == package.tried[0], f"{name}: write {versions} into digo/doctor/support.py"
        assert {one.partition(".")[0] for one in versions} == {one.partition(".")[0] for one in package.tried}, name


def test_the_page_is_current() -> None:
    assert SUPPORT_PAGE.read_text(encoding="utf-8") == support(), "`make reference` writes it"


def test_what_is_installed_here_is_supported() -> None:
    assert check_packages(installed_packages()).status is Status.OK


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({"httpx": None}, Status.ERROR, "not installed: httpx"),
        ({"pyarrow": None}, Status.OK, "; without pyarrow (`make setup EXTRAS=…`: see docs/support.md)"),
        ({"pulumi": "3.273.0"}, Status.WARNING, "pulumi 3.273.0"),
        ({"httpx": "1.0.0"}, Status.WARNING, "httpx 1.0.0"),
        ({"httpx": "0.27.0"}, Status.WARNING, "httpx 0.27.0"),
        ({"httpx": "0.28.2", "pyarrow": "25.4.0"}, Status.OK, "of the support matrix"),
    ],
)
def test_packages(changed: dict[str, str | None], status: Status, said: str) -> None:
    pinned = {name: package.tried[-1] for name, package in PACKAGES.items()}
    result = check_packages({**pinned, **changed})
    assert result.status is status and said in result.found


@pytest.mark.parametrize(
    ("version", "status"),
    [((3, 9, 1), Status.ERROR), ((3, 10, 0), Status.OK), ((3, 13, 9), Status.OK), ((3, 15, 0), Status.WARNING)],
)
def test_pythons(version: tuple[int, ...], status: Status) -> None:
    assert check_python(version, "/usr/bin/python3").status is status


@pytest.mark.parametrize(
    ("name", "version", "status", "said"),
    [
        ("digo engine", "v3.272.0", Status.OK, "because no `pulumi` is on PATH"),
        ("pulumi", "v3.300.1", Status.OK, "because it is on PATH"),
        ("pulumi", "v3.100.0", Status.WARNING, "because it is on PATH"),
        ("pulumi", "v4.0.0", Status.WARNING, "because it is on PATH"),
        ("pulumi", "?", Status.WARNING, "because it is on PATH"),
    ],
)
def test_engines(name: str, version: str, status: Status, said: str) -> None:
    result = check_engine(name, version)
    assert result.status is status and said in result.found


def test_a_lock_of_a_run_that_is_gone() -> None:
    gone = LockHolder(Path("a.json"), 2**22 + 1, "ann", socket.gethostname(), "2026-11-29T10:00:00Z")
    here = LockHolder(Path("b.json"), os.getpid(), "ann", socket.gethostname(), "2026-11-29T10:00:00Z")
    assert "a run that is gone" in check_lock([gone]).found
    assert check_lock([gone, here]).found.startswith("held: ")
    assert check_lock([]).status is Status.OK


def test_pending_operations() -> None:
    deployment: dict[str, object] = {"resources": [{}], "pending_operations": [{}]}
    result = check_state(deployment, LastUp(), None)
    assert result.status is Status.WARNING and "pulumi refresh" in result.next_step

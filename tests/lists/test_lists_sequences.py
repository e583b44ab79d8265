"""Lists that are edited, cut off, moved and renamed at random: no row is lost, and none is sent that need not be."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from sandbox.testing import Sandbox
from tests.lists.list_project import LIST, ListProject
from tests.lists.list_sequence import ListSequence
from tests.lists.live_project import LiveListProject


def sequence(kind: str, number: int, size: int, folder: Path, sandbox: Sandbox) -> ListSequence:
    chance = random.Random(f"{kind} {number}")
    if kind == "digo":
        project = ListProject(folder / "project", "embedded", sandbox)
        project.set_config(timeout="5")
        return ListSequence(project, (LIST, LIST + 1), chance, size)
    live = LiveListProject(folder / "project", "embedded", sandbox)
    live.set_config(bulkRows="20")
    other = sandbox.smartflo.add_list("other", ["name", "email", "address", "company", "otp"])
    return ListSequence(live, (live.list_id, other), chance, size, ("smartflo", "digo"))


@pytest.mark.parametrize("kind", ["digo", "smartflo"])
def test_a_list_survives_what_nobody_thought_of(kind: str, tmp_path: Path, sandbox: Sandbox) -> None:
    one = sequence(kind, 0, 120, tmp_path, sandbox)
    one.run(1)
    assert one.counts["settled"] == 1


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["digo", "smartflo"])
@pytest.mark.parametrize("size", [40, 400, 4_000])
@pytest.mark.parametrize("number", range(10))
def test_many_lists_survive(kind: str, size: int, number: int, tmp_path: Path, sandbox: Sandbox) -> None:
    one = sequence(kind, number, size, tmp_path, sandbox)
    one.run(8)
    assert one.counts["settled"] == 8

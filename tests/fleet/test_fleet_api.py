"""`from digo.fleet import …`: the names, and how stacks are chosen."""

from __future__ import annotations

from pathlib import Path

import pytest

import digo.fleet
from digo.fleet import ConfigError, Fleet, FleetError
from tests.fleet.fleet_project import FleetProject


def test_every_name_is_there_and_others_are_refused_as_of_any_module() -> None:
    assert {getattr(digo.fleet, name).__name__ for name in digo.fleet.__all__} == set(digo.fleet.__all__)
    assert set(digo.fleet.__all__) <= set(dir(digo.fleet))
    with pytest.raises(AttributeError, match=r"module 'digo\.fleet' has no attribute 'Flet'"):
        _ = digo.fleet.Flet
    assert (Path(digo.__path__[0]) / "py.typed").is_file(), "programs of users see the types"


def test_a_folder_can_be_a_text_and_one_choice_needs_no_list(tmp_path: Path) -> None:
    project = FleetProject(tmp_path / "p", {"a-1": {"region": "south"}, "a-2": {"region": "north"}, "b": {}})
    fleet = Fleet.load(str(project.folder))
    assert fleet == Fleet.load(project.folder)

    def chosen(**choice: object) -> list[str]:
        return [one.name for one in fleet.select(**choice).stacks]  # type: ignore[arg-type]

    assert chosen(stacks="a-*") == chosen(stacks=["a-*"]) == ["a-1", "a-2"]
    assert chosen(groups="all") == ["a-1", "a-2", "b"]
    assert chosen(labels={"region": "south"}) == chosen(labels=[("region", "south")]) == ["a-1"]
    with pytest.raises(FleetError, match="there is no stack `a-3`"):
        fleet.select("a-3")
    project.write("groups: 1\n")
    with pytest.raises(ConfigError, match=r"fleet\.yaml:1:1: groups: a mapping"):
        Fleet.load(str(project.folder))

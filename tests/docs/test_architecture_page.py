"""ARCHITECTURE.md: its files exist, its packages are those of the code in their order, and three changes are small."""

from __future__ import annotations

import re

import pytest

from tests.scenarios.workspace import ROOT

PAGE = (ROOT / "ARCHITECTURE.md").read_text()
TOPS = ("bench", "digo", "docs", "engine", "policy", "protocol", "providers", "sandbox", "scripts", "tests")


def layers() -> list[list[str]]:
    """The packages of `digo/` that import-linter knows, from the top, with those of one layer together."""
    contract = (ROOT / "pyproject.toml").read_text().split('type = "layers"')[1].split("]")[0]
    names = [re.findall(r"digo\.(\w+)", line) for line in contract.splitlines()]
    return [one for one in names if one]


def test_the_files_that_it_names_are_there() -> None:
    named = set(re.findall(rf"`((?:{'|'.join(TOPS)})/[\w./-]+)`", PAGE))
    assert len(named) > 50
    assert [one for one in sorted(named) if not (ROOT / one).exists()] == []


def test_the_packages_are_those_of_the_code_from_the_top() -> None:
    table = PAGE.split("| package | what it does |")[1].split("\n\n")[0]
    rows = [re.findall(r"`(\w+)`", row.split("|")[1]) for row in table.splitlines()[2:]]
    told = [name for row in rows for name in row]
    order = {name: place for place, layer in enumerate(layers()) for name in layer}
    assert sorted(told) == sorted(order)
    places = [order[name] for name in told]
    assert places == sorted(places), "a row is not above what it may import"


@pytest.mark.parametrize("change", ["A new field of agents", "Another reason for a guard", "A new reply of the API"])
def test_each_of_these_changes_has_at_most_three_files(change: str) -> None:
    table = PAGE.split(f"**{change}.**")[1].split("| what | file |")[1].split("\n\n")[0]
    files = [re.findall(r"`([\w/]+\.py)`", row) for row in table.splitlines()[2:]]
    assert 1 <= len(files) <= 3
    assert all(any((ROOT / one).is_file() for one in row) for row in files)

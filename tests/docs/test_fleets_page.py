"""docs/fleets.md: its tables are the models', and its examples are what fleet.yaml and a stack's file take."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml

import digo.fleet
from digo.schemas import PARTS, field_table
from scripts.markdown_table import with_table
from tests.fleet.changes.checkout import Checkout
from tests.fleet.fleet_project import FleetProject

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "fleets.md").read_text(encoding="utf-8")
API_PAGE = (DOCS / "python-api.md").read_text(encoding="utf-8")
TABLES = re.findall(r"<!-- fields: ([\w.]+) -->\n(.*?)<!-- end -->", PAGE, flags=re.DOTALL)
EXAMPLES = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)]


@pytest.mark.parametrize(("kind", "table"), TABLES)
def test_the_tables_are_those_of_the_models(kind: str, table: str) -> None:
    assert table == field_table(kind), "`make reference` writes it"


def test_the_page_has_all_tables() -> None:
    assert [kind for kind, _ in TABLES] == ["fleet", *PARTS]


def test_the_examples_are_a_fleet(tmp_path: Path) -> None:
    fleet = {key: value for example in EXAMPLES if "config" not in example for key, value in example.items()}
    (stack,) = (example["config"] for example in EXAMPLES if "config" in example)
    project = FleetProject(tmp_path, {"chennai-1": stack["digo:labels"], "delhi-1": {}, "sandbox": {}})
    project.write(yaml.safe_dump(fleet, sort_keys=False))
    assert project.problems() == []
    assert [(one.name, one.groups) for one in project.load().stacks] == [
        ("chennai-1", ("canary", "south", "rest")),
        ("delhi-1", ("canary", "rest")),
    ]


def test_a_page_may_begin_with_empty_tables() -> None:
    page = "<!-- a.b -->\n<!-- end -->\nbetween\n<!-- axb -->\n<!-- end -->\n"
    written = with_table(with_table(page, "a.b", "| 1 |\n"), "axb", "| \\2 |\n")
    assert written == "<!-- a.b -->\n| 1 |\n<!-- end -->\nbetween\n<!-- axb -->\n| \\2 |\n<!-- end -->\n"
    assert with_table(written, "a.b", "| 1 |\n") == written


def test_the_stacks_that_a_change_reaches(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "repository")
    checkout.git("update-ref", "refs/remotes/origin/main", "HEAD")
    checkout.write("config/a/agents.yaml", "agents:  {}\n")
    checkout.commit("second")
    (expression,) = re.findall(r"`(fleet\.only\(.*?\))` has the stacks", API_PAGE)
    found = eval(expression, {"fleet": checkout.project.load(**os.environ)})
    assert [one.name for one in found.stacks] == ["a"]


def test_the_page_of_the_python_api_has_each_name() -> None:
    for name in digo.fleet.__all__:
        thing = getattr(digo.fleet, name)
        assert (thing.__doc__ or "").strip(), name
        assert f"`{name}" in API_PAGE or f"({name})" in API_PAGE, name
    for one in vars(digo.fleet.Fleet).keys() - {"root", "project", "environ"}:
        if not one.startswith("_"):
            assert f"fleet.{one}(" in API_PAGE or f"Fleet.{one}(" in API_PAGE or f"`{one}`" in API_PAGE, one


@pytest.mark.parametrize(
    "name", ["FleetPlan", "StackPlan", "StepSummary", "RunView", "FleetReport", "StackResult", "FleetDrift", "Finding"]
)
def test_the_page_of_the_python_api_has_what_each_value_has(name: str) -> None:
    (row,) = re.findall(rf"^\| [^|]*`{name}`[^|]* \|(.*)\|$", API_PAGE, flags=re.MULTILINE)
    kind = getattr(digo.fleet, name)
    public = {one for one in {*vars(kind), *kind.__dataclass_fields__} if not one.startswith("_")}
    internal = {"identity", "values", "pin"}
    assert public - internal - {"to_dict", "from_dict"} <= set(re.findall(r"`(\w+)", row))

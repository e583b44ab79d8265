"""docs/fleets.md: its tables are the models', and its examples are what fleet.yaml and a stack's file take."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml
from checkout import Checkout
from fleet_project import FleetProject

from digo.schemas import PARTS, field_table
from scripts.markdown_table import with_table

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "fleets.md").read_text(encoding="utf-8")
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
    (expression,) = re.findall(r"`(fleet\.only\(.*?\))` has the stacks", PAGE)
    found = eval(expression, {"fleet": checkout.project.load(**os.environ)})
    assert [one.name for one in found.stacks] == ["a"]

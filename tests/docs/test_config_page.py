"""docs/config.md: its tables are the models', its examples load and mean what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from digo.cli.commands import COMMANDS
from digo.desired import Desired, load_environment
from digo.schemas import field_table

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "config.md").read_text(encoding="utf-8")
TABLES = re.findall(r"<!-- fields: (\w+) -->\n(.*?)<!-- end -->", PAGE, flags=re.DOTALL)
EXAMPLES = re.findall(r"```yaml\n# config/(\S+)\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in EXAMPLES:
        path = tmp_path / "config" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def load(project: Path, environment: str, **variables: str) -> Desired:
    environ = {f"DIGO_VAR_{name}": value for name, value in variables.items()}
    return load_environment(project / "config" / environment, project, environ)


@pytest.mark.parametrize(("kind", "table"), TABLES)
def test_the_tables_are_those_of_the_models(kind: str, table: str) -> None:
    assert table == field_table(kind), "`make reference` writes it"


def test_the_page_has_all_tables() -> None:
    assert [kind for kind, _ in TABLES] == ["agents", "lists", "approvals"]


def test_the_overlay_is_laid_over_its_base(project: Path) -> None:
    desired = load(project, "staging")
    (sales,) = desired.agents
    assert (sales.name, sales.number.e164, sales.intercom) == ("Sales desk (staging)", "+12025550101", "1001")
    (lead,) = desired.leads
    assert (lead.number.e164, dict(lead.fields)) == ("+12025550142", {"field_1": "Asha"})


def test_the_other_examples_mean_what_they_say(project: Path) -> None:
    (night,) = load(project, "night", TEAM="east", NIGHT_NUMBER="+1 202 555 0102").agents
    assert (night.name, night.number.e164) == ("Night desk, east", "+12025550102")
    assert load(project, "renamed").agents[0].formerly == ("sales",)
    gone = load(project, "gone")
    assert (gone.agents, [one.key for one in gone.absent]) == ((), ["temp"])
    assert {name.split("/")[0] for name, _ in EXAMPLES} == {"_base", "staging", "night", "renamed", "gone"}


def test_the_page_names_only_commands_that_there_are() -> None:
    named = set(re.findall(r"^digo (?:--stack \w+ )?(\w+)", PAGE, flags=re.MULTILINE))
    assert named <= set(COMMANDS)
    assert {"init", "export", "validate", "plan", "snapshot", "compare"} <= named

"""docs/smartflo.md: its tables are the profile's, each assumption has a source, and the how-to beside it runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from digo.api.user_calls import PAGE_SIZE
from digo.desired import load_environment
from digo.settings.keys import DEFAULT_BULK_ROWS
from digo.settings.profiles import SMARTFLO
from sandbox.testing import Sandbox
from scripts.profile_tables import PAGE, page_text
from tests.docs.pages import DOCS, START, Walk, copy_of_the_project
from tests.warm.warm_python import warm_environment

TEXT = PAGE.read_text(encoding="utf-8")
KINDS = r"page |pages |a page |the index|client code|open$|follows "


def test_the_tables_are_those_of_the_profile() -> None:
    assert page_text() == TEXT, "`make reference` writes them"


def test_each_call_and_each_word_is_there() -> None:
    calls, words = TEXT.split("<!-- calls -->")[1].split("<!-- end -->")[0], set()
    for rows in SMARTFLO.routes.values():
        for route in rows:
            assert f"`{route.call}`" in calls
            assert route.source in calls
            words |= {route.switch} - {""}
    assert set(re.findall(r"word `(\w+)`", calls)) == words == set(SMARTFLO.known_switches)
    (example,) = re.findall(r"digo:undocumented (\S+)", TEXT)
    assert set(example.split(",")) <= words


def test_each_assumption_has_a_source() -> None:
    tables = TEXT.split("## Assumptions\n")[1]
    rows = [line for line in tables.splitlines() if line.startswith("| ") and not line.startswith(("| assum", "| ---"))]
    assert len(rows) > 25
    for row in rows:
        assumption, source = (cell.strip() for cell in row.strip("|").split(" | "))
        assert assumption.endswith("."), row
        assert all(re.match(KINDS, part) for part in re.split(r"; |, (?=page)", source)), row


def test_the_numbers_are_those_of_the_code() -> None:
    assert f"A page may have {PAGE_SIZE:,} users." in TEXT
    assert f"A bulk call takes {DEFAULT_BULK_ROWS:,} rows." in TEXT


def test_the_example_is_config(tmp_path: Path) -> None:
    (name, text), *others = re.findall(r"```yaml\n# config/(\S+)\n(.*?)```", TEXT, flags=re.DOTALL)
    assert others == []
    path = tmp_path / "config" / name
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    (agent,) = load_environment(path.parent, tmp_path, {}).agents
    assert agent.password_secret == "receptionPassword"
    needed = next(route.demands for rows in SMARTFLO.routes.values() for route in rows if route.demands)
    assert needed <= agent.other_fields.keys()


@pytest.mark.timeout(600)
def test_a_stack_moves_to_the_profile_and_back(tmp_path: Path, sandbox: Sandbox) -> None:
    sandbox.smartflo.add_user("+12025550101", name="Sales")
    sandbox.smartflo.add_user("+12025550109", name="Old desk")
    project = copy_of_the_project(tmp_path / "pulumi-digo", warm_environment())
    token = {"DIGO_AUTHORIZATION=…": "DIGO_AUTHORIZATION=example-smartflo-token"}
    walk = Walk(project, {"https://api.example.com": sandbox.url, **token})
    walk.sh(START)
    walk.page((DOCS / "howto" / "profile-smartflo.md").read_text(encoding="utf-8"))
    left = [(one["name"], one["number"]) for one in sandbox.smartflo.users()]
    assert left == [("Sales desk", "+12025550101")]

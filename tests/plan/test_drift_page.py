"""The page of drift, as a browser draws it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from digo.plan.render.drift_page import drift_page
from digo.plan.review import Review
from sandbox.testing import Sandbox
from tests.html.page_checks import faults_of, keyboard_faults, opened
from tests.plan.page_scenes import SCENES, mixed
from tests.plan.plan_values import number, record
from tests.plan.reviews import EID, reviewed
from tests.scenarios.workspace import Workspace


def written(folder: Path, review: Review) -> Path:
    file = folder / "drift.html"
    file.write_text(drift_page(review), encoding="utf-8")
    return file


@pytest.mark.parametrize("scene", SCENES)
def test_drift_is_right_on_a_telephone_and_a_desk_in_light_and_dark(
    scene: str, tmp_path: Path, browser: Browser
) -> None:
    assert faults_of(browser, written(tmp_path, SCENES[scene]())) == []


def test_each_row_has_config_last_up_and_account(tmp_path: Path, browser: Browser) -> None:
    with opened(browser, written(tmp_path, mixed())) as (page, faults):
        assert keyboard_faults(page) == faults == []
        groups = page.locator("details[data-verb]")
        assert groups.nth(0).locator("th").all_inner_texts()[:5] == ["entry", "field", "config", "last up", "account"]
        assert groups.nth(0).locator("td").all_inner_texts() == [
            "stuck", "name", '"Wanted"', '"Panel"', '"Panel"', "agents.yaml:1:1"
        ]  # fmt: skip
        assert "No up can mend it" in groups.nth(0).inner_text()
        page.keyboard.press("/")
        page.keyboard.type("moved ***0106")
        assert page.locator("#shown").inner_text().startswith("1 of ")


def test_unmanaged_agents_are_there_by_name(tmp_path: Path, page: Page) -> None:
    live = tuple(record(f"e{n}" if n else EID, n, name=f"Panel {n}") for n in range(500))
    page.goto(written(tmp_path, reviewed(live=live)).as_uri())
    (group,) = page.locator("details[data-verb]").all()
    assert group.get_attribute("data-verb") == "unmanaged" and group.locator("tbody tr").count() == 500
    assert group.locator("tbody tr").nth(0).locator("td").all_text_contents() == [
        'name "Panel 0"',
        "follow_me_number +1 ***0100",
        f"eid {EID}",
    ]
    assert number(7)[5:] not in page.content()


def test_the_command_writes_the_page(workspace: Workspace, sandbox: Sandbox, browser: Browser) -> None:
    sandbox.add_agent("+12025550109", name="Reception")
    workspace.agents(sales={"name": "Sales desk", "follow_me_number": "+1 202 555 0101"})
    outcome = workspace.digo("drift", "--format", "html", "--output", "drift.html", "--detailed-exitcode")
    assert outcome.code == 2, outcome.text
    file = workspace.folder / "drift.html"
    assert faults_of(browser, file) == []
    with opened(browser, file) as (page, _):
        assert [one.split("\t")[0] for one in page.locator("tbody tr").all_inner_texts()] == ["sales", '"Reception"']

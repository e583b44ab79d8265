"""The page of a fleet's plan, as a browser draws it and as a keyboard uses it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from digo.fleet.plan.page import MOST_ROWS, fleet_plan_page
from digo.fleet.plan.stack_plan import FleetPlan
from tests.fleet.plan.fleet_plans import HASH, failed, hostile, large, mixed, refused, stack_plan
from tests.html.page_checks import faults_of, keyboard_faults, opened

SCENES = {
    "mixed": lambda: mixed(9),
    "hopeless": lambda: FleetPlan((failed("a", "no token"), refused("b", 3), stack_plan("calm-1"))),
    "hostile": hostile,
}


def written(folder: Path, plan: FleetPlan) -> Path:
    file = folder / "fleet-plan.html"
    file.write_text(fleet_plan_page(plan, {"goa-1": ["config/goa-1/agents.yaml"]}), encoding="utf-8")
    return file


@pytest.mark.parametrize("scene", SCENES)
def test_the_plan_is_right_on_a_telephone_and_a_desk_in_light_and_dark(
    scene: str, tmp_path: Path, browser: Browser
) -> None:
    assert faults_of(browser, written(tmp_path, SCENES[scene]())) == []


def test_exceptions_come_first_and_each_stack_is_closed(tmp_path: Path, browser: Browser) -> None:
    with opened(browser, written(tmp_path, mixed())) as (page, faults):
        heads = [" ".join(one.split()) for one in page.locator("summary").all_inner_texts()]
        assert heads[:9] == [
            "x failed 2 stacks delhi-1",
            "x refused 1 stack agra-1",
            "! cannot converge 1 group of equal changes night",
            "~ changes exceptions: 2 groups of equal changes floor-0, sales",
            "~ changes 1 group of equal changes sales",
            "x delhi-1 no plan",
            "x delhi-2 no plan",
            f"x agra-1 60 creates, 3 in sync {HASH}",
            f"! pune-1 1 cannot converge, 1 update, 3 in sync {HASH}",
        ]
        assert heads[-1] == "unchanged 2 stacks calm-1, calm-2" and len(heads) == 5 + 38 + 1
        assert not page.get_by_text("floor-7 agent of agra-1").is_visible()
        page.locator("summary", has_text="60 creates").click()
        assert page.get_by_text("floor-7 agent of agra-1").is_visible()
        page.locator("summary", has_text="goa-1").click()
        assert page.get_by_text("planned because of config/goa-1/agents.yaml").is_visible()
        page.get_by_role("button", name="refused").click()
        assert page.locator("summary:visible").count() == 2
        page.get_by_label("Search").fill("floor-07")
        assert page.locator("summary:visible").count() == 0
        page.keyboard.press("Escape")
        page.get_by_label("Search").fill("sales goa-1")
        assert page.locator("summary:visible").all_inner_texts()[-1].split()[:2] == ["~", "goa-1"]
        assert faults == []


def test_the_keyboard_reaches_everything(tmp_path: Path, browser: Browser) -> None:
    with opened(browser, written(tmp_path, mixed(10))) as (page, faults):
        assert keyboard_faults(page) == faults == []


def test_five_hundred_stacks_with_many_entries_open_at_once(tmp_path: Path, browser: Browser) -> None:
    file = written(tmp_path, large(500, 41))
    assert 1_000_000 < file.stat().st_size < 8_000_000
    drawn = (
        "() => [...document.querySelectorAll('tbody tr')]"
        ".filter(row => row.checkVisibility({ contentVisibilityAuto: true })).length"
    )
    with opened(browser, file) as (page, faults):
        assert page.locator("tbody tr").count() == MOST_ROWS + 2
        assert page.evaluate(drawn) == 2
        assert "1 more entry: see <code>steps</code> of <code>branch-007</code> in the plan" in page.content()
        page.get_by_label("Search").fill("s499-agent-007")
        page.wait_for_function("() => shown.textContent === '1 of 20,002 shown'")
        page.get_by_label("Search").fill("")
        page.wait_for_function("() => shown.textContent === ''")
        page.get_by_role("button", name="Open all").click()
        page.locator("summary", has_text="branch-007").scroll_into_view_if_needed()
        page.get_by_text("s007-agent-001").wait_for()
        assert page.evaluate(drawn) <= 2_000  # the rest waits until somebody scrolls
        assert faults == []


def test_paper_has_every_entry(tmp_path: Path, page: Page) -> None:
    page.goto(written(tmp_path, mixed(10)).as_uri())
    page.emulate_media(media="print")
    assert page.get_by_text("floor-7 agent of agra-1").is_visible() and page.locator("button:visible").count() == 0


def test_the_page_isolates_names_and_shows_no_control_codes() -> None:
    page = fleet_plan_page(hostile())
    assert not set(page) & set("\u202e\x1b\u2028\u2066")
    assert page.count("</script>") == 1 and "<img" not in page
    assert page.count("<bdi>") == page.count("</bdi>") > 0

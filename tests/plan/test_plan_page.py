"""The page of a plan, as a browser draws it, as a keyboard uses it, on paper and without scripts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from digo.desired import Position
from digo.plan.render.page import review_page
from digo.plan.review import Review
from tests.html.page_checks import faults_of, keyboard_faults, opened
from tests.plan.page_scenes import HOSTILE, SCENES, calm, mixed, refused
from tests.plan.plan_values import number, record, wanted
from tests.plan.reviews import EID, reviewed

ROWS = "tbody tr:not([hidden])"


def written(folder: Path, review: Review) -> Path:
    file = folder / "plan.html"
    file.write_text(review_page(review), encoding="utf-8")
    return file


@pytest.mark.parametrize("scene", SCENES)
def test_the_plan_is_right_on_a_telephone_and_a_desk_in_light_and_dark(
    scene: str, tmp_path: Path, browser: Browser
) -> None:
    assert faults_of(browser, written(tmp_path, SCENES[scene]())) == []


def test_the_groups_say_what_an_up_does_with_each_field(tmp_path: Path, page: Page) -> None:
    page.goto(written(tmp_path, mixed()).as_uri())
    heads = [" ".join(one.split()) for one in page.locator("summary").all_inner_texts()]
    assert heads[1:] == [
        "! cannot converge 1 agent stuck",
        "+- replace 1 agent moved",
        "- forget 1 agent gone",
        "+ create 14 agents floor-00, floor-01, floor-02 and 11 more",
        "+ create 1 lead otp-1",
        "~ update 1 lead otp-2",
        "= adopt 1 agent night",
        "in sync 1 agent calm",
        "unmanaged 4 agents Support, Old, Call ***0177 and 1 more",
    ]
    rows = [
        [" ".join(cell.split()) for cell in one.locator("td").all_inner_texts()] for one in page.locator(ROWS).all()
    ]
    assert rows[0][1] == 'stays "Panel" config wants "Wanted"'
    assert rows[1][1:5] == [
        '"Support"',
        "+1 ***0106 → +1 ***0105",
        "1004 → 1044",
        f'"Support", +1 ***0106, intercom 1004, eid {EID}',
    ]
    assert rows[2][1:4] == ['"Old"', "+1 ***0107", "e7"]
    made = page.locator("details", has_text="14 agents")
    assert not made.locator("table").is_visible()
    made.locator("summary").click()
    first = made.locator("tbody tr").nth(0).locator("td").all_inner_texts()
    assert first[:4] == ["floor-00", '"Floor 0"', "+1 ***0120", "1200"]
    for index in (*range(1, 12), 77):
        assert number(index)[5:] not in page.content()


def test_search_and_filters_leave_what_fits(tmp_path: Path, page: Page) -> None:
    page.goto(written(tmp_path, mixed()).as_uri())
    everything, shown = page.locator(ROWS).count(), page.locator("#shown")
    page.get_by_role("button", name="create").click()
    assert shown.inner_text() == f"15 of {everything} shown"
    page.keyboard.press("/")
    page.keyboard.type("FLOOR-07")
    assert shown.inner_text() == f"1 of {everything} shown"
    assert page.locator(ROWS).locator("visible=true").inner_text().startswith("floor-07")
    page.keyboard.press("Escape")
    assert shown.inner_text() == "" and page.get_by_label("Search").input_value() == ""
    assert page.locator("summary:visible").count() == 10
    assert not page.get_by_text("floor-07").is_visible()  # the search had opened the group
    page.get_by_label("Search").fill("***0109 call")
    assert page.locator(ROWS).locator("visible=true").count() == 1
    page.get_by_label("Search").fill("follow_me_number")  # a label, not a value
    assert shown.inner_text() == f"0 of {everything} shown"


def test_the_keyboard_reaches_and_opens_everything(tmp_path: Path, browser: Browser) -> None:
    with opened(browser, written(tmp_path, mixed())) as (page, faults):
        assert keyboard_faults(page) == faults == []
        page.locator("summary", has_text="14 agents").focus()
        page.keyboard.press("Enter")
        assert page.get_by_text("floor-07").is_visible()
        page.get_by_role("button", name="Close all").press("Enter")
        assert page.locator("details[data-verb][open]").count() == 0
        page.get_by_role("button", name="Open all").press("Space")
        assert page.locator("details[data-verb]:not([open])").count() == 0


def test_paper_has_every_entry_and_no_controls(tmp_path: Path, browser: Browser) -> None:
    with opened(browser, written(tmp_path, mixed()), scheme="dark") as (page, _):
        page.emulate_media(media="print")
        assert not page.get_by_label("Search").is_visible() and page.locator("button:visible").count() == 0
        assert page.get_by_text("floor-07").is_visible()
        assert page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor") == "rgb(255, 255, 255)"


def test_without_scripts_every_group_opens_and_nothing_is_useless(tmp_path: Path, browser: Browser) -> None:
    with opened(browser, written(tmp_path, mixed()), script=False) as (page, _):
        assert page.locator("button:visible, input:visible").count() == 0
        page.locator("summary", has_text="14 agents").click()
        assert page.get_by_text("floor-07").is_visible()


def test_thousands_of_agents_open_at_once(tmp_path: Path, browser: Browser) -> None:
    made = (wanted(f"agent-{n:05}", n % 9000, f"{1000 + n % 9000}", f"Agent number {n}") for n in range(2_000))
    places = (replace(one, position=Position("config/prod/agents.yaml", 4 * n, 3)) for n, one in enumerate(made))
    file = written(tmp_path, reviewed(*places))
    assert file.stat().st_size < 1_000_000
    laid_out = "() => [...document.querySelectorAll('tbody tr')].filter(row => row.checkVisibility({0})).length"
    drawn = laid_out.replace("{0}", "{ contentVisibilityAuto: true }")
    with opened(browser, file) as (page, faults):
        assert page.evaluate(drawn) == 0
        page.locator("summary").click()
        page.wait_for_function(f"{drawn.removeprefix('() => ')} > 0")
        assert page.evaluate(drawn) <= 1_000  # the rest waits until somebody scrolls
        page.get_by_label("Search").fill("agent-01777")
        page.wait_for_function("() => shown.textContent === '1 of 2,000 shown'")
        page.get_by_label("Search").fill("")
        page.wait_for_function("() => shown.textContent === ''")
        page.emulate_media(media="print")
        assert page.evaluate(drawn) == 2_000
        assert faults == []


def test_an_adoption_that_cannot_converge_comes_first(tmp_path: Path, page: Page) -> None:
    review = reviewed(wanted("new", 1), wanted("taken", 2, name="Wanted"), live=(record("e2", 2, name="Panel"),))
    page.goto(written(tmp_path, review).as_uri())
    first = page.locator("details[data-verb]").nth(0).inner_text()
    assert first.startswith("= adopt 1 agent") and 'stays "Panel"' in first and 'config wants "Wanted"' in first


def test_refusal_and_warnings_come_first(tmp_path: Path, page: Page) -> None:
    page.goto(written(tmp_path, refused()).as_uri())
    heads = page.locator("summary").all_inner_texts()
    assert heads[:2] == ["An up would do nothing, and fail", "39 warnings"]
    assert page.get_by_text("guard creates: 60 creates").is_visible()
    assert not page.get_by_text("f:7:1").is_visible()  # a flood stays closed
    assert page.locator("pre").count() == 40


def test_an_empty_plan_has_no_controls(tmp_path: Path, page: Page) -> None:
    page.goto(written(tmp_path, reviewed()).as_uri())
    assert page.get_by_text("nothing wanted: 0 calls").is_visible() and page.locator("button").count() == 0
    page.goto(written(tmp_path, calm()).as_uri())
    assert page.locator("details[data-verb]").count() == 1


@pytest.mark.parametrize("name", ["\u202e\x1b[31m", "a\u2028b", "</script>", "\u2066x", HOSTILE])
def test_the_page_isolates_names_and_shows_no_control_codes(name: str) -> None:
    page = review_page(
        reviewed(wanted("a", 1, name="W"), live=(record("e1", 1, name=name), record("e2", 2, name=name)))
    )
    assert not set(page) & set("\u202e\x1b\u2028\u2066")
    assert page.count("</script>") == 1 and "<img" not in page
    assert page.count("<bdi>") == page.count("</bdi>")
    assert name.isascii() or page.count("<bdi>") >= 2  # the live name and the unmanaged agent's

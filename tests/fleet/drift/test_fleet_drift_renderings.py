"""A watch in each form: what stands first, what is left out, and texts from outside that stay texts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from playwright.sync_api import Browser

from digo.fleet.drift.changes import DriftChanges
from digo.fleet.drift.document import drift_json
from digo.fleet.drift.markdown import fleet_drift_markdown
from digo.fleet.drift.page import fleet_drift_page
from digo.fleet.drift.stack_drift import FleetDrift, StackDrift
from digo.fleet.drift.terminal import show_fleet_drift
from digo.plan.drift import DriftOrigin
from digo.sanitize.console import SafeConsole
from tests.fleet.notices.drift_values import SECOND, finding, next_watch, stack, unknown, watch
from tests.html.page_checks import faults_of, keyboard_faults, opened

HOSTILE = '"@team <!channel> `x` | </td><script>alert(1)</script> \u202e\x1b[31m [x](https://e.example) #12"'
Watch = tuple[FleetDrift, DriftChanges]


def mixed() -> Watch:
    """Each kind of stack, and each kind of change."""
    last = [stack(f"branch-{n}", finding()) for n in range(30)] + [stack("goa-1", finding("agent old"))]
    _, before = next_watch(*last, stack("pune-1"))
    stacks = (
        *(stack(f"branch-{n}", finding()) for n in range(30)),
        stack("goa-1", finding("agent desk", '"Panel"', corrected=False), finding("lead a", origin=DriftOrigin.CONFIG)),
        unknown("pune-1", "the account cannot be read\n  Next: look at the token"),
        stack("calm-1"),
    )
    changes, _ = next_watch(*stacks, last=before, at=SECOND)
    return watch(*stacks, at=SECOND), changes


def hostile() -> Watch:
    stacks = (
        stack("a", *(finding(f"agent {HOSTILE}{n}", HOSTILE, config=HOSTILE, position=HOSTILE) for n in range(3))),
        unknown("b", HOSTILE),
        StackDrift("c", stack("c", finding(corrected=False)).outcome, (finding(corrected=False),), HOSTILE),
    )
    return watch(*stacks), next_watch(*stacks)[0]


def large() -> Watch:
    """More than Markdown has room for."""
    stacks = tuple(
        stack(f"branch-{n:03}", *(finding(f"agent {HOSTILE}{n}-{at}") for at in range(10))) for n in range(40)
    )
    return watch(*stacks), next_watch(*stacks)[0]


def shown(found: Watch, width: int = 200, *, everything: bool = False) -> str:
    console = SafeConsole(width=width, no_color=True)
    with console.capture() as capture:
        show_fleet_drift(*found, console, everything=everything)
    return capture.get()


def test_the_terminal_has_exceptions_first_and_equal_findings_once() -> None:
    text = shown(mixed())
    parts = (
        "unknown, could not be read",
        "  pune-1: the account cannot be read\n      Next: look at the token",
        "goa-1      no up corrects it  2",
        "and 11 more; --all lists them",
        "1 difference (change it in the panel)",
        "31 differences (an up corrects it)",
        "branch-0, branch-1, branch-10 and 27 more stacks",
        "since the last watch",
        "+ new: agent desk: name in goa-1",
        "- gone: agent old: name in goa-1",
        "31 of 32 stacks drifted, 1 so that no up corrects it; 1 could not be read; since the watch of "
        "2026-11-27T01:00:00Z: 2 new, 1 gone, 30 as before, 1 stack that can no longer be read",
    )
    places = [text.find(part) for part in parts]
    assert -1 not in places and places == sorted(places), [
        part for part, place in zip(parts, places, strict=True) if place < 0
    ] or places
    assert "calm-1" not in text and "no drift: calm-1" in shown(mixed(), everything=True)
    assert "branch-29" in shown(mixed(), everything=True)
    assert all(len(line) <= 60 for line in shown(mixed(), 60).splitlines() if "; " not in line and "pune" not in line)


@pytest.mark.parametrize("scene", [mixed, hostile, large])
def test_no_form_lets_a_text_from_outside_do_anything(scene: object) -> None:
    found = scene()  # type: ignore[operator]
    markdown = fleet_drift_markdown(*found)
    assert len(markdown) <= 60_000
    html = MarkdownIt("commonmark").enable("table").render(markdown)
    for text in (shown(found, everything=True), drift_json(*found), markdown, fleet_drift_page(*found)):
        assert "\u202e" not in text and "\x1b[31m" not in text
    assert "<script>alert" not in html and "<script>alert" not in fleet_drift_page(*found) and "@team" not in markdown
    assert "<a href" not in html, "nothing becomes a link"
    document = json.loads(drift_json(*found))
    assert document["counts"]["stacks"] == len(document["stacks"]) and document["exitCode"] == found[0].exit_code


def test_reasons_and_notes_of_one_kind_are_one_line() -> None:
    stacks = [unknown(f"branch-{n}", f"no file /run/secrets/branch-{n}.env") for n in range(9)]
    noted = replace(stack("calm-1"), notes=("the password ends in 3 days",))
    also = replace(stack("calm-2"), notes=("the password ends in 4 days",))
    text = shown((watch(*stacks, noted, also), DriftChanges()))
    assert "branch-0, branch-1, branch-2 and 6 more stacks: no file /run/secrets/branch-0.env" in text
    assert text.count("no file") == 1 and "note: calm-1, calm-2: the password ends in 3 days" in text


def test_markdown_says_what_is_left_out() -> None:
    text = fleet_drift_markdown(*large())
    assert "**400 differences**: an up corrects it." in text and " more; `digo fleet drift --all` lists all." in text
    assert fleet_drift_markdown(*mixed()).count("since the last watch") == 2


def written(folder: Path, found: Watch) -> Path:
    file = folder / "drift.html"
    file.write_text(fleet_drift_page(*found), encoding="utf-8")
    return file


@pytest.mark.parametrize("scene", [mixed, hostile])
def test_the_page_is_right_on_a_telephone_and_a_desk_in_light_and_dark(
    scene: object, tmp_path: Path, browser: Browser
) -> None:
    assert faults_of(browser, written(tmp_path, scene())) == []  # type: ignore[operator]


def test_the_page_is_searched_and_has_exceptions_first(tmp_path: Path, browser: Browser) -> None:
    with opened(browser, written(tmp_path, mixed())) as (page, faults):
        heads = [" ".join(one.split()) for one in page.locator("summary").all_inner_texts()]
        assert heads == [
            "? unknown 1 stack pune-1",
            "! no up corrects it 1 difference in 1 stack goa-1",
            "~ an up corrects it 1 difference in several stacks agent sales: name",
            "~ an up corrects it 31 differences in 31 stacks branch-0, branch-1, branch-10 and 28 more",
            "no drift 1 stack calm-1",
        ]
        assert not page.locator("td", has_text="branch-29").last.is_visible()
        page.get_by_label("Search").fill("branch-29")
        page.wait_for_function("() => shown.textContent === '1 of 35 shown' || shown.textContent === '2 of 35 shown'")
        assert page.locator("td", has_text="branch-29").last.is_visible()
        page.get_by_label("Search").fill("")
        page.get_by_role("button", name="unknown").click()
        assert page.locator("summary:visible").count() == 1
        assert faults == []
    with opened(browser, written(tmp_path, mixed())) as (page, faults):
        assert keyboard_faults(page) == faults == []

"""The report: what it counts, and what a real browser makes of it."""

from __future__ import annotations

import json
import resource
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page

from digo.api import CallRecord
from digo.call_records.report import MOST_PLOTTED, Scope, write_report
from digo.call_records.summary import Summary
from sandbox.testing import Sandbox
from tests.html.page_checks import faults_of, keyboard_faults, opened
from tests.scenarios.workspace import Workspace

SCOPE = Scope("2026-03-01 00:00:00", "2026-03-31 23:59:59", "Asia/Kolkata")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of each test in turn. A browser compiles the plots' four megabytes of script once for one address."""
    return tmp_path_factory.mktemp("reports") / "report.html"


def record(**fields: Any) -> CallRecord:
    return CallRecord({"date": "2026-03-10", "status": "answered", "answered_seconds": "60", **fields})


def summary_of(*records: CallRecord) -> Summary:
    summary = Summary()
    summary(records, None)
    return summary


def test_calls_are_counted_by_agent_and_day() -> None:
    summary = summary_of(
        record(agent_name="Ada"),
        record(agent_name="Ada", answered_seconds=30),
        record(agent_name="Ada", date="2026-03-11"),
        record(agent_number="+12025550101"),
        record(),
        record(status="missed", missed_agents=[{"name": "Ada"}, {"name": "Ravi"}]),
        record(status="Missed", missed_agents={"name": "Ravi", "number": "+12025550102"}),
        record(status="missed", missed_agents={"1": {"name": "Ravi"}}),
        record(status="missed", missed_agents=None),
        record(status="failed"),
    )
    assert (summary.calls, summary.answered, summary.missed) == (10, 5, 4)
    counts = {key: (tally.answered, tally.missed, tally.seconds) for key, tally in summary.tallies.items()}
    assert counts == {
        ("Ada", "2026-03-10"): (2, 1, 90),
        ("Ada", "2026-03-11"): (1, 0, 60),
        ("***0101", "2026-03-10"): (1, 0, 60),
        ("no agent", "2026-03-10"): (1, 1, 60),
        ("Ravi", "2026-03-10"): (0, 3, 0),
    }


def test_a_browser_shows_plot_and_table_without_asking_anybody(
    workspace: Workspace, sandbox: Sandbox, page: Page
) -> None:
    # The newest at a noon: with days that begin or end with a single call, one agent would have no row there.
    now = datetime.now(ZoneInfo("Asia/Kolkata"))
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0)
    since = now - (noon if noon <= now else noon - timedelta(days=1))
    sandbox.add_records(300, apart_seconds=1800, seconds_ago=int(since.total_seconds()))
    outcome = workspace.digo("records", "--format", "jsonl", "--output", "calls.jsonl", "--report", "report.html")
    assert outcome.code == 0, outcome.text
    rows = [json.loads(line) for line in (workspace.folder / "calls.jsonl").read_text().splitlines()]
    days, names = {row["date"] for row in rows}, {"Ada", "Ravi"}

    page.goto((workspace.folder / "report.html").as_uri())
    page.wait_for_selector("#plots .barlayer .point path")

    assert page.text_content("#calls") == "300"
    assert page.text_content("#answered") == str(sum(row["status"] == "answered" for row in rows))
    assert page.text_content("#missed") == str(sum(row["status"] == "missed" for row in rows))
    assert page.locator("#table tbody tr").count() == len(days) * len(names)
    assert set(page.locator("#plots h3").all_text_contents()) == names
    assert page.locator("#plots .barlayer .trace").count() == 2 * len(names)
    assert page.locator("#plots .barlayer .point path").count() == 2 * len(days) * len(names)
    visible = page.locator("#plots .barlayer .point path").evaluate_all(
        "bars => bars.filter(bar => bar.getBoundingClientRect().height > 2).length"
    )
    assert visible > len(days)
    assert page.get_by_role("group").get_by_role("button").all_text_contents() == ["answered", "missed"]


@pytest.fixture
def workspace(tmp_path: Path, sandbox: Sandbox) -> Workspace:
    sandbox.add_agent("+12025550101", name="Ada")
    sandbox.add_agent("+12025550102", name="Ravi")
    workspace = Workspace(tmp_path / "project", "embedded", sandbox)
    workspace.agents()
    return workspace


def test_a_name_from_outside_is_only_text(file: Path, page: Page) -> None:
    hostile = "<img src=x onerror=\"document.title='caught'\"></script><script>document.title='caught'</script>"
    write_report(file, summary_of(record(agent_name=hostile)), SCOPE)
    page.goto(file.as_uri())
    page.wait_for_selector("#plots .barlayer .point path")
    assert page.title() == "Calls from 2026-03-01 00:00:00 to 2026-03-31 23:59:59"
    assert page.locator("#table tbody td:nth-child(2)").text_content() == hostile
    assert page.locator("#plots img, #table img").count() == 0


def test_many_agents_are_all_in_the_table_and_the_busiest_in_the_plot(file: Path, page: Page) -> None:
    records = [record(agent_name=f"Agent {number:02d}") for number in range(30) for _ in range(number + 1)]
    write_report(file, summary_of(*records), SCOPE)
    page.goto(file.as_uri())
    page.wait_for_selector("#plots .barlayer .point path")
    titles = page.locator("#plots h3").all_text_contents()
    assert titles == [f"Agent {number:02d}" for number in range(29, 29 - MOST_PLOTTED, -1)]
    assert page.locator("#table tbody tr").count() == 30
    assert f"the {MOST_PLOTTED} agents with the most calls" in (page.text_content("body") or "")


def test_no_calls_are_said_in_words(file: Path, page: Page) -> None:
    write_report(file, Summary(), SCOPE)
    page.goto(file.as_uri())
    assert "No calls." in (page.text_content("body") or "")


def test_a_report_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report(path, Summary(numbers=False), SCOPE)
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(OSError, match=r"report\.html"):
            write_report(path, Summary(numbers=False), SCOPE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]


LONG = "An agent with a name so long that a telephone has no line for it, of " + "Taumatawhakatangihangakoauau" * 4


def report_of(path: Path, first: date, days: int, *, calls: int = 1, names: tuple[str, ...] = ("Ada", LONG)) -> None:
    """A report with `calls` answered calls and one missed call for each agent on each day."""
    summary = Summary()
    for number in range(days):
        day = str(first + timedelta(number))
        for name in names:
            summary([record(agent_name=name, date=day)] * calls, None)
            summary([record(agent_name=name, date=day, status="missed")], None)
    write_report(path, summary, SCOPE)


def drawn(page: Page) -> None:
    """Waits for the plots, and for their new width after the window's."""
    page.wait_for_selector("#plots .barlayer .point path")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.plot')].every("
        "plot => Math.abs(plot.querySelector('.main-svg').clientWidth - plot.clientWidth) < 2)"
    )


@pytest.mark.parametrize(("days", "calls"), [(1, 1), (7, 2_000), (365, 40)])
def test_the_report_is_right_on_a_telephone_and_a_desk_in_light_and_dark(
    days: int, calls: int, file: Path, browser: Browser
) -> None:
    report_of(file, date(2025, 4, 1), days, calls=calls)
    assert faults_of(browser, file, drawn) == []


def test_the_keyboard_reaches_everything_in_the_report(file: Path, browser: Browser) -> None:
    report_of(file, date(2025, 4, 1), 3)
    with opened(browser, file) as (page, faults):
        drawn(page)
        assert keyboard_faults(page) == []
        page.get_by_role("button", name="answered").focus()
        page.keyboard.press("Enter")
        page.wait_for_function("() => document.querySelectorAll('#plots .barlayer .trace').length === 2")
        assert faults == []


@pytest.mark.parametrize(
    ("days", "unit", "bars", "first"),
    [
        (1, "day", 1, "1 Apr"),
        (62, "day", 62, "1 Apr"),
        (63, "week", 10, "31 Mar"),
        (365, "week", 53, "31 Mar"),
        (500, "month", 17, "Apr 2025"),
        (3_000, "year", 9, "2025"),
    ],
)
def test_a_long_span_is_drawn_by_week_month_or_year(
    days: int, unit: str, bars: int, first: str, file: Path, page: Page
) -> None:
    last = date(2025, 4, 1) + timedelta(days - 1)
    summary = summary_of(record(agent_name="Ada", date="2025-04-01"), record(agent_name="Ada", date=str(last)))
    write_report(file, summary, SCOPE)
    page.goto(file.as_uri())
    drawn(page)
    assert page.locator("#by").inner_text() == f"By agent and {unit}"
    assert page.locator("#plots .bars").nth(0).locator(".point").count() == bars
    assert page.locator("#plots .xtick").nth(0).text_content() == first
    assert page.locator("#plots .xtick").count() <= 5


@pytest.mark.parametrize("calls", [1, 3, 7, 60, 5_000, 123_456])
def test_the_axis_has_whole_numbers_with_separators(calls: int, file: Path, page: Page) -> None:
    summary = summary_of(record(agent_name="Ada"))
    summary.tallies["Ada", "2026-03-10"].answered = calls
    write_report(file, summary, SCOPE)
    page.goto(file.as_uri())
    drawn(page)
    ticks = [text or "" for text in page.locator("#plots .ytick").all_text_contents()]
    values = [int(text.replace(",", "")) for text in ticks]
    assert ticks == [f"{value:,}" for value in values]
    assert values == sorted(set(values)) and values[0] == 0 and 2 <= len(values) <= 6


def test_calls_without_a_date_are_counted_beside_the_plots(file: Path, page: Page) -> None:
    summary = summary_of(record(agent_name="Ada"), record(agent_name="Ada", date=None), record(date="yesterday"))
    write_report(file, summary, SCOPE)
    page.goto(file.as_uri())
    drawn(page)
    assert "2 calls have no date, so no plot shows them." in page.locator("main").inner_text()
    assert page.locator("#table tbody tr").count() == 3
    write_report(file, summary_of(record(date=None)), SCOPE)
    page.goto(file.as_uri())
    assert page.locator("#plots").count() == 0 and page.locator("#table tbody tr").count() == 1

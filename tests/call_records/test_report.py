"""The report: what it counts, and what a real browser makes of it."""

from __future__ import annotations

import json
import resource
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from workspace import Workspace

from digo.api import CallRecord
from digo.call_records.report import MOST_PLOTTED, Scope, write_report
from digo.call_records.summary import Summary
from sandbox.testing import Sandbox

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
SCOPE = Scope("2026-03-01 00:00:00", "2026-03-31 23:59:59", "Asia/Kolkata")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"no browser on PATH ({', '.join(BROWSERS)})")
    with sync_playwright() as playwright:
        # The browser's own sandbox needs privileges that a container seldom has; the page is our own file.
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.set_default_timeout(60_000)
    yield page
    page.close()


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

    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    url = (workspace.folder / "report.html").as_uri()
    page.goto(url)
    page.wait_for_selector("#plot .barlayer .point path")

    assert errors == []
    assert [one for one in asked if not one.startswith(("data:", "blob:"))] == [url]
    assert page.text_content("#calls") == "300"
    assert page.text_content("#answered") == str(sum(row["status"] == "answered" for row in rows))
    assert page.text_content("#missed") == str(sum(row["status"] == "missed" for row in rows))
    assert page.locator("#table tbody tr").count() == len(days) * len(names)
    assert set(page.locator("#plot .annotation-text").all_text_contents()) == names
    assert page.locator("#plot .barlayer .trace").count() == 2 * len(names)
    assert page.locator("#plot .barlayer .point path").count() == 2 * len(days) * len(names)
    visible = page.locator("#plot .barlayer .point path").evaluate_all(
        "bars => bars.filter(bar => bar.getBoundingClientRect().height > 2).length"
    )
    assert visible > len(days)
    assert page.locator("#plot .legendtext").all_text_contents() == ["answered", "missed"]


@pytest.fixture
def workspace(tmp_path: Path, sandbox: Sandbox) -> Workspace:
    sandbox.add_agent("+12025550101", name="Ada")
    sandbox.add_agent("+12025550102", name="Ravi")
    workspace = Workspace(tmp_path / "project", "embedded", sandbox)
    workspace.agents()
    return workspace


def test_a_name_from_outside_is_only_text(tmp_path: Path, page: Page) -> None:
    hostile = "<img src=x onerror=\"document.title='caught'\"></script><script>document.title='caught'</script>"
    write_report(tmp_path / "report.html", summary_of(record(agent_name=hostile)), SCOPE)
    page.goto((tmp_path / "report.html").as_uri())
    page.wait_for_selector("#plot .barlayer .point path")
    assert page.title() == "Calls from 2026-03-01 00:00:00 to 2026-03-31 23:59:59"
    assert page.locator("#table tbody td:nth-child(2)").text_content() == hostile
    assert page.locator("#plot img, #table img").count() == 0


def test_many_agents_are_all_in_the_table_and_the_busiest_in_the_plot(tmp_path: Path, page: Page) -> None:
    records = [record(agent_name=f"Agent {number:02d}") for number in range(30) for _ in range(number + 1)]
    write_report(tmp_path / "report.html", summary_of(*records), SCOPE)
    page.goto((tmp_path / "report.html").as_uri())
    page.wait_for_selector("#plot .barlayer .point path")
    titles = page.locator("#plot .annotation-text").all_text_contents()
    assert titles == [f"Agent {number:02d}" for number in range(29, 29 - MOST_PLOTTED, -1)]
    assert page.locator("#table tbody tr").count() == 30
    assert f"the {MOST_PLOTTED} agents with the most calls" in (page.text_content("body") or "")


def test_no_calls_are_said_in_words(tmp_path: Path, page: Page) -> None:
    write_report(tmp_path / "report.html", Summary(), SCOPE)
    page.goto((tmp_path / "report.html").as_uri())
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

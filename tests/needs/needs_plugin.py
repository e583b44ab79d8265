"""Leaves out the tests whose needs the machine does not meet, and says in one line which these were.

With `--skip-nothing`, as CI runs the suite, a test that is left out fails, unless its need has an excuse. So does a
test that skips for any other reason.
"""

from __future__ import annotations

import json
import platform
from collections import Counter
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.needs.machine_needs import NEEDS
from tests.needs.needed import LeftOut, require

_PROPERTY = "left out"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--skip-nothing", action="store_true", help="fail where a test is left out without an excuse")
    parser.addoption("--counts", type=Path, help="append the run's numbers to this file, a JSON object a line")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(name, ...): what the machine must have, as tests/needs names it")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        for need in mark.args:
            require(need)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    raised = call.excinfo.value if call.excinfo else None
    need = raised.need if isinstance(raised, LeftOut) else None
    if report.skipped and not hasattr(report, "wasxfail"):
        if need is not None:
            report.user_properties.append((_PROPERTY, need))
        if _fails(item.config, need):
            report.outcome = "failed"
            report.longrepr = _complaint(report.longrepr)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if report.skipped and _fails(collector.config, None):
        report.outcome = "failed"
        report.longrepr = _complaint(report.longrepr)
    return report


def _fails(config: pytest.Config, need: str | None) -> bool:
    return bool(config.getoption("--skip-nothing")) and (need is None or NEEDS[need].excuse is None)


def _complaint(skipped: Any) -> str:
    """Args: skipped: what pytest keeps of a skip: path, line and reason."""
    path, line, reason = skipped
    return f"{path}:{line}: {reason}\nThis run may leave nothing out (--skip-nothing): install it, or mend the test."


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: Any) -> Generator[None, None, None]:
    yield
    stats = terminalreporter.stats
    skipped = list(stats.get("skipped", ()))
    if line := left_out_line(_needs_of(skipped), terminalreporter.config.getoption("--skip-nothing")):
        terminalreporter.write_line(line)
    # A worker's numbers are among those of the run.
    is_worker = hasattr(terminalreporter.config, "workerinput")
    if (file := terminalreporter.config.getoption("--counts")) is not None and not is_worker:
        numbers = {
            "python": platform.python_version(),
            "passed": len(stats.get("passed", ())),
            "failed": len(stats.get("failed", ())) + len(stats.get("error", ())),
            "skipped": len(skipped),
            "left_out": Counter(need for need, _ in _needs_of(skipped)),
        }
        with file.open("a", encoding="utf-8") as counts:
            counts.write(json.dumps(numbers) + "\n")


def _needs_of(skipped: Iterable[Any]) -> list[tuple[str | None, str]]:
    """Each skip's need, None if it names none, and its reason."""
    return [
        (
            next((value for name, value in getattr(report, "user_properties", ()) if name == _PROPERTY), None),
            report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr),
        )
        for report in skipped
    ]


def left_out_line(skips: Iterable[tuple[str | None, str]], in_ci: bool = False) -> str:
    """What a run left out and how to have it, in one line; an empty text if it left nothing out.

    Args:
        skips: each skip's need and reason.
        in_ci: whether each need's excuse is wanted, and not the way to have it.
    """
    needs, others = Counter[str](), Counter[str]()
    for need, reason in skips:
        (others if need is None else needs).update([reason.removeprefix("Skipped: ") if need is None else need])
    parts = [
        f"{_tests(number)} without {NEEDS[need].what} ({NEEDS[need].excuse if in_ci else NEEDS[need].remedy})"
        for need, number in needs.most_common()
    ]
    parts += [f"{_tests(number)}: {reason}" for reason, number in others.most_common()]
    return f"left out: {'; '.join(parts)}" if parts else ""


def _tests(number: int) -> str:
    return "1 test" if number == 1 else f"{number} tests"

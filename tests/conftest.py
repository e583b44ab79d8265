"""The sandbox of most tests; a real browser, where one is installed, for the pages that people look at; and what the
fault tests tried."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import socket
import sys
import tempfile
from asyncio import _set_running_loop
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from digo.apply.account_lock import VARIABLE, lock_folders
from sandbox.testing import Sandbox
from tests.html.browser_pages import blank_page, listening
from tests.needs.file_modes import file_modes_count
from tests.needs.machine_needs import browser_path
from tests.needs.needed import require
from tests.warm.digo_on_path import write_digo
from tests.warm.warm_python import COLD, FOLDER, warm_session
from tests.warm.warm_sandbox import start_sandbox

pytest_plugins = ["tests.needs.needs_plugin", "tests.needs.fast_half"]

# A slow machine is not a fault of what is tested, and each run of the suite is the same. Other examples than its own,
# and more of them, are drawn with `pytest --hypothesis-profile default`.
settings.register_profile(
    "suite", deadline=None, derandomize=True, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")

# What a terminal or a pipeline says of colours is not meant for the commands that are tested.
for _name in ("FORCE_COLOR", "CLICOLOR_FORCE"):
    os.environ.pop(_name, None)

# Hundreds of processes start from nothing, and each would compile the project anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cold", action="store_true", help="start every process from nothing, without the warm Python")


def pytest_configure(config: pytest.Config) -> None:
    gc.disable()  # until all tests are collected, which leaves little garbage
    if config.getoption("--cold"):
        os.environ[COLD] = "1"
    elif not hasattr(config, "workerinput"):
        session = ExitStack()
        session.enter_context(warm_session())
        config.add_cleanup(session.close)


def pytest_pycollect_makeitem(collector: pytest.Collector, obj: object) -> list[pytest.Item] | None:
    """The thousands of cases of the long run are not made for a run that leaves them out."""
    leaves_out = collector.config.option.markexpr == "not soak"
    is_soak = any(mark.name == "soak" for mark in getattr(obj, "pytestmark", ()))
    return [] if leaves_out and is_soak else None


def pytest_collection_finish() -> None:
    """Half a million objects of modules and tests live as long as the run: no search for garbage passes them again."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def own_temporary_folder() -> Iterator[None]:
    """What the tests of this worker leave in the system's temporary folder is nobody else's, and goes."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="digo-tests-") as folder:
        Path(folder).chmod(0o711)  # Postgres, which does not run as root, has its data in it
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", folder)
        patch.setenv(VARIABLE, folder)
        warm = [f"{os.environ[FOLDER]}/bin/python"] if FOLDER in os.environ else []
        script = write_digo(Path(folder, "bin"), Path(sys.prefix, "bin/python"), warm)
        patch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")
        yield


@pytest.fixture(autouse=True)
def nobodys_turn(own_temporary_folder: None) -> None:
    """A run that was killed leaves its turn, and a later test's sandbox may have the same address."""
    (folder,) = lock_folders(os.environ)
    shutil.rmtree(folder.path, ignore_errors=True)


@pytest.fixture(scope="session")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One server for the tests of a worker: most of them take less time than it takes to start."""
    with start_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Sandbox:
    """A sandbox as it is at its start: an empty account, no faults, no requests on record."""
    if not shared_sandbox.running:
        shared_sandbox.restart()
    shared_sandbox.reset()
    return shared_sandbox


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which nothing listens and nothing else can begin to."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@pytest.fixture
def modes_count() -> Iterator[None]:
    """Nothing but its mode decides who may use a file, for root too."""
    with file_modes_count():
        yield


@pytest.fixture(scope="session")
def started_browser() -> Iterator[Any]:
    """One browser for the tests of a worker, and the loop that its driver runs on."""
    require("browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        loop = asyncio.get_running_loop()
        # The browser's own sandbox needs privileges that a container seldom has; the pages are our own files.
        browser = playwright.chromium.launch(executable_path=browser_path(), args=["--no-sandbox"])
        _set_running_loop(None)
        yield browser, loop
        _set_running_loop(loop)
        browser.close()


@pytest.fixture
def browser(started_browser: Any) -> Iterator[Any]:
    """A headless browser."""
    browser, loop = started_browser
    # The driver's loop runs as long as the browser. Only while a test looks at a page may asyncio see it: tests with
    # loops of their own run in between.
    _set_running_loop(loop)
    yield browser
    _set_running_loop(None)


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A blank page of a headless browser; what a page's scripts complain about or ask for fails the test."""
    complaints: list[str] = []

    def said(message: Any) -> None:
        if message.type == "error":
            complaints.append(message.text)

    def asked(request: Any) -> None:
        if request.url.startswith("http"):
            complaints.append(request.url)

    def failed(error: Any) -> None:
        complaints.append(str(error))

    with blank_page(browser) as opened, listening(opened, pageerror=failed, console=said, request=asked):
        yield opened
    assert complaints == []


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The sum of what each test says it tried (`tests/faults`, fixture `tried`), whichever process ran it."""
    counts: Counter[str] = Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            for name, value in report.user_properties:
                if name == "tried":
                    counts[value[0]] += value[1]
    if counts:
        terminalreporter.section("faults")
        terminalreporter.write_line(
            "tried: " + ", ".join(f"{number} {what}" for what, number in sorted(counts.items()))
        )

"""The fast half of the suite, `pytest --fast`: what starts no process, no server and no browser.

CI runs it on each Python. It is found by what a test's module and fixtures can reach, so nobody keeps a list.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import pytest

TESTS = Path(__file__).resolve().parents[1]
STARTERS = frozenset({"subprocess", "start_sandbox", "pty", "psutil", "sync_playwright", "warm_environment"})
"""Names in a module that can start something."""
_NO_CODE = (lambda: None).__code__


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fast", action="store_true", help="only tests that start no process, no server and no browser")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--fast"):
        return
    slow = [item for item in items if starts_something(item)]
    config.hook.pytest_deselected(items=slow)
    items[:] = [item for item in items if item not in set(slow)]


def starts_something(item: pytest.Item) -> bool:
    """Whether the test, a fixture of it, or a helper that its module imports may start something."""
    if not isinstance(item, pytest.Function):
        return True
    fixtures = (one.func for found in item._fixtureinfo.name2fixturedefs.values() for one in found)  # noqa: SLF001
    names = {name for one in fixtures for name in getattr(one, "__code__", _NO_CODE).co_names}
    return bool(names & STARTERS) or _reaches(item.module) or item.get_closest_marker("needs") is not None


def _reaches(module: ModuleType) -> bool:
    return any(STARTERS & vars(one).keys() for one in _helpers(module))


def _helpers(module: ModuleType) -> Iterable[ModuleType]:
    """The module, and the modules of tests that it takes something from."""
    yield module
    for value in vars(module).values():
        owner = value if isinstance(value, ModuleType) else sys.modules.get(getattr(value, "__module__", None) or "")
        file = getattr(owner, "__file__", None)
        if owner is not None and owner is not module and file and TESTS in Path(file).parents:
            yield owner

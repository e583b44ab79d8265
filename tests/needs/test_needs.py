"""What a machine lacks: tests are left out and named, and CI leaves out nothing but what has an excuse."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.needs.machine_needs import NEEDS, Need, missing_packages
from tests.needs.needs_plugin import left_out_line

NEEDED = """
import pytest
from tests.needs.needed import leave_out, require

@pytest.mark.needs("redis")
def test_marked(): raise AssertionError("it ran")

@pytest.fixture(scope="session", params=["here", pytest.param("there", marks=pytest.mark.needs("redis"))])
def store(request):
    assert request.param == "here"

def test_by_a_parameter(store): pass

@pytest.fixture(scope="session")
def page(): require("browser")

def test_by_a_fixture(page): raise AssertionError("it ran")
"""
EXCUSED = """
import pytest
from tests.needs.needed import leave_out

@pytest.mark.needs("pulumi", "redis")
def test_marked(): raise AssertionError("it ran")

def test_found_by_trying(): leave_out("mount", "denied")

def test_passes(): pass
"""
OTHER = """
import pytest

def test_skipped(): pytest.skip("out of a whim")

@pytest.mark.xfail(strict=True)
def test_known_fault(): assert False
"""
MODULE = 'import pytest\npytest.skip("not today", allow_module_level=True)\n'


@pytest.fixture
def bare_path(tmp_path: Path) -> str:
    """A PATH on which there is nothing that a test may need."""
    (tmp_path / "bin").mkdir()
    return str(tmp_path / "bin")


def ran(tmp_path: Path, path: str, text: str, *options: str) -> tuple[int, str]:
    """Runs pytest with the plugin on one file."""
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["tests.needs.needs_plugin"]\n', encoding="utf-8")
    (tmp_path / "pytest.ini").write_text(f"[pytest]\npythonpath = {Path(__file__).parents[2]}\n", encoding="utf-8")
    (tmp_path / "test_it.py").write_text(text, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    kept["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # loading those of browsers and properties takes longer than the run
    plugins = ["-p", "no:cacheprovider", "-p", "xdist"]
    command = [sys.executable, "-m", "pytest", "--strict-markers", *plugins, "-q", *options]
    done = subprocess.run(
        [*command, str(tmp_path)], cwd=tmp_path, env={**kept, "PATH": path}, capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


def test_what_was_left_out_is_said_in_one_line_with_the_remedy(tmp_path: Path, bare_path: str) -> None:
    code, text = ran(tmp_path, bare_path, NEEDED, "-n", "1")
    assert code == 0, text
    assert (
        "left out: 2 tests without Redis (apt-get install redis-server); "
        "1 test without a browser (apt-get install chromium)\n"
    ) in text
    assert "1 passed, 3 skipped" in text


def test_where_nothing_may_be_skipped_each_of_them_fails(tmp_path: Path, bare_path: str) -> None:
    code, text = ran(tmp_path, bare_path, NEEDED, "--skip-nothing")
    assert code == 1, text
    assert "needs Redis (apt-get install redis-server)" in text
    assert "\n1 passed, 3 errors in " in text


def test_what_has_an_excuse_is_counted_with_it(tmp_path: Path, bare_path: str) -> None:
    counts = tmp_path / "counts"
    code, text = ran(tmp_path, bare_path, EXCUSED, "--skip-nothing", "--counts", str(counts))
    assert code == 0, text
    assert f"1 test without the pulumi CLI ({NEEDS['pulumi'].excuse})" in text
    assert f"1 test without the right to mount ({NEEDS['mount'].excuse})" in text
    (numbers,) = map(json.loads, counts.read_text(encoding="utf-8").splitlines())
    assert numbers.pop("python").startswith(f"{sys.version_info.major}.{sys.version_info.minor}.")
    assert numbers == {"passed": 1, "failed": 0, "skipped": 2, "left_out": {"pulumi": 1, "mount": 1}}


def test_a_skip_for_any_other_reason_is_said_and_fails_too(tmp_path: Path, bare_path: str) -> None:
    (tmp_path / "test_module.py").write_text(MODULE, encoding="utf-8")
    code, said = ran(tmp_path, bare_path, OTHER)
    assert code == 0
    assert "left out: 1 test: " in said and "1 test: out of a whim" in said and "1 test: not today" in said
    code, said = ran(tmp_path, bare_path, OTHER, "--skip-nothing", "--continue-on-collection-errors")
    assert code == 1
    assert "not today" in said and "out of a whim" in said and said.count("This run may leave nothing out") >= 2


def test_a_run_that_leaves_nothing_out_says_nothing() -> None:
    assert left_out_line([]) == ""


def test_the_packages_to_install_are_those_of_the_needs_that_are_not_met() -> None:
    needs = {
        "there": Need("x", lambda: True, "package-x"),
        "missing": Need("y", lambda: False, "package-y"),
        "missing too": Need("z", lambda: False, "package-y"),
        "no package": Need("w", lambda: False, None, "by hand"),
    }
    assert missing_packages(needs) == ["package-y"]
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(Path(__file__).with_name("machine_needs.py"))],
        env={"PATH": "/nowhere"},
        capture_output=True,
        text=True,
        check=True,
    )
    absent = [need.package for name, need in NEEDS.items() if need.package and name != "postgres"]
    assert [one for one in done.stdout.split() if one != "postgresql"] == absent


@pytest.mark.parametrize("name", NEEDS)
def test_each_need_has_a_way_to_have_it(name: str) -> None:
    """A package is installed in CI, so its need has no excuse; without one, somebody must say why CI may do without."""
    need = NEEDS[name]
    assert need.remedy
    assert (need.package is None) == (need.excuse is not None) or name == "linux"

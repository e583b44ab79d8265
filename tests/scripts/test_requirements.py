"""What a run installs: what it imports, pinned as the tests have it, and nothing for tests."""

from __future__ import annotations

import functools
import re
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

from digo.system.extras import MODULES
from scripts.check_requirements import (
    imported,
    missing_providers,
    problems,
    run_time_requirements,
)
from scripts.extra_pins import array, closure, distribution, extras
from scripts.extra_pins import pins as locked_pins

ROOT = Path(__file__).resolve().parents[2]
OWNERS = {
    "yaml": ["PyYAML"],
    "google": ["protobuf", "googleapis-common-protos"],
    "numpy": ["numpy"],
    "httpx": ["httpx"],
}
HEAVY = {
    "pyarrow",
    "plotly",
    "redis",
    "psycopg",
    "psycopg-binary",
    "prometheus-client",
    "numpy",
    "python-calamine",
    "fsspec",
    "s3fs",
    "gcsfs",
}
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
FOR_TESTS = {"pytest", "ruff", "mypy", "hypothesis", "playwright", "zizmor", "numpy"}


@functools.cache
def owners() -> dict[str, list[str]]:
    """The distributions of each module. To find them, all of the environment's files are looked at."""
    return {name: list(found) for name, found in packages_distributions().items()}


def pins(name: str) -> dict[str, set[str]]:
    """The pins of a file: versions by distribution."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if re.match(r"[a-z]", line):
            found.setdefault(distribution(line), set()).add(line.partition("==")[2].partition(";")[0].rstrip("\\ "))
    return found


@pytest.mark.needs("python 3.11")
def test_every_run_time_requirement_is_imported_and_every_import_is_required() -> None:
    wanted = run_time_requirements()
    assert len(wanted) > 20
    assert problems(wanted, imported(), owners()) == []
    assert missing_providers(wanted) == []


@pytest.mark.parametrize(
    ("wanted", "modules", "found"),
    [
        (["PyYAML"], {"yaml": "a.py"}, []),
        (["numpy", "PyYAML"], {"yaml": "a.py"}, ["numpy is a run-time requirement, and nothing imports it"]),
        (["PyYAML"], {"yaml": "a.py", "numpy": "b.py"}, ["b.py imports numpy, which is not a run-time requirement"]),
        (["protobuf>=5; python_version > '3.9'"], {"google": "a.py"}, []),
        (["httpx[http2]==1"], {"httpx": "a.py", "os": "a.py", "digo": "a.py"}, []),
        (["tzdata"], {}, []),
    ],
)
def test_what_the_check_finds(wanted: list[str], modules: dict[str, str], found: list[str]) -> None:
    assert problems(wanted, modules, OWNERS) == found


def test_a_run_has_the_pins_of_the_tests_and_nothing_for_tests() -> None:
    run, all_ = pins("requirements-run.txt"), pins("requirements.txt")
    needed = [*array(PYPROJECT, "dependencies"), *extras()["sandbox"], "hatchling"]
    assert {distribution(line) for line in needed} <= run.keys()
    assert {name: versions for name, versions in run.items() if not versions <= all_.get(name, set())} == {}
    assert not run.keys() & HEAVY, "they are of extras"
    assert not run.keys() & FOR_TESTS
    assert {"pytest", "ruff", "mypy"} <= all_.keys()
    text = (ROOT / "requirements-run.txt").read_text(encoding="utf-8")
    assert text.count("--hash=sha256:") > len(run)


def test_make_installs_for_a_run_what_a_run_needs() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    needs = dict(re.findall(r"^([a-z]+): (\$\(\w+\))", makefile, flags=re.MULTILINE))
    assert {name for name, need in needs.items() if need == "$(RUN)"} == {
        "setup",
        "up",
        "preview",
        "refresh",
        "destroy",
    }
    assert {needs[name] for name in ("develop", "test", "check", "format", "soak")} == {"$(ALL)"}
    assert "setup.sh $(VENV) requirements-run.txt" in makefile


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "ci").glob("*/*.yml")), ids=lambda path: path.name)
def test_the_jobs_of_the_templates_install_for_a_run(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert yaml.safe_load(text)
    assert re.findall(r"\bmake (\w+)", text) == ["setup"] * text.count("make setup") != []
    assert "pip install" not in text


def test_the_parts_of_requirements_in_are_the_dependencies_and_the_extras() -> None:
    parts = (ROOT / "requirements.in").read_text(encoding="utf-8").split("\n\n")
    named = [{re.split(r"\s+#", line)[0].strip() for line in part.splitlines() if line[0] != "#"} for part in parts]
    assert named[0] == set(array(PYPROJECT, "dependencies"))
    assert named[1] == set(extras()["all"])
    assert named[2] == set(array(PYPROJECT, "requires"))


@pytest.mark.needs("python 3.11")
def test_each_extra_has_the_libraries_that_the_code_asks_for() -> None:
    for extra, modules in MODULES.items():
        listed = {distribution(line) for line in extras()[extra]}
        assert all({distribution(one) for one in owners()[module]} & listed for module in modules), extra
    assert MODULES.keys() == extras().keys() - {"all"}


def test_the_pins_of_an_extra_are_all_that_it_needs() -> None:
    locked = locked_pins((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    assert closure(["pyarrow"], locked) == ["pyarrow"]
    assert {"plotly", "narwhals", "packaging"} == set(closure(["plotly"], locked))
    assert {"psycopg", "psycopg-binary"} <= set(closure(["psycopg"], locked))
    assert "pytest" not in closure([distribution(line) for line in extras()["all"]], locked)
    assert all("--hash=sha256:" in pin.text for pinned in locked.values() for pin in pinned)

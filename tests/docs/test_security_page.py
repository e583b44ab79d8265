"""docs/security.md: each promise names the tests that hold it, and each of these tests is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT

PAGE = DOCS / "security.md"
AUDIENCES = ("A stranger's pull request", "A colleague", "Another user of the machine", "The account", "The network")
FUNCTION = re.compile(r"^ *(?:async )?def (\w+)\(", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def promises() -> Iterator[tuple[str, str]]:
    """Each promise with its cell of tests."""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and not line.startswith(("| promise |", "| --- |")):
            promise, tests = (cell.strip() for cell in line.strip("|").rsplit("|", 1))
            yield promise, tests


@cache
def names_in(file: str) -> frozenset[str]:
    return frozenset(FUNCTION.findall((ROOT / file).read_text(encoding="utf-8")))


def test_each_promise_names_tests_that_are_there() -> None:
    found = list(promises())
    assert len(found) > 40
    assert len({promise for promise, _ in found}) == len(found)
    for promise, cell in found:
        named = NAMED.findall(cell)
        assert named, promise
        assert NAMED.sub("", cell).strip() == "", f"{promise}: something else is in its cell"
        for file, test in named:
            assert (ROOT / file).is_file() and test in names_in(file), f"{file}::{test}"


def test_everybody_has_a_section_and_what_is_not_promised_is_said() -> None:
    heads = re.findall(r"^## (.*)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert [head for head in heads if head in AUDIENCES] == list(AUDIENCES)
    assert heads[-1] == "What is not promised"


@pytest.mark.parametrize("page", ["README.md", "SECURITY.md", "docs/ci/README.md", "docs/howto/README.md"])
def test_the_page_is_linked(page: str) -> None:
    path = ROOT / page
    links = re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
    assert PAGE in {(Path(path.parent) / link).resolve() for link in links}

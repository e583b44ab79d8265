"""The how-to pages, walked through: each with a fresh copy of the project, its own state and a sandbox."""

from __future__ import annotations

from pathlib import Path

import pytest
from pages import DOCS, START, Walk, copy_of_the_project
from warm_python import warm_environment

from sandbox.testing import Sandbox

PAGES = sorted(path for path in (DOCS / "howto").glob("*.md") if path.name != "README.md")
BY_THEMSELVES = ("own-account.md",)
ELSEWHERE = ("state-backends.md", "secrets-from-oidc.md", "uninstall.md")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", [path.name for path in PAGES if path.name not in ELSEWHERE])
def test_the_page_does_what_it_says(tmp_path: Path, sandbox: Sandbox, name: str) -> None:
    sandbox.add_agent("12025550109", name="Reception", intercom="1009")
    walk = Walk(
        copy_of_the_project(tmp_path / "pulumi-digo", warm_environment()), {"https://api.example.com": sandbox.url}
    )
    if name not in BY_THEMSELVES:
        walk.sh(START)
    walk.page((DOCS / "howto" / name).read_text(encoding="utf-8"))


def test_the_index_names_every_page() -> None:
    index = (DOCS / "howto" / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in PAGES if f"({path.name})" not in index] == []

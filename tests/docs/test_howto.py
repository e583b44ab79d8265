"""The how-to pages, walked through: each with a fresh copy of the project, its own state and a sandbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.testing import Sandbox
from tests.docs.own_project import NEW, OwnProject
from tests.docs.pages import DOCS, KNOWN_SALT, START, Walk, copy_of_the_project
from tests.warm.warm_python import warm_environment

PAGES = sorted(path for path in (DOCS / "howto").glob("*.md") if path.name != "README.md")
IN_AN_OWN_PROJECT = ("own-account.md", "upgrade.md")
ELSEWHERE = (
    "state-backends.md",
    "secrets-from-oidc.md",
    "uninstall.md",
    "fleet.md",
    "kubernetes-operator.md",
    "profile-smartflo.md",
    *IN_AN_OWN_PROJECT,
)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", [path.name for path in PAGES if path.name not in ELSEWHERE])
def test_the_page_does_what_it_says(tmp_path: Path, sandbox: Sandbox, name: str) -> None:
    sandbox.add_agent("12025550109", name="Reception", intercom="1009")
    replaced = {"https://api.example.com": sandbox.url, "--cps 3\n": f"--cps 3\n{KNOWN_SALT}"}
    walk = Walk(copy_of_the_project(tmp_path / "pulumi-digo", warm_environment()), replaced)
    walk.sh(START)
    walk.page((DOCS / "howto" / name).read_text(encoding="utf-8"))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", IN_AN_OWN_PROJECT)
def test_the_page_is_right_for_a_project_of_ones_own(tmp_path: Path, sandbox: Sandbox, name: str) -> None:
    sandbox.add_agent("12025550109", name="Reception", intercom="1009")
    walk = OwnProject(tmp_path / "empty", warm_environment(), {"https://api.example.com": sandbox.url})
    if name != "own-account.md":
        walk.sh(NEW)
    walk.page((DOCS / "howto" / name).read_text(encoding="utf-8"))
    writes = [one for one in sandbox.counts() if one.startswith("POST")]
    assert writes == [], "an export and an up only adopt"


def test_the_index_names_every_page() -> None:
    index = (DOCS / "howto" / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in PAGES if f"({path.name})" not in index] == []

"""docs/login.md: its commands, on an account that has logins."""

from __future__ import annotations

from pathlib import Path

from sandbox.testing import Sandbox
from tests.docs.pages import DOCS, START, Walk, copy_of_the_project
from tests.warm.warm_python import warm_environment

# What stands for a secret in a page is this, in all walks.
PASSWORD = "example-token"


def test_the_page_does_what_it_says(tmp_path: Path, sandbox: Sandbox) -> None:
    sandbox.smartflo.settings(password=PASSWORD)
    project = copy_of_the_project(tmp_path / "pulumi-digo", warm_environment())
    walk = Walk(project, {"https://api.example.com": sandbox.url})
    walk.sh(START)
    walk.page((DOCS / "login.md").read_text(encoding="utf-8"))
    assert sandbox.counts()["POST /v1/auth/login"] == 1

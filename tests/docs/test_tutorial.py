"""docs/tutorial.md, from its first command to its last."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sandbox.testing import held_port
from tests.docs.pages import DOCS, KNOWN_SALT, Walk, copy_of_the_project
from tests.warm.warm_python import warm_environment, warm_python


@pytest.mark.timeout(600)
def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    project = copy_of_the_project(tmp_path / "pulumi-digo", warm_environment())
    with held_port() as port:
        try:
            replaced = {"8099": str(port), "--cps 30\n": f"--cps 30\n{KNOWN_SALT}"}
            Walk(project, replaced).page((DOCS / "tutorial.md").read_text(encoding="utf-8"))
        finally:
            subprocess.run([warm_python(), "-m", "sandbox", "stop"], cwd=project, check=True, capture_output=True)

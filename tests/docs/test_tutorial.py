"""docs/tutorial.md, from its first command to its last."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pages import DOCS, Walk, copy_of_the_project
from warm_python import warm_environment

from sandbox.testing import held_port


@pytest.mark.timeout(600)
def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    project = copy_of_the_project(tmp_path / "pulumi-digo", warm_environment())
    with held_port() as port:
        try:
            Walk(project, {"8099": str(port)}).page((DOCS / "tutorial.md").read_text(encoding="utf-8"))
        finally:
            subprocess.run([sys.executable, "-m", "sandbox", "stop"], cwd=project, check=True, capture_output=True)

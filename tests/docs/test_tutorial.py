"""docs/tutorial.md, from its first command to its last."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

from pages import DOCS, Walk, copy_of_the_project


def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    project = copy_of_the_project(tmp_path / "pulumi-digo", Path(sys.prefix))
    try:
        Walk(project, {"8099": port}).page((DOCS / "tutorial.md").read_text(encoding="utf-8"))
    finally:
        subprocess.run([sys.executable, "-m", "sandbox", "stop"], cwd=project, check=True, capture_output=True)

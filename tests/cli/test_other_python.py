"""A Python that lacks the requirements: the system's, where the virtual environment's is meant."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("package", "command_name"), [("digo", "digo"), ("engine", "digo engine"), ("sandbox", "digo sandbox")]
)
def test_the_right_python_is_named(package: str, command_name: str) -> None:
    # Isolated from what is installed, as the system's Python is.
    command = [sys.executable, "-S", "-m", package, "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {sys.executable} has no module ")
    assert f"run `make setup`, and then `.venv/bin/{command_name} …`" in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr

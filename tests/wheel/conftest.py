"""The wheel, built and installed once, beside the requirements that this environment has already."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the working tree. No network: its build backend is one of the requirements."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    done = _run(sys.executable, "-m", "pip", "wheel", "--quiet", *options, "--wheel-dir", str(folder), str(ROOT))
    assert done.returncode == 0, done.stderr
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the commands of a fresh virtual environment that has the wheel."""
    place = tmp_path_factory.mktemp("installed") / "venv"
    assert _run(sys.executable, "-m", "venv", "--without-pip", str(place)).returncode == 0
    python = place / "bin" / "python"
    options = ["--no-deps", "--no-index", "--quiet", "--disable-pip-version-check"]
    done = _run(sys.executable, "-m", "pip", "--python", str(python), "install", *options, str(wheel))
    assert done.returncode == 0, done.stderr
    asked = _run(str(python), "-c", "import json, sysconfig; print(json.dumps(sysconfig.get_path('purelib')))")
    others = Path(json.loads(asked.stdout)) / "others.pth"
    others.write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    return place / "bin"


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=100)

"""The wheel, built and installed once, beside the requirements that this environment has already."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from made_once import made_once

from digo.system.extras import MODULES

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the working tree. No network: its build backend is one of the requirements."""

    def make(folder: Path) -> None:
        options = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
        done = _run(sys.executable, "-m", "pip", "wheel", "--quiet", *options, "--wheel-dir", str(folder), str(ROOT))
        assert done.returncode == 0, done.stderr

    (built,) = made_once(tmp_path_factory, "wheel", make).iterdir()
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the commands of a fresh virtual environment that has the wheel."""
    libraries = Path(sysconfig.get_path("purelib"))
    return made_once(tmp_path_factory, "installed", lambda place: _install(wheel, place, libraries)) / "bin"


@pytest.fixture(scope="session")
def plain(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same without the libraries of any extra."""
    left_out = {module for modules in MODULES.values() for module in modules}

    def make(place: Path) -> None:
        others = place / "others"
        others.mkdir(parents=True)
        for path in Path(sysconfig.get_path("purelib")).iterdir():
            if (
                path.name.partition("-")[0].removesuffix(".libs") not in left_out
                and path.suffix != ".pth"
                and "pulumi_digo" not in path.name
            ):
                (others / path.name).symlink_to(path)
        _install(wheel, place, others)

    return made_once(tmp_path_factory, "plain", make) / "bin"


@pytest.fixture(scope="session")
def editable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with the working tree installed as `make setup` does it."""
    libraries = Path(sysconfig.get_path("purelib"))
    options = ("--no-build-isolation", "--editable")
    return made_once(tmp_path_factory, "editable", lambda place: _install(ROOT, place, libraries, *options)) / "bin"


def _install(what: Path, place: Path, libraries: Path, *more: str) -> None:
    assert _run(sys.executable, "-m", "venv", "--without-pip", str(place)).returncode == 0
    python = place / "bin" / "python"
    asked = _run(str(python), "-c", "import json, sysconfig; print(json.dumps(sysconfig.get_path('purelib')))")
    others = Path(json.loads(asked.stdout)) / "others.pth"
    others.write_text(f"{libraries}\n", encoding="utf-8")
    options = ["--no-deps", "--no-index", "--quiet", "--disable-pip-version-check", "--ignore-installed"]
    done = _run(sys.executable, "-m", "pip", "--python", str(python), "install", *options, *more, str(what))
    assert done.returncode == 0, done.stderr


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=100)

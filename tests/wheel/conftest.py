"""The wheel, built and installed once, beside the requirements that this environment has already."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from importlib import metadata
from pathlib import Path

import pytest

from digo.system.extras import MODULES
from tests.warm.made_once import made_once

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the working tree, made as pip has it made: by the build backend, in a process of its own."""

    def make(folder: Path) -> None:
        build = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
        done = _run(sys.executable, "-c", build, str(folder), cwd=ROOT)
        assert done.returncode == 0, done.stderr

    (built,) = made_once(tmp_path_factory, "wheel", make).iterdir()
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the commands of a fresh virtual environment that has the wheel."""
    return made_once(tmp_path_factory, "installed", lambda place: _install(wheel, place)) / "bin"


@pytest.fixture(scope="session")
def plain(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same without the libraries of any extra: what the wheel has, by links."""
    left_out = {module for modules in MODULES.values() for module in modules}

    def make(place: Path) -> None:
        own = _fresh(place)
        others = place / "others"
        others.mkdir()
        for path in Path(sysconfig.get_path("purelib")).iterdir():
            if (
                path.name.partition("-")[0].removesuffix(".libs") not in left_out
                and path.suffix != ".pth"
                and "pulumi_digo" not in path.name
            ):
                (others / path.name).symlink_to(path)
        (own / "others.pth").write_text(f"{others}\n", encoding="utf-8")
        whole = installed.parent / own.relative_to(place)
        for path in whole.iterdir():
            if path.suffix != ".pth":
                (own / path.name).symlink_to(path)
        script = (installed / "digo").read_text(encoding="utf-8")
        digo = place / "bin" / "digo"
        digo.write_text(script.replace(f"#!{installed}/", f"#!{place}/bin/", 1), encoding="utf-8")
        digo.chmod(0o755)

    return made_once(tmp_path_factory, "plain", make) / "bin"


@pytest.fixture(scope="session")
def editable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with the working tree installed as `make setup` does it: the tests' own environment is one, if it is
    this working tree's."""
    if _is_of_this_tree():
        return Path(sys.prefix, "bin")
    options = ("--no-build-isolation", "--editable")
    return made_once(tmp_path_factory, "editable", lambda place: _install(ROOT, place, *options)) / "bin"


def _is_of_this_tree() -> bool:
    origin = metadata.distribution("pulumi-digo").read_text("direct_url.json") or "{}"
    return json.loads(origin) == {"dir_info": {"editable": True}, "url": ROOT.as_uri()}


def _fresh(place: Path) -> Path:
    """Makes a virtual environment; the folder of its libraries."""
    assert _run(sys.executable, "-m", "venv", "--without-pip", str(place)).returncode == 0
    asked = _run(
        str(place / "bin" / "python"), "-c", "import json, sysconfig; print(json.dumps(sysconfig.get_path('purelib')))"
    )
    return Path(json.loads(asked.stdout))


def _install(what: Path, place: Path, *options: str) -> None:
    """Makes a virtual environment and installs into it, with the pip that is one of the libraries beside it."""
    (_fresh(place) / "others.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    quiet = ["--no-deps", "--no-index", "--quiet", "--disable-pip-version-check", "--ignore-installed", "--no-compile"]
    done = _run(str(place / "bin" / "python"), "-m", "pip", "install", *quiet, *options, str(what))
    assert done.returncode == 0, done.stderr


def _run(*command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=100)

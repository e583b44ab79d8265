"""The Pythons of this machine that the project may run on: `python3 -m scripts.pythons`.

Prints a version and a program a line, without the version that `make` takes for `.venv`. It is asked before anything is
installed, so it imports the standard library and the support matrix only. With `--supports VERSION` its exit code says
whether the support matrix has that version.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from digo.doctor.support import NEWEST_PYTHON, OLDEST_PYTHON

ROOT = Path(__file__).resolve().parents[1]
Version = tuple[int, int]
_ASK = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
_NEWEST_ASKED = 30  # of Python 3: programs are asked for by name


def version_of(program: str) -> Version | None:
    """The version of a program that runs and can make virtual environments; None of any other.

    pyenv's shim of a version that is not chosen is such another one.
    """
    try:
        done = subprocess.run([program, "-c", _ASK], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.fullmatch(r"(\d+)\.(\d+)\n", done.stdout) if done.returncode == 0 else None
    return (int(found[1]), int(found[2])) if found else None


def candidates(environ: dict[str, str]) -> Iterator[str]:
    """Programs by the names that they have on PATH, and those that pyenv and uv keep elsewhere."""
    path = environ.get("PATH", os.defpath)
    for minor in range(OLDEST_PYTHON[1], _NEWEST_ASKED):
        for folder in path.split(os.pathsep):
            if found := shutil.which(f"python3.{minor}", path=folder):
                yield found
    home = Path(environ.get("HOME") or "/nonexistent")
    data = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    for kept in (
        Path(environ.get("PYENV_ROOT") or home / ".pyenv") / "versions",
        Path(environ.get("UV_PYTHON_INSTALL_DIR") or data / "uv" / "python"),
    ):
        yield from map(str, sorted(kept.glob("*/bin/python3")))


def pythons(environ: dict[str, str]) -> dict[Version, str]:
    """One program of each version from the oldest supported one on, oldest first."""
    found: dict[Version, str] = {}
    for program in candidates(environ):
        version = version_of(program)
        if version is not None and version >= OLDEST_PYTHON:
            found.setdefault(version, program)
    return dict(sorted(found.items()))


def main_version(environ: dict[str, str]) -> Version | None:
    """The version of `.venv`, or of the program that `make` would make it with; None if there is none."""
    for program in (str(ROOT / ".venv" / "bin" / "python"), environ.get("PYTHON") or "python3"):
        if (version := version_of(program)) is not None and version >= OLDEST_PYTHON:
            return version
    return None


def supported(version: str) -> bool:
    """Whether the support matrix has a version such as `3.12`."""
    major, minor = map(int, version.split("."))
    return OLDEST_PYTHON <= (major, minor) <= NEWEST_PYTHON


def main(arguments: list[str]) -> int:
    """Prints the others, or answers whether a version is supported."""
    if arguments[:1] == ["--supports"]:
        return 0 if supported(arguments[1]) else 1
    environ = dict(os.environ)
    own = main_version(environ)
    for (major, minor), program in pythons(environ).items():
        if (major, minor) != own:
            print(f"{major}.{minor}\t{program}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

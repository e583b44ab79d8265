"""Which Pythons CI runs the fast half on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from scripts.pythons import main, pythons, supported, version_of

ROOT = Path(__file__).resolve().parents[2]


def program(path: Path, answer: str, code: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{answer}'\nexit {code}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_one_of_each_version_that_runs(tmp_path: Path) -> None:
    first = program(tmp_path / "first" / "python3.12", "3.12")
    program(tmp_path / "second" / "python3.12", "3.12")
    program(tmp_path / "first" / "python3.13", "pyenv: python3.13: command not found", 127)
    kept = program(tmp_path / "pyenv" / "versions" / "3.13.0" / "bin" / "python3", "3.13")
    program(tmp_path / "pyenv" / "versions" / "3.9.18" / "bin" / "python3", "3.9")
    newest = program(tmp_path / "uv" / "cpython-3.15.0" / "bin" / "python3", "3.15")
    environ = {
        "PATH": f"{tmp_path}/first:{tmp_path}/second",
        "HOME": str(tmp_path),
        "PYENV_ROOT": str(tmp_path / "pyenv"),
        "UV_PYTHON_INSTALL_DIR": str(tmp_path / "uv"),
    }
    assert pythons(environ) == {(3, 12): str(first), (3, 13): str(kept), (3, 15): str(newest)}


def test_this_python_is_one_and_what_cannot_run_is_none(tmp_path: Path) -> None:
    assert version_of(sys.executable) == sys.version_info[:2]
    assert version_of(str(tmp_path / "nothing")) is None
    assert version_of(str(tmp_path)) is None


def test_a_python_without_venv_is_none(tmp_path: Path) -> None:
    """Debian keeps `venv` in a package of its own: then the import fails."""
    assert version_of(str(program(tmp_path / "python3.11", "Traceback", 1))) is None


def test_the_support_matrix_decides_what_may_fail_to_install() -> None:
    assert [supported(version) for version in ("3.9", "3.10", "3.13", "3.99")] == [False, True, True, False]
    assert (main(["--supports", "3.10"]), main(["--supports", "3.99"])) == (0, 1)


def test_it_runs_before_anything_is_installed(tmp_path: Path) -> None:
    """`-S` leaves out all that is installed."""
    done = subprocess.run(
        [sys.executable, "-S", "-m", "scripts.pythons"],
        cwd=ROOT,
        env={"PATH": str(program(tmp_path / "python3.29", "3.29").parent), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"3.29\t{tmp_path}/python3.29\n"

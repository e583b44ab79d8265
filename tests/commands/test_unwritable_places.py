"""What cannot be written, a file or standard output, is a message with the next step; never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def ran(*arguments: str, stdout: str | None = None) -> tuple[int, str]:
    """A command's exit code and what it said on standard error."""
    with Path(stdout or os.devnull).open("wb") as out:
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    return done.returncode, done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("arguments", [("schema", "agents"), ("--help",), ("--stack", "sandbox", "validate")])
def test_a_full_standard_output_of_digo(arguments: tuple[str, ...]) -> None:
    code, said = ran("digo", *arguments, stdout="/dev/full")
    assert code == 1
    assert said.startswith("error: the output cannot be written: No space left on device\n  Next: ")
    assert len(said.splitlines()) == 2, said


def test_a_file_of_digo_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, said = ran("digo", "schema", "--write", str(tmp_path / "file" / "schema"))
    assert code == 1
    assert said.startswith(f"error: {tmp_path}/file/schema cannot be used: Not a directory\n  Next: ")
    assert len(said.splitlines()) == 2, said


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("arguments", [("version",), ("--help",), ("about",)])
def test_a_full_standard_output_of_the_engine(arguments: tuple[str, ...]) -> None:
    code, said = ran("engine", *arguments, stdout="/dev/full")
    assert code == 1
    assert said.startswith("error: the output cannot be written: No space left on device; make room")
    assert len(said.splitlines()) == 1, said


@pytest.mark.parametrize("command", [("sandbox", "start", "--port", "0", "--db"), ("digo.lists.key",)])
def test_a_folder_that_cannot_be_made(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, said = ran(*command, str(tmp_path / "file" / "account"))
    assert code == 1
    assert said.startswith("Error: ")
    assert f"{tmp_path}/file" in said
    assert len(said.splitlines()) == 1, said

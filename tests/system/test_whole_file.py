"""A file that a command writes is there whole, or as it was."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from digo.system.atomic_file import replace_file, write_file_atomically

ROOM = 1000  # bytes that a file may have in the process with too little room
WRITES = f"""
import pathlib, resource, signal, sys
from digo.system.atomic_file import write_file_atomically
resource.setrlimit(resource.RLIMIT_FSIZE, ({ROOM}, {ROOM}))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
write_file_atomically(pathlib.Path(sys.argv[1]), "x" * {10 * ROOM})
"""


def test_where_there_is_no_room_what_was_there_stays(tmp_path: Path) -> None:
    file = tmp_path / "plan.md"
    write_file_atomically(file, "the last one\n")
    done = subprocess.run([sys.executable, "-c", WRITES, str(file)], capture_output=True, text=True, timeout=60)
    assert "File too large" in done.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["plan.md"]
    assert file.read_text() == "the last one\n"


@pytest.mark.parametrize("name", ["/dev/null", "/dev/stdout"])
def test_a_device_stays_one(name: str) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import pathlib; from digo.system.atomic_file import *; "
            f"write_file_atomically(pathlib.Path({name!r}), 'a')",
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "a" if name == "/dev/stdout" else ""), done.stderr
    assert not Path("/dev/null").is_file()


AGAIN = """
import pathlib, sys
from digo.system.atomic_file import write_file_atomically
for _ in range(200):
    write_file_atomically(pathlib.Path(sys.argv[1]), sys.argv[2] * 1000)
"""


def test_two_commands_that_write_one_file_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    """Its name is as long as names can be."""
    file = tmp_path / ("p" * 252 + ".md")
    running = [subprocess.Popen([sys.executable, "-c", AGAIN, str(file), sign]) for sign in "ab"]
    assert [one.wait(timeout=60) for one in running] == [0, 0]
    assert file.read_text() in ("a" * 1000, "b" * 1000)
    assert list(tmp_path.iterdir()) == [file]


def test_an_error_names_the_file_that_was_to_be_written(tmp_path: Path) -> None:
    file = tmp_path / "no folder" / "plan.md"
    with pytest.raises(FileNotFoundError) as told:
        write_file_atomically(file, "text")
    assert told.value.filename == str(file)


def test_what_goes_to_standard_output_by_name_stands_in_line_with_the_rest(tmp_path: Path) -> None:
    """Where it is a file, too: no new file takes its place."""
    file = tmp_path / "log"
    puts = (
        "import pathlib; from digo.cli.output import write_output; write_output('plan\\n', pathlib.Path('/dev/stdout'))"
    )
    with file.open("w") as log:
        for command in (["echo", "before"], [sys.executable, "-c", puts], ["echo", "after"]):
            subprocess.run(command, stdout=log, check=True, timeout=60)
    assert file.read_text() == "before\nplan\nafter\n"


def test_a_replaced_file_keeps_its_mode_and_a_link_to_it(tmp_path: Path) -> None:
    file, link = tmp_path / "state.json", tmp_path / "link.json"
    link.symlink_to(file)
    replace_file(link, b"one", 0o600)
    assert link.is_symlink() and file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o640)
    replace_file(link, b"two", 0o600)
    assert link.is_symlink() and file.stat().st_mode & 0o777 == 0o640
    assert file.read_bytes() == b"two"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["link.json", "state.json"]


def test_a_file_that_cannot_be_flushed_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "state.json"
    replace_file(file, b"one", 0o600)

    def no_space(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(OSError, match="No space left"):
        replace_file(file, b"two", 0o600)
    assert file.read_bytes() == b"one"
    assert [one.name for one in tmp_path.iterdir()] == ["state.json"]

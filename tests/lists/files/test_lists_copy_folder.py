"""Copies of lists on disk: what a killed run leaves is removed, and what another run uses is not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from digo.lists.files.copy_folder import copy_folder
from digo.lists.files.file_problem import FileProblem

HOLD = """
import sys
from digo.lists.files.copy_folder import copy_folder
with copy_folder() as folder:
    (folder / "list.csv").write_text("phone")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def test_a_copy_is_gone_after_its_use(temporary: Path) -> None:
    with copy_folder() as folder:
        (folder / "list.csv").write_text("phone")
        assert folder.parent == temporary
        assert folder.stat().st_mode & 0o777 == 0o700
    assert list(temporary.iterdir()) == []


def test_the_next_copy_removes_what_a_killed_run_left(temporary: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    left = Path(process.stdout.readline().strip())
    with copy_folder() as folder:
        assert sorted(temporary.iterdir()) == sorted([folder, left]), "the other run is under way"
    process.kill()
    process.communicate()
    assert (left / "list.csv").exists()
    with copy_folder() as folder:
        assert list(temporary.iterdir()) == [folder]


def test_what_is_no_folder_of_a_copy_stays(temporary: Path) -> None:
    own = temporary / "digo-lists"
    own.mkdir()
    target = temporary / "elsewhere"
    target.mkdir()
    (target / "a").touch()
    (temporary / "digo-list-link").symlink_to(target)
    (temporary / "digo-list-file").touch()
    with copy_folder():
        pass
    assert sorted(path.name for path in temporary.iterdir()) == [
        "digo-list-file",
        "digo-list-link",
        "digo-lists",
        "elsewhere",
    ]
    assert (target / "a").exists()


def test_a_machine_without_room_for_copies(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_usable() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found in [...]")

    monkeypatch.setattr("tempfile.gettempdir", none_usable)
    with pytest.raises(FileProblem, match="for reading: No usable temporary directory found"), copy_folder():
        pass
    monkeypatch.undo()
    monkeypatch.setattr("tempfile.tempdir", str(temporary / "gone"))
    with (
        pytest.raises(FileProblem, match="no copy of it can be made for reading: No such file or directory"),
        copy_folder(),
    ):
        pass

"""What others put where our folder and our files should be."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest

from digo.system.private_folder import open_private_file, private_folder


def opened(base: Path, name: str = "account.lock") -> Path:
    """The file, made or opened as the lock does it."""
    path = base / "digo" / name
    with private_folder(base, "digo") as folder:
        os.close(open_private_file(folder, name, path))
    return path


def test_folder_and_file_are_this_users_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = opened(tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("target", ["elsewhere", "missing", "."])
def test_a_link_in_place_of_the_folder_is_not_followed(tmp_path: Path, target: str) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o755)
    (tmp_path / "digo").symlink_to(tmp_path / target)
    with pytest.raises(OSError, match="a link or a file"):
        opened(tmp_path)
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert stat.S_IMODE((tmp_path / "elsewhere").stat().st_mode) == 0o755


def test_a_link_in_place_of_the_file_is_removed_and_its_target_stays(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    victim.chmod(0o640)
    (tmp_path / "digo").mkdir()
    (tmp_path / "digo" / "account.lock").symlink_to(victim)
    path = opened(tmp_path)
    assert not path.is_symlink()
    assert (victim.read_text(), stat.S_IMODE(victim.stat().st_mode)) == ("mine", 0o640)


def test_a_second_name_of_another_file_is_removed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    victim.chmod(0o600)
    (tmp_path / "digo").mkdir()
    os.link(victim, tmp_path / "digo" / "account.lock")
    path = opened(tmp_path)
    assert not path.samefile(victim)
    assert victim.read_text() == "mine"


def test_a_pipe_holds_nobody(tmp_path: Path) -> None:
    (tmp_path / "digo").mkdir()
    os.mkfifo(tmp_path / "digo" / "account.lock", 0o600)
    assert opened(tmp_path).is_file()


def test_a_folder_in_place_of_the_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "digo" / "account.lock").mkdir(parents=True)
    with pytest.raises(OSError, match="not a file of this user") as refused:
        opened(tmp_path)
    assert refused.value.filename == str(tmp_path / "digo" / "account.lock")


def test_a_base_in_which_all_can_rename_is_refused_unless_it_is_sticky(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(OSError, match="every user can replace"):
        opened(tmp_path)
    assert not (tmp_path / "digo").exists()
    tmp_path.chmod(0o1777)
    assert opened(tmp_path).is_file()


@pytest.mark.needs("root")
def test_a_base_of_another_user_is_refused(tmp_path: Path) -> None:
    os.chown(tmp_path, 65533, 65533)
    with pytest.raises(OSError, match="belongs to another user"):
        opened(tmp_path)


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    (tmp_path / "digo").symlink_to(tmp_path)
    with tempfile.TemporaryFile() as free:
        lowest = free.fileno()
    for _ in range(3):
        with pytest.raises(OSError, match="a link or a file"):
            opened(tmp_path)
    with tempfile.TemporaryFile() as free:
        assert free.fileno() == lowest

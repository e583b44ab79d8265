"""A disk that is full when the state is written: by a limit on the length of files, and by a small file system."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.faults.project import Project
from tests.scenarios.workspace import Outcome

PAGE = 4096

_LIMITED = "import os, resource, sys; n = int(sys.argv[1]); resource.setrlimit(resource.RLIMIT_FSIZE, (n, n)); "
_LIMITED += "os.execvp(sys.argv[2], sys.argv[2:])"


def up_with_short_files(project: Project, file_bytes: int) -> Outcome:
    """An up whose engine, the embedded one, cannot make a file longer than that."""
    # The limit is inherited from the command, and not from a server that has the modules in memory.
    limited = [sys.executable, "-c", _LIMITED, str(file_bytes), sys.executable]
    return project.searched(project.finished([*limited, *project.command("up", "--skip-preview")[1:]]))


def up_with_small_disk(project: Project, spare: int) -> Outcome:
    """An up whose state folder has room for that many bytes more. Raises CalledProcessError as `small_disk`."""
    with small_disk(project.folder / "state", spare):
        return project.run("up", "--skip-preview")


@contextlib.contextmanager
def small_disk(folder: Path, spare: int) -> Iterator[None]:
    """The folder's content on a file system with room for `spare` bytes more, until the block ends.

    Raises:
        CalledProcessError: this user may not mount one.
    """
    aside = folder.with_name(folder.name + ".aside")
    used = sum(-(-path.stat().st_size // PAGE) * PAGE for path in folder.rglob("*") if path.is_file())
    shutil.copytree(folder, aside)
    options = f"size={used + spare}"
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True)
    if mount.returncode:
        shutil.rmtree(aside)
        mount.check_returncode()
    try:
        shutil.copytree(aside, folder, dirs_exist_ok=True)
        yield
    finally:
        shutil.rmtree(aside)
        shutil.copytree(folder, aside)
        subprocess.run(["umount", str(folder)], check=True)
        shutil.rmtree(folder)
        aside.rename(folder)

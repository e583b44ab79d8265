"""Folders for copies of lists. A copy has phone numbers, so it is of this user alone, and does not outlive its run."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from digo.lists.files.file_problem import FileProblem, reason

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_PREFIX = "digo-list-"


@contextmanager
def copy_folder() -> Iterator[Path]:
    """A new folder among the system's temporary files, which is gone after the context.

    A run that is killed cannot remove its folder, so the next one that makes a copy does. A lock, which the system
    releases with its process, tells such a folder from those of runs that are under way.

    Raises:
        FileProblem: no folder can be made.
    """
    try:
        _remove_abandoned()
        folder, descriptor = _locked_folder()
    except OSError as problem:
        raise FileProblem(f"no copy of it can be made for reading: {reason(problem)}") from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if descriptor is not None:
            os.close(descriptor)


def _locked_folder() -> tuple[Path, int | None]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        if fcntl is None:
            return folder, None
        descriptor = os.open(folder, os.O_RDONLY)
        with contextlib.suppress(OSError):  # without locks nobody takes it for abandoned
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if folder.exists():
            return folder, descriptor
        os.close(descriptor)  # it was taken for abandoned before it was locked


def _remove_abandoned() -> None:
    """Removes the folders of this user's runs that were killed."""
    if fcntl is None:
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # it is another user's, of a run that is under way, or gone by now
            if folder.lstat().st_uid != os.geteuid():
                continue
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(descriptor)

"""Folders and files that belong to this user alone, also where others may write.

In `/tmp`, anybody can make a name first. So a folder is opened step by step, and no step follows a link. What another
user made is never used.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# Without O_NONBLOCK, opening a pipe that somebody put there would wait for its other end.
_FILE = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_TRIES = 10


@contextmanager
def private_folder(base: Path, *names: str) -> Iterator[int]:
    """A descriptor of the folder `base/names…`, which is made with mode 700 where it is missing.

    `base` exists. It belongs to this user or to root, and others may not replace what is in it: they cannot write to
    it, or it is sticky, as `/tmp` is. A folder of this user that is open to others is closed to them first.

    Raises:
        OSError: it cannot be made, or it is not safe. `filename` has the part that is not.
    """
    descriptor = os.open(base, _FOLDER)
    try:
        _check_base(base, os.fstat(descriptor))
        path = base
        for name in names:
            path = path / name
            inner = _own_folder(descriptor, name, path)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def open_private_file(folder: int, name: str, path: Path) -> int:
    """A descriptor of a file of this user in a private folder. It is made with mode 600 if it is missing.

    A link, a pipe, another user's file and a file that others can open are removed first: whoever has such a file open
    can lock it for ever.

    Args:
        folder: the descriptor of the folder.
        name: the file's name in it.
        path: the same file, for messages.

    Raises:
        OSError: it cannot be made, or what is there cannot be removed.
    """
    for _ in range(_TRIES):
        try:
            descriptor = os.open(name, _FILE, 0o600, dir_fd=folder)
        except OSError as problem:
            if problem.errno not in (errno.ELOOP, errno.ENXIO, errno.EACCES, errno.EISDIR):
                raise OSError(problem.errno, problem.strerror, str(path)) from None
        else:
            if _is_private_file(os.fstat(descriptor)):
                return descriptor
            os.close(descriptor)
        try:
            os.unlink(name, dir_fd=folder)
        except FileNotFoundError:
            continue
        except OSError as problem:
            raise OSError(problem.errno, f"not a file of this user ({problem.strerror})", str(path)) from None
    raise OSError(errno.EPERM, "somebody puts files of their own there", str(path))


def is_in_place(folder: int, name: str, descriptor: int) -> bool:
    """Whether the open file is still the one that has this name in the folder."""
    try:
        there = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(there, os.fstat(descriptor))


def _check_base(base: Path, found: os.stat_result) -> None:
    if found.st_uid not in (0, os.geteuid()):
        raise OSError(errno.EPERM, "the folder belongs to another user", str(base))
    if found.st_mode & stat.S_IWOTH and not found.st_mode & stat.S_ISVTX:
        raise OSError(errno.EPERM, "every user can replace what is in the folder", str(base))


def _own_folder(parent: int, name: str, path: Path) -> int:
    try:
        with suppress(FileExistsError):
            os.mkdir(name, 0o700, dir_fd=parent)
        descriptor = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=parent)
    except OSError as problem:
        is_other = problem.errno in (errno.ELOOP, errno.ENOTDIR)
        reason = "a link or a file is where a folder should be" if is_other else problem.strerror
        raise OSError(problem.errno, reason, str(path)) from None
    found = os.fstat(descriptor)
    try:
        if found.st_uid != os.geteuid():
            raise OSError(errno.EPERM, "the folder belongs to another user", str(path))
        if stat.S_IMODE(found.st_mode) != 0o700:
            os.fchmod(descriptor, 0o700)
    except OSError as problem:
        os.close(descriptor)
        raise OSError(problem.errno, problem.strerror, str(path)) from None
    return descriptor


def _is_private_file(found: os.stat_result) -> bool:
    return (
        stat.S_ISREG(found.st_mode)
        and found.st_uid == os.geteuid()
        and found.st_nlink == 1
        and not stat.S_IMODE(found.st_mode) & 0o077
    )

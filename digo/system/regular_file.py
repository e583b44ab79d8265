"""Reads whole files that somebody else may have written: only plain files, and only up to a limit.

A pull request can bring a link to a device that never ends, a pipe that nobody writes to, or a file of gigabytes.
"""

from __future__ import annotations

import errno
import os
import stat
from io import FileIO
from pathlib import Path

from digo.system.limits import CONFIG_MIB, Limit

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_BLOCK = 1 << 20


def kind_of(mode: int) -> str | None:
    """What a path is that is not a file, in words; None for a file."""
    return next((what for holds, what in _KINDS if holds(mode)), None)


def read_file(path: Path, limit: Limit = CONFIG_MIB) -> bytes:
    """The file's content.

    Raises:
        OSError: it cannot be read, is not a plain file, or is longer than the limit (in MiB). `strerror` says which.
    """
    # Opening a pipe would wait for a writer. On a plain file the flag means nothing.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        what = kind_of(os.fstat(descriptor).st_mode)
        if what == "a folder":
            raise IsADirectoryError(errno.EISDIR, "it is a folder, and a file is due here", str(path))
        if what is not None:
            raise OSError(errno.EINVAL, f"it is {what}, and a file is due here", str(path))
        with FileIO(descriptor, "rb", closefd=False) as file:
            return _whole(file, path, limit)
    finally:
        os.close(descriptor)


def read_any(path: Path, limit: Limit = CONFIG_MIB) -> bytes:
    """The content of a file, or of a pipe, which a user may name as an argument.

    Raises:
        OSError: it cannot be read, or is longer than the limit (in MiB).
    """
    with path.open("rb", buffering=0) as file:
        return _whole(file, path, limit)


def _whole(file: FileIO, path: Path, limit: Limit) -> bytes:
    most = limit.value() << 20
    parts, size = [], 0
    while block := file.read(_BLOCK):
        parts.append(block)
        size += len(block)
        if size > most:
            raise OSError(errno.EFBIG, f"it is longer than {limit.value():,} MiB; {limit.way_out}", str(path))
    return b"".join(parts)

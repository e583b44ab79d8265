"""Reads one of Pulumi's own files: only a plain file, and only up to a limit.

A pull request can bring a link to a device that never ends, or a pipe that nobody writes to. This package takes nothing
else of `digo`, so it has a small reader of its own.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

_MOST_BYTES = 64 << 20


def read_plain(path: Path) -> bytes:
    """The file's content.

    Raises:
        OSError: it cannot be read, is not a plain file, or is too long.
    """
    # Opening a pipe would wait for a writer. On a plain file the flag means nothing.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, "it is a folder, and a file is due here", str(path))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "it is a pipe or a device, and a file is due here", str(path))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(_MOST_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(content) > _MOST_BYTES:
        raise OSError(errno.EFBIG, f"it is longer than {_MOST_BYTES >> 20} MiB", str(path))
    return content

"""Files that are there whole, or as they were before."""

from __future__ import annotations

import errno
import shutil
import tempfile
from pathlib import Path

_NO_PLACE_BESIDE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY})


def write_whole(path: Path, text: str) -> None:
    """Writes a text file whole, or not at all: on a full disk what was there stays. A link stays one, and who may read
    the file stays as it was. Of two commands that write it at once the later one's text stays. What is no plain file,
    such as a pipe, takes the text as it comes, and so does a file beside which there can be no other, such as one that
    is mounted into a container.

    Raises:
        OSError: it could not be written.
    """
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    path = path.resolve()
    try:
        with tempfile.TemporaryDirectory(prefix=".", dir=path.parent) as folder:
            new = Path(folder, path.name)
            new.write_text(text, encoding="utf-8")
            if path.exists():
                shutil.copymode(path, new)
            new.replace(path)
    except OSError as problem:
        if problem.errno in _NO_PLACE_BESIDE and path.exists():
            path.write_text(text, encoding="utf-8")
            return
        raise OSError(problem.errno, problem.strerror, str(path)) from None

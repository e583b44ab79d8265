"""Files that are there whole, or as they were before."""

from __future__ import annotations

import shutil
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Writes a text file whole, or not at all: on a full disk what was there stays. A link stays one, and who may read
    the file stays as it was. What is no plain file, such as /dev/stdout, takes the text as it comes.

    Raises:
        OSError: it could not be written.
    """
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    path = path.resolve()
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.touch()
        if path.exists():
            shutil.copymode(path, beside)
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)

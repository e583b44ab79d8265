"""Atomic file writes: a crash leaves the old content or the new, never a part."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from engine.failure import Failure

READABLE = 0o644
"""The mode of new project files that hold no secret."""


class StateNotWritten(Failure):
    """A file could not be written. Its old content is intact."""


def write_atomically(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Replaces the file's content. The new content is on the disk when this returns.

    `mode` is for new files; an existing file keeps its mode. Raises `StateNotWritten`, with the old content intact.
    """
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else mode)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def keep_backup(path: Path) -> None:
    """Keeps the present content as `<name>.bak`, as Pulumi does before each write."""
    if not path.exists():
        return
    backup = path.with_name(path.name + ".bak")
    with _explained(backup):
        write_atomically(backup, path.read_bytes())


def sync_folder(folder: Path) -> None:
    """Flushes renames and removals in the folder to the disk. Windows cannot do this, so nothing is done there."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise explain(error, path) from error


def explain(error: OSError, path: Path) -> StateNotWritten:
    """The error with its cause and the next step."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StateNotWritten(
            f"no space left to write {path}; free some and run the same command again: "
            "what was done so far is in the journal, and nothing is lost"
        )
    return StateNotWritten(f"could not write {path}: {error.strerror or error}")

"""Atomic file writes: a crash leaves the old content or the new, never a part."""

from __future__ import annotations

import errno
import gzip
from pathlib import Path

from digo.system.atomic_file import replace_file
from engine.failure import Failure
from engine.serialize import UnreadableState

READABLE = 0o644
"""The mode of new project files that hold no secret."""


class StateNotWritten(Failure):
    """A file could not be written. Its old content is intact."""


def write_atomically(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Replaces the file's content. The new content is on the disk when this returns.

    `mode` is for new files; an existing file keeps its mode. Raises `StateNotWritten`, with the old content intact.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, data, mode)
    except OSError as error:
        raise explain(error, path) from error


def keep_backup(path: Path) -> None:
    """Keeps the present content as `<name>.bak`, as Pulumi does before each write."""
    if path.exists():
        write_atomically(path.with_name(path.name + ".bak"), path.read_bytes())


def explain(error: OSError, path: Path) -> StateNotWritten:
    """The error with its cause and the next step."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StateNotWritten(
            f"no space left to write {path}; free some and run the same command again: "
            "what was done so far is in the journal, and nothing is lost"
        )
    return StateNotWritten(f"could not write {path}: {error.strerror or error}")


def decompressed(data: bytes, path: Path) -> bytes:
    """The content of a file that the pulumi CLI may have compressed, as its name says.

    Raises `UnreadableState` for zstd, which Python cannot read, and `OSError` if the data is damaged.
    """
    if path.suffix == ".zst":
        raise UnreadableState(f"{path} is compressed with zstd; use the pulumi CLI, or unset PULUMI_DIY_BACKEND_ZSTD")
    return gzip.decompress(data) if path.suffix == ".gz" else data

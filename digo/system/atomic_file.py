"""Writes files completely or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

_NO_PLACE_BESIDE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY})


class PartlyWritten(OSError):
    """Some files were `written`, and then one could not be. `left` has the others."""

    def __init__(self, problem: OSError, written: Sequence[Path], left: Sequence[Path]) -> None:
        super().__init__(problem.errno, problem.strerror, problem.filename)
        self.written = tuple(written)
        self.left = tuple(left)


def write_file_atomically(path: Path, text: str, mode: int | None = None) -> None:
    """Writes a text file completely, or not at all: on a full disk the old content stays.

    A link stays a link, and the file keeps its permissions. If two commands write at once, the later text stays. Some
    files take the text directly: those that are not plain files, such as a pipe, and those that cannot be replaced,
    such as a file mounted into a container. `mode` is for a new file; without it, the umask decides.

    Raises:
        OSError: it could not be written.
    """
    with _staged(path, text, mode) as put:
        put()


def write_all(texts: Mapping[Path, str]) -> None:
    """Writes several text files, each as `write_file_atomically` does.

    All new files are on the disk before the first one is put in place, so a full disk leaves every file unchanged.

    Raises:
        PartlyWritten: one could not be written after others were.
        OSError: one could not be written, and none was.
    """
    with ExitStack() as stack:
        staged = {path: stack.enter_context(_staged(path, text)) for path, text in texts.items()}
        written: list[Path] = []
        for path, put in staged.items():
            try:
                put()
            except OSError as problem:
                if written:
                    raise PartlyWritten(problem, written, [one for one in staged if one not in written]) from None
                raise
            written.append(path)


def replace_file(path: Path, content: bytes, mode: int) -> None:
    """Replaces a file by a new one. The new content is on the disk when this returns.

    A link stays a link. `mode` is for new files; an existing file keeps its permissions.

    Raises:
        OSError: it could not be written. The old content is intact.
    """
    path = path.resolve()
    with ExitStack() as stack:
        new = _new_beside(path, content, stack)
        if not path.exists():
            new.chmod(mode)
        with new.open("rb") as file:
            os.fsync(file.fileno())
        new.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Flushes renames and removals in the folder to the disk. Windows cannot do this, so nothing is done there."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _staged(path: Path, text: str, mode: int | None = None) -> Iterator[Callable[[], None]]:
    """Writes the new content beside the file, and yields a function that puts it in place."""
    content = text.encode("utf-8")
    if path.exists() and not path.is_file():
        yield lambda: _written_into(path, content)
        return
    path = path.resolve()
    with ExitStack() as stack:
        new = None
        try:
            new = _new_beside(path, content, stack)
            if mode is not None and not path.exists():
                new.chmod(mode)
        except OSError as problem:
            if not _takes_no_other(path, problem):
                raise OSError(problem.errno, problem.strerror, str(path)) from None
            new = None
        yield lambda: _put(new, path, content)


def _new_beside(path: Path, content: bytes, stack: ExitStack) -> Path:
    """A new file in a folder beside `path`, with its permissions. The folder goes when the stack is closed."""
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix=".", dir=path.parent))
    new = Path(folder, path.name)
    new.write_bytes(content)
    if path.exists():
        shutil.copymode(path, new)
    return new


def _put(new: Path | None, path: Path, content: bytes) -> None:
    if new is not None:
        try:
            new.replace(path)
            return
        except OSError as problem:
            if not _takes_no_other(path, problem):
                raise OSError(problem.errno, problem.strerror, str(path)) from None
    _written_into(path, content)


def _takes_no_other(path: Path, problem: OSError) -> bool:
    return problem.errno in _NO_PLACE_BESIDE and path.exists()


def _written_into(path: Path, content: bytes) -> None:
    path.write_bytes(content)

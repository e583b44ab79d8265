"""Locks on files of this user, and their folders. The system releases a lock if its process dies."""

from __future__ import annotations

import fcntl
import os
import pwd
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from digo.system.private_folder import is_in_place, open_private_file, private_folder

VARIABLE = "DIGO_LOCK_DIR"
_HELD = 2**33  # the year 2242


@dataclass(frozen=True)
class LockFolder:
    """The folder `base/names…`. Only `base` need exist, and only the rest belongs to this user alone."""

    base: Path
    names: tuple[str, ...]

    @property
    def path(self) -> Path:
        """The folder's whole path."""
        return self.base.joinpath(*self.names)


def lock_folders(environ: Mapping[str, str]) -> tuple[LockFolder, ...]:
    """The folders of the locks: in the user's home and in `/tmp`, or only where `DIGO_LOCK_DIR` says.

    Two runs are kept apart if they see one of the two: a service may have no home, or a `/tmp` of its own. The home is
    that of the system's list of users. `HOME` and `TMPDIR` do not count: they differ between runs of one user.
    """
    own = f"digo-{os.geteuid()}"
    if chosen := environ.get(VARIABLE):
        return (LockFolder(Path(chosen), (own,)),)
    shared = LockFolder(Path("/tmp"), (own,))  # `private_folder` checks whose it is
    try:
        home = pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:
        return (shared,)
    return (LockFolder(Path(home), (".digo-locks",)), shared)


class LockFile:
    """One file in a folder of locks.

    The file's modification time is when the last holder ended. While a run holds the lock, or after a holder died, the
    time is in the far future. Setting it works on a full disk, too.
    """

    def __init__(self, folder: LockFolder, name: str) -> None:
        self._folder = folder
        self._name = name
        self._descriptor: int | None = None

    @property
    def path(self) -> Path:
        """The file."""
        return self._folder.path / self._name

    def try_acquire(self) -> bool:
        """Takes the lock unless another run has it.

        Raises:
            OSError: the file cannot be made or locked, or its folder is not safe (`digo.system.private_folder`).
        """
        with private_folder(self._folder.base, *self._folder.names) as folder:
            while True:
                descriptor = open_private_file(folder, self._name, self.path)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.close(descriptor)
                    return False
                except OSError as problem:
                    os.close(descriptor)
                    raise OSError(problem.errno, problem.strerror, str(self.path)) from None
                if is_in_place(folder, self._name, descriptor):
                    self._descriptor = descriptor
                    return True
                os.close(descriptor)  # it was replaced before it was locked

    def begin(self, seen_at: float) -> bool:
        """Marks the file as held. True if a run ended or died after `seen_at` (seconds since 1970).

        Raises:
            OSError: the mark cannot be written.
        """
        assert self._descriptor is not None
        found = os.fstat(self._descriptor)
        # A byte in the file says that a run has held it before: a file that was made just now has none.
        ended = found.st_mtime if found.st_size else 0.0
        try:
            if not found.st_size:
                os.truncate(self._descriptor, 1)
            os.utime(self._descriptor, (_HELD, _HELD))
        except OSError as problem:
            raise OSError(problem.errno, problem.strerror, str(self.path)) from None
        return ended >= seen_at

    def release(self) -> None:
        """Writes when this run ended, and releases the lock. It does nothing if the lock was never taken."""
        if self._descriptor is not None:
            now = time.time()  # the time that the system sets by itself is coarser
            os.utime(self._descriptor, (now, now))
            os.close(self._descriptor)
            self._descriptor = None

"""The account lock: only one run on this machine creates agents on an account at a time.

The engine's lock covers one stack. Two stacks on one account can see the same agent missing, and the API may create it
twice. So a run that creates agents holds the account lock until it ends, and the next run lists the account again
before it creates. The lock does not cover runs on other machines.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

_POLL_SECONDS = 0.2
_HELD = 2**33  # the year 2242


class AccountLock:
    """A lock on the file `path`. The system releases it if the process dies.

    The file's modification time is when the last holder ended. While a run holds the lock, or after a holder died, the
    time is in the far future. Setting it works on a full disk, too.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None

    @property
    def held(self) -> bool:
        """Whether this run holds the lock."""
        return self._file is not None

    @classmethod
    def at(cls, endpoint: str) -> AccountLock:
        """The lock of the account behind an endpoint. The token does not matter: one account may have two."""
        folder = Path(tempfile.gettempdir()) / f"digo-{os.getuid()}"
        return cls(folder / f"{hashlib.sha256(endpoint.rstrip('/').encode()).hexdigest()[:16]}.lock")

    async def acquire(self, seen_at: float, waits: Callable[[], None], gives_up: Callable[[], bool]) -> bool:
        """Waits for the lock. True if the account may have changed since `seen_at`.

        Args:
            seen_at: when the account was listed, in seconds since 1970.
            waits: called once if another run holds the lock.
            gives_up: called repeatedly while waiting. True ends the waiting, without the lock.

        Raises:
            OSError: the file cannot be made.
        """
        self.path.parent.mkdir(mode=0o700, exist_ok=True)
        is_new, waited = not self.path.exists(), False
        file = self.path.open("ab")
        while not _locked(file):
            if not waited:
                waits()
            waited = True
            if gives_up():
                file.close()
                return True
            await asyncio.sleep(_POLL_SECONDS)
        ended = os.fstat(file.fileno()).st_mtime
        os.utime(file.fileno(), (_HELD, _HELD))
        self._file = file
        return waited or (not is_new and ended >= seen_at)

    def release(self) -> None:
        """Releases the lock. It does nothing if the lock was never taken."""
        if self._file is not None:
            now = time.time()  # the time that the system sets by itself is coarser
            os.utime(self._file.fileno(), (now, now))
            self._file.close()
            self._file = None


def _locked(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

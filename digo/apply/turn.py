"""Whose turn it is to make agents on an account: one run at a time, as far as this machine can tell.

The engine's lock covers one stack. Two stacks on one account see the same agents missing, and the API may well make
both of what both ask for. So a run that creates holds the account's turn until it ends, and the next one lists the
account again before it creates. Runs on other machines cannot be seen from here.
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


class Turn:
    """The turn of one run: a lock on the file `path`, which the system takes away from a process that dies.

    The file's time is when the last holder ended, and in the far future while one holds it or has died: that needs no
    room on a disk that is full.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None

    @property
    def held(self) -> bool:
        """Whether it is this run's turn."""
        return self._file is not None

    @classmethod
    def at(cls, endpoint: str) -> Turn:
        """The turn for the account behind an endpoint, whatever its token: two tokens may open one account."""
        folder = Path(tempfile.gettempdir()) / f"digo-{os.getuid()}"
        return cls(folder / f"{hashlib.sha256(endpoint.rstrip('/').encode()).hexdigest()[:16]}.lock")

    async def take(self, seen_at: float, waits: Callable[[], None], gives_up: Callable[[], bool]) -> bool:
        """Waits for the turn, and says whether the account may have changed since `seen_at` (seconds since 1970).

        Args:
            seen_at: when the account was listed.
            waits: called once where another run has the turn.
            gives_up: asked again and again while it has; True ends the waiting, without the turn.

        Raises:
            OSError: the file cannot be made.
        """
        self.path.parent.mkdir(mode=0o700, exist_ok=True)
        first_ever, waited = not self.path.exists(), False
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
        return waited or (not first_ever and ended >= seen_at)

    def give_back(self) -> None:
        """The next run may create. Harmless where the turn was never taken."""
        if self._file is not None:
            now = time.time()  # the system's own time for files is coarser
            os.utime(self._file.fileno(), (now, now))
            self._file.close()
            self._file = None


def _locked(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

"""Standard output where nobody can take it any more: a full disk, a reader that went away."""

from __future__ import annotations

import contextlib
import os
import sys


def drop_output() -> None:
    """Lets go of what standard output could not take: Python would try again as it ends, and fail once more."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def move_output() -> None:
    """Lets go of what standard output could not take, and lets standard error have all that follows."""
    drop_output()
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

"""A small process that outlives the engine by a moment: it kills the children of an engine that died.

A host that went on with its requests after its engine was gone could write what the next run writes again.
The engine tells it of each child, `+PID` or `-PID` a line; the end of its standard input means that the engine died
or is done. A pipe does this on every POSIX system; `prctl` would need Linux and code between fork and exec.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType


class Guard:
    """The engine's side: starts the process, names the children to it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-E", str(Path(__file__))], stdin=subprocess.PIPE, text=True, start_new_session=True
        )

    def __enter__(self) -> Guard:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._process.communicate()

    def watch(self, pid: int) -> None:
        """Kill this child, and its process group, should the engine die."""
        self._tell(f"+{pid}")

    def release(self, pid: int) -> None:
        """The child has ended by itself."""
        self._tell(f"-{pid}")

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()


def kill_group(pid: int, signal_number: int) -> None:
    """Send the signal to the process group that the child leads, if it is still there."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal_number)


def keep_watch() -> None:
    """Read the engine's lines until it is gone, then kill the children that are left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    children: set[int] = set()
    for line in sys.stdin:
        pid = int(line[1:])
        if line.startswith("+"):
            children.add(pid)
        else:
            children.discard(pid)
    for pid in children:
        kill_group(pid, signal.SIGKILL)


if __name__ == "__main__":
    keep_watch()

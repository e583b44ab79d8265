"""A small process that kills the children of an engine that died.

A host that goes on after its engine died could send requests that the next run sends again. The process runs
`child_guard.sh`. The engine writes one line for each child, `+PID` or `-PID`. The end of standard input means that the
engine has ended or died. A pipe works on every POSIX system; `prctl` would need Linux, and code between fork and exec.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path
from types import TracebackType


class Guard:
    """The engine's side: starts the process and sends it the children's ids."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["/bin/sh", str(Path(__file__).with_suffix(".sh"))],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={"PATH": os.environ.get("PATH", os.defpath)},  # it needs none of the engine's secrets
        )

    def __enter__(self) -> Guard:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._process.communicate()

    def watch(self, pid: int) -> None:
        """Kill the process group of this child if the engine dies."""
        self._send(f"+{pid}")

    def release(self, pid: int) -> None:
        """Stop watching a child that has ended."""
        self._send(f"-{pid}")

    def _send(self, line: str) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()


def kill_group(pid: int, signal_number: int) -> None:
    """Send the signal to the child's process group, if it still exists."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal_number)

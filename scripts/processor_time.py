"""Counts the processor time of a command and of every process that it starts: `python -m scripts.processor_time CMD…`.

A shell's `time` misses a process that outlives its parent, such as a server that tests leave to end by itself. Here
such a process becomes a child of this one (prctl(2), PR_SET_CHILD_SUBREAPER; Linux only), and so its time is counted.
"""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sys
from collections.abc import Sequence

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


def adopt_orphans() -> None:
    """Makes this process the parent of every descendant that loses its own.

    Raises:
        OSError: the system has no such call.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl: {os.strerror(number)}")


def wait_for_all(first: int) -> int:
    """Waits for every child of this process, also for those that it adopts meanwhile; returns the first one's code."""
    code = 1
    while True:
        try:
            process, status = os.wait()
        except ChildProcessError:
            return code
        if process == first:
            code = os.waitstatus_to_exitcode(status)


def main(arguments: Sequence[str]) -> int:
    """Runs the command, prints the time to standard error, and returns the command's exit code."""
    if not arguments:
        print(__doc__.splitlines()[0], file=sys.stderr)
        return 2
    adopt_orphans()
    code = wait_for_all(subprocess.Popen(arguments).pid)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"processor time: user {used.ru_utime:.1f} s, system {used.ru_stime:.1f} s, "
        f"together {(used.ru_utime + used.ru_stime) / 60:.1f} min",
        file=sys.stderr,
    )
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

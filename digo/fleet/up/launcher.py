"""Starts one engine, and ends it when the process that asked for it is gone. Only the standard library.

Standard input is a pipe whose other end that process holds. A byte is a request: `i` sends SIGINT to the engine, `k`
kills it. The end of the pipe means that the process has ended or died: then the engine gets SIGINT, and SIGKILL if it
is still there after the grace period. A pipe works on every POSIX system.

    launcher.py GRACE-SECONDS COMMAND…

The exit code is the engine's, or 128 and the signal's number if a signal ended it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

INTERRUPT = b"i"
KILL = b"k"
SIGNAL_EXIT_BASE = 128
NOT_STARTED = 127


def main(grace: float, command: list[str]) -> int:
    """Runs the command to its end; the exit code."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Only the pipe ends the engine. A handler, unlike SIG_IGN, is not inherited by it.
        signal.signal(number, _stay)
    try:
        # In this process's own group, so that whoever started us can end the group if we are killed.
        engine = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    except OSError as problem:
        print(f"error: {command[0]} cannot be started: {problem.strerror}", file=sys.stderr)
        return NOT_STARTED
    threading.Thread(target=_obey, args=(engine, grace), daemon=True).start()
    code = engine.wait()
    return SIGNAL_EXIT_BASE - code if code < 0 else code


def _obey(engine: subprocess.Popen[bytes], grace: float) -> None:
    while request := os.read(0, 1):
        engine.send_signal(signal.SIGKILL if request == KILL else signal.SIGINT)
    engine.send_signal(signal.SIGINT)
    try:
        engine.wait(grace)
    except subprocess.TimeoutExpired:
        engine.kill()


def _stay(_number: int, _frame: object) -> None:
    """Does nothing."""


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))

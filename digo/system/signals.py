"""The signals that end a run in order: Ctrl-C, SIGTERM, and SIGHUP of a terminal that closes."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
from types import FrameType

SIGNAL_EXIT_BASE = 128
"""A shell's exit code for a process that a signal ended is this number and the signal's own."""


class Interrupted(KeyboardInterrupt):
    """A signal ends the process. Python code that handles Ctrl-C handles it as well.

    Attributes:
        name: the signal's name, such as SIGTERM.
        exit_code: the process's exit code.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.name = signal.Signals(number).name
        self.exit_code = SIGNAL_EXIT_BASE + number


def ending_signals() -> tuple[signal.Signals, ...]:
    """The signals that end a run. SIGHUP is not among them where the caller ignores it, as `nohup` does."""
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    found = [signal.Signals(getattr(signal, name)) for name in names if hasattr(signal, name)]
    return tuple(one for one in found if one.name != "SIGHUP" or signal.getsignal(one) is not signal.SIG_IGN)


def raise_on_signals() -> None:
    """From now on, the first ending signal raises `Interrupted` in the main thread, and a second one kills."""
    for number in ending_signals():
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _raise)


def _raise(number: int, _frame: FrameType | None) -> None:
    for one in ending_signals():
        if signal.getsignal(one) is _raise:
            signal.signal(one, signal.SIG_DFL)
    drop_closed_terminal()
    raise Interrupted(number)


def drop_closed_terminal() -> bool:
    """Leads standard streams whose terminal has closed to the null device, so that no later message fails there.

    Returns whether there was one.
    """
    found = False
    for descriptor, mode in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
        if _is_closed_terminal(descriptor):
            with contextlib.suppress(OSError):
                null = os.open(os.devnull, mode)
                os.dup2(null, descriptor)
                os.close(null)
                found = True
    return found


def _is_closed_terminal(descriptor: int) -> bool:
    if sys.platform == "win32":
        return False
    import termios

    try:
        termios.tcgetattr(descriptor)
    except termios.error as problem:
        return bool(problem.args[0] == errno.EIO)
    except OSError:
        return False
    return False

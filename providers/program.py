"""How the program fails: with one message and no traceback."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pulumi

from digo.api.errors import ApiError, NotSent, ReadUnknown, TokenRefused
from digo.settings.failure import SettingsError
from digo.source.problems import ConfigError
from digo.system.child_environment import drop_withheld, no_core_files
from digo.system.extras import ExtraMissing
from digo.system.signals import SIGNAL_EXIT_BASE, ending_signals
from digo.text.doctor_hint import with_doctor_hint
from providers import say

DEBUG_VARIABLE = "DIGO_DEBUG"
_SAID_WHY = 32  # Pulumi's language host (`main.go`): the user has seen the error already
_FRAMES = 9  # from the SDK's lookup up to `register`, through the constructors of resource and component


@contextmanager
def clean_errors() -> Iterator[None]:
    """Reports an error that the user can fix as one Pulumi error. Bugs keep their traceback."""
    try:
        yield
    except (ApiError, ConfigError, SettingsError, ExtraMissing, pulumi.RunError) as problem:
        # The SDK ends a RunError with exit code 1, and the CLI then adds that an unhandled error occurred.
        reachable = not isinstance(problem, NotSent | TokenRefused | ReadUnknown | SettingsError)
        say.error(str(problem) if reachable else with_doctor_hint(str(problem)))
        sys.exit(_SAID_WHY)


@contextmanager
def fast_registration() -> Iterator[None]:
    """Makes the registration of thousands of resources cheaper. `python -m bench agents` measures each point.

    - Garbage collection is off. The program lives for one run and frees nothing; collection took a quarter of its time.
    - The SDK reads fewer stack frames. It sends the place where the program made a resource (`sourcePosition`), and
      needs only the nearest frames for that.
    - The SDK's debug messages are sent only where DIGO_DEBUG is set. Its four messages a resource took an eighth of
      the time of program and CLI. They stay off after the block.
    """
    gc.disable()
    if not os.environ.get(DEBUG_VARIABLE):
        pulumi.log.debug = _drop
    before = getattr(sys, "tracebacklimit", None)
    sys.tracebacklimit = _FRAMES
    try:
        yield
    finally:
        if before is None:
            del sys.tracebacklimit
        else:
            sys.tracebacklimit = before


def _drop(*_: object, **__: object) -> None:
    pass


def leave_quietly_on_interrupt() -> None:
    """Ends the program without a traceback on SIGINT, SIGTERM and SIGHUP. It has written nothing.

    The engine sends SIGINT when a resource has failed, and a traceback would hide the real error.
    """

    def leave(number: int, _frame: FrameType | None) -> None:
        os._exit(1 if number == signal.SIGINT else SIGNAL_EXIT_BASE + number)

    for number in ending_signals():
        signal.signal(number, leave)


def shed_secrets() -> None:
    """Takes secrets that the program does not need out of its environment, and lets it write no core file.

    The embedded engine gives it none of them. The pulumi CLI gives it all.
    """
    no_core_files()
    drop_withheld(os.environ)

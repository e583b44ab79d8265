"""How the program ends badly, well: one message, no traceback, nothing half-done."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pulumi

from digo.api.errors import ApiError
from digo.desired.problems import ConfigError
from digo.settings import SettingsError
from providers import say

DEBUG_VARIABLE = "DIGO_DEBUG"
_SAID_WHY = 32  # the exit code by which Pulumi's language host knows that the user was told (its `main.go`)
_FRAMES = 9  # from where the SDK looks up to `register`, through its own constructors and those of a component


@contextmanager
def clean_errors() -> Iterator[None]:
    """Turns what the user can act on into one error of Pulumi's; bugs keep their traceback."""
    try:
        yield
    except (ApiError, ConfigError, SettingsError, pulumi.RunError) as problem:
        # A RunError that reaches the SDK ends with exit code 1: the CLI adds that an unhandled error occurred.
        say.error(str(problem))
        sys.exit(_SAID_WHY)


@contextmanager
def lean_registration() -> Iterator[None]:
    """Makes the registration of thousands of resources cheaper, by what `python -m bench agents` shows to matter.

    The program lives for one run, and what it registers lives as long: collecting garbage again and again finds none,
    and took a quarter of its time. For each resource the SDK sends where the program made it (`sourcePosition`); it
    needs the nearest frames for that, not the whole stack down to the interpreter's start. And it sends the engine four
    debug messages a resource, which took the CLI and the program an eighth of their time: from here on they are sent
    only where DIGO_DEBUG is set.
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
    """When a resource has failed the engine interrupts the program; its traceback would bury the real error."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        os._exit(1)

    signal.signal(signal.SIGINT, leave)

"""How the program ends badly, well: one message, no traceback, nothing half-done."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pulumi

from digo.api.errors import ApiError
from digo.desired.problems import ConfigError
from digo.settings import SettingsError


@contextmanager
def clean_errors() -> Iterator[None]:
    """Turns what the user can act on into Pulumi's own clean error; bugs keep their traceback."""
    try:
        yield
    except (ApiError, ConfigError, SettingsError) as problem:
        raise pulumi.RunError(str(problem)) from None


def leave_quietly_on_interrupt() -> None:
    """When a resource has failed the engine interrupts the program; its traceback would bury the real error."""

    def leave(number: int, frame: FrameType | None) -> None:
        os._exit(1)

    signal.signal(signal.SIGINT, leave)

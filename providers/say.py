"""Messages of the program to the user. Engines print them unchanged, so control codes are removed here."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import pulumi

from digo.sanitize.annotations import for_log
from digo.sanitize.streams import sanitize_streams
from digo.system.command_name import pasteable
from digo.text.unicode import visible


def clean_everything() -> None:
    """Cleans every message of this process: prints, the SDK's own messages, and tracebacks, which quote values.

    For the program's process, which lives for one run.
    """
    for name in ("debug", "info", "warn", "error"):
        setattr(pulumi.log, name, _cleaned(getattr(pulumi.log, name)))
    sanitize_streams()


def _cleaned(tell: Callable[..., None]) -> Callable[..., None]:
    @wraps(tell)
    def printed(msg: object, *more: Any, **named: Any) -> None:
        tell(for_log(visible(str(msg))), *more, **named)

    return printed


def warn(text: str, resource: pulumi.Resource | None = None) -> None:
    """Warns that something will not be as in the config."""
    pulumi.log.warn(for_log(pasteable(text)), resource)


def info(text: str) -> None:
    """Prints a note."""
    pulumi.log.info(for_log(pasteable(text)))


def error(text: str) -> None:
    """Prints the error that ends the run."""
    pulumi.log.error(for_log(pasteable(text)))

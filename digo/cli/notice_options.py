"""`--notices` of the fleet's commands: whether those whom fleet.yaml names are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

SEND, PRINT, NONE = "send", "print", "none"

_Command = TypeVar("_Command", bound=Callable[..., Any])


def notices_option(help_text: str) -> Callable[[_Command], _Command]:
    """Adds `--notices` to a command, which gets it as `notices`."""
    return click.option(
        "--notices", type=click.Choice([SEND, PRINT, NONE]), default=SEND, show_default=True, help=help_text
    )

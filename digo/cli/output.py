"""Where commands print: a terminal is wrapped to its width; a log or a pipe is not, so that lines can be searched."""

from __future__ import annotations

import sys

from rich.console import Console

_LOG_WIDTH = 1000


def console() -> Console:
    """The console for standard output."""
    return Console(highlight=False, emoji=False, width=None if sys.stdout.isatty() else _LOG_WIDTH)

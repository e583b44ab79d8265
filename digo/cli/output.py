"""Where commands print: a terminal is wrapped to its width; a log or a pipe is not, so that lines can be searched."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console

from digo.whole_file import write_whole

_LOG_WIDTH = 1000


def console() -> Console:
    """The console for standard output."""
    return Console(highlight=False, emoji=False, width=None if sys.stdout.isatty() else _LOG_WIDTH)


def captured(show: Callable[[Console], None]) -> str:
    """What `show` prints on the console."""
    out = console()
    with out.capture() as capture:
        show(out)
    return capture.get()


def put(text: str, file: Path | None) -> None:
    """Writes to the file, or to standard output where there is none."""
    if file is None or _is_standard_output(file):
        click.echo(text, nl=False)
    else:
        write_whole(file, text)


def _is_standard_output(file: Path) -> bool:
    """Whether standard output goes there, as to /dev/stdout: another file in its place would lose all else printed."""
    try:
        return os.path.samestat(file.stat(), os.fstat(1))
    except OSError:
        return False

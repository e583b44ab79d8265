"""Standard streams as the caller left them: closed, of another locale, on a full disk, with a reader that went away."""

from __future__ import annotations

import contextlib
import io
import os
import sys

from digo.sanitize.guard import bare, guard_streams
from digo.typed_output import type_output


def ready_streams() -> None:
    """Lets each standard stream take any text: UTF-8 whatever the locale, as Pulumi writes, since names are in every
    script and programs read what is printed. One that the caller has closed leads nowhere. Standard output says of
    itself when it fails. What is printed passes a guard, so that no name speaks to the terminal."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))
        elif mode == "w" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    type_output()
    guard_streams()


def annotate(line: str) -> None:
    """Prints a line that is a command to a pipeline's log on purpose; `digo.sanitize.annotations` makes it."""
    bare(sys.stdout).write(f"{line}\n")


def drop_output() -> None:
    """Lets go of what standard output could not take: Python would try again as it ends, and fail once more."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def move_output() -> None:
    """Lets go of what standard output could not take, and lets standard error have all that follows."""
    drop_output()
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

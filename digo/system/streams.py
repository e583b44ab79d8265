"""Standard streams as the caller left them: closed, in another locale, on a full disk, or without a reader."""

from __future__ import annotations

import contextlib
import io
import os
import sys

from digo.sanitize.streams import raw_stream, sanitize_streams
from digo.system.typed_output import install_typed_stdout


def ready_streams(*, guard_output: bool = True) -> None:
    """Makes each standard stream take any text.

    The encoding is UTF-8 in every locale, as in Pulumi: names are in every script, and programs read the output. A
    stream that the caller has closed leads to the null device. Standard output raises `OutputUnwritable` when it fails.
    A guard removes control codes from what is printed.

    Args:
        guard_output: False leaves standard output without the guard. Standard error always has it.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))
        elif mode == "w" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    install_typed_stdout()
    sanitize_streams(output=guard_output)


def annotate(line: str) -> None:
    """Prints a command to a pipeline's log past the guard. `digo.sanitize.annotations` makes such lines."""
    raw_stream(sys.stdout).write(f"{line}\n")


def drop_output() -> None:
    """Discards what standard output could not take. Otherwise Python tries again at exit, and fails again."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def move_output() -> None:
    """Discards what standard output could not take, and sends all further output to standard error."""
    drop_output()
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

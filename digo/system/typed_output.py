"""Standard output with exceptions of its own, so that a handler of `OSError` knows that the output failed."""

from __future__ import annotations

import errno
import io
import sys
from typing import Any

from digo.system.signals import drop_closed_terminal


class OutputUnwritable(OSError):
    """Standard output could not be written."""


class OutputClosed(OutputUnwritable, BrokenPipeError):
    """The reader of standard output went away."""


class _Raw(io.FileIO):
    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except BrokenPipeError as problem:
            raise OutputClosed(problem.errno, problem.strerror) from None
        except OSError as problem:
            # The terminal closed. Its SIGHUP ends the run in order, which a failing output would not.
            if problem.errno == errno.EIO and drop_closed_terminal():
                return super().write(data)
            raise OutputUnwritable(problem.errno, problem.strerror) from None


def install_typed_stdout() -> None:
    """Replaces the process's standard output by such a stream, unless it was replaced already."""
    stream = sys.stdout
    if stream is not sys.__stdout__ or not isinstance(stream, io.TextIOWrapper):
        return
    stream.flush()
    raw = _Raw(stream.fileno(), "wb", closefd=False)
    sys.stdout = io.TextIOWrapper(
        raw if isinstance(stream.buffer, io.RawIOBase) else io.BufferedWriter(raw),  # type: ignore[type-var]  # typeshed wants a public base
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )

"""Standard output that says of itself when it fails: whoever catches an `OSError` need not guess what it was about."""

from __future__ import annotations

import io
import sys
from typing import Any


class OutputUnwritable(OSError):
    """Standard output did not take what was printed."""


class OutputClosed(OutputUnwritable, BrokenPipeError):
    """Whoever read standard output went away."""


class _Raw(io.FileIO):
    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except BrokenPipeError as problem:
            raise OutputClosed(problem.errno, problem.strerror) from None
        except OSError as problem:
            raise OutputUnwritable(problem.errno, problem.strerror) from None


def type_output() -> None:
    """Puts such a stream in the place of the process's own; one that somebody has replaced stays."""
    stream = sys.stdout
    if stream is not sys.__stdout__ or not isinstance(stream, io.TextIOWrapper):
        return
    stream.flush()
    raw = _Raw(stream.fileno(), "wb", closefd=False)
    sys.stdout = io.TextIOWrapper(
        raw if isinstance(stream.buffer, io.RawIOBase) else io.BufferedWriter(raw),  # type: ignore[type-var]
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )

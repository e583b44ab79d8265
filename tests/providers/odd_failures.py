"""Exceptions of every kind that a handler may end in, the odder the better."""

from __future__ import annotations

import asyncio
import builtins
import sys
from collections.abc import Callable


class Mute(Exception):
    """Cannot be put into words."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


class Wordless(Exception):
    """Its words are none."""

    def __str__(self) -> str:
        return None  # type: ignore[return-value]


class Endless(Exception):
    """Looks for its words until the stack is full."""

    def __str__(self) -> str:
        return str(self)


class Foreign(BaseException):
    """None of Python's."""


FAILURES: dict[str, Callable[[], BaseException]] = {
    "half a character": lambda: ValueError("Bad \ud83d name"),
    "NUL": lambda: ValueError("a\0b\x1b[31mc"),
    "a megabyte": lambda: ValueError("long " * 200_000 + "Next: end"),
    "a megabyte of halves": lambda: ValueError("\ud83d" * 170_000),
    "lines": lambda: ValueError("a\r\n\nb" * 3000),
    "beyond ASCII": lambda: ValueError("é€😀" * 2000),
    "no words": Mute,
    "words that are none": Wordless,
    "endless words": Endless,
    "SystemExit": lambda: SystemExit(3),
    "KeyboardInterrupt": KeyboardInterrupt,
    "GeneratorExit": GeneratorExit,
    "CancelledError": asyncio.CancelledError,
    "StopAsyncIteration": StopAsyncIteration,
    "TimeoutError": asyncio.TimeoutError,
    "MemoryError": MemoryError,
    "RecursionError": RecursionError,
    "NotImplementedError": NotImplementedError,
    "no Exception": lambda: Foreign("\udce9"),
    "a Unicode error": lambda: UnicodeEncodeError("utf-8", "\ud83d", 0, 1, "surrogates not allowed"),
}
if sys.version_info >= (3, 11):
    FAILURES["a group"] = lambda: builtins.ExceptionGroup("group \ud83d", [ValueError("a"), Mute()])
    FAILURES["a group of no exceptions"] = lambda: builtins.BaseExceptionGroup("group", [KeyboardInterrupt()])

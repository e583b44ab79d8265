"""The access log: one line per request, written in batches. A system call per line would take as long as the lookup."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import re
import threading
import time

from digo.text.redact import mask_number

FLUSH_SECONDS = 0.1
_ATOMIC_BYTES = 4096  # a pipe writes this much atomically (POSIX, PIPE_BUF), so lines of two workers do not mix
ANONYMOUS_CALLER = "anonymous"  # logged instead of a caller's number
_UNSAFE = re.compile(r"[^\w.\-]")
_LONGEST_CALL = 64
_MOST_WAITING = 256  # blocks of lines for a slow reader, one MiB in all
_LAST_SECONDS = 1


def _shown(number: str) -> str:
    return "-" if not number else number if number == ANONYMOUS_CALLER else mask_number(number)


class AccessLog:
    """Writes to a file descriptor. It belongs to one event loop."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lines: list[bytes] = []
        self._bytes = 0
        self._flush_is_due = False
        self._second = -1
        self._stamp = ""
        self._waiting: queue.Queue[bytes | None] = queue.Queue(_MOST_WAITING)
        # A thread of its own: a stopped terminal, or a pipe that nobody reads, blocks the writer.
        self._writer = threading.Thread(target=self._write, daemon=True)
        self._writer.start()

    def write(self, status: int, outcome: str, call: str, numbers: tuple[str, str, str], seconds: float) -> None:
        """Adds one request.

        `numbers` are the dialled number, the caller (or ANONYMOUS_CALLER) and the number that rings; they are masked
        here.
        """
        dialled, caller, rings = map(_shown, numbers)
        shown = _UNSAFE.sub("?", call[:_LONGEST_CALL]) or "-"
        line = (
            f"{self._now()} masking: status={status} outcome={outcome} call={shown} to={dialled} from={caller} "
            f"rings={rings} ms={seconds * 1000:.2f}\n"
        ).encode()
        if self._bytes + len(line) > _ATOMIC_BYTES:
            self.flush()
        self._lines.append(line)
        self._bytes += len(line)
        if not self._flush_is_due:
            self._flush_is_due = True
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)

    def flush(self) -> None:
        """Hands the pending lines to the writer. If the reader is gone or stalled, lines are dropped, never calls."""
        content, self._lines, self._bytes, self._flush_is_due = b"".join(self._lines), [], 0, False
        if content:
            with contextlib.suppress(queue.Full):
                self._waiting.put_nowait(content)

    def close(self) -> None:
        """Writes the pending lines, unless the reader has stalled."""
        self.flush()
        with contextlib.suppress(queue.Full):
            self._waiting.put_nowait(None)
            self._writer.join(_LAST_SECONDS)

    def _write(self) -> None:
        while (content := self._waiting.get()) is not None:
            with contextlib.suppress(OSError):
                os.write(self._descriptor, content)

    def _now(self) -> str:
        second = int(time.time())
        if second != self._second:
            self._second, self._stamp = second, time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(second))
        return self._stamp

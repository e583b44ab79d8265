"""A child process of the engine: the program or the provider host.

It has a process group of its own, so a Ctrl-C on the terminal reaches only the engine. If the engine dies, the guard
kills the child.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from digo.system.child_environment import for_children
from engine.deployment.child_guard import Guard, kill_group

OnLine = Callable[[str], None]
"""Takes a line that the process printed."""

_LONGEST_LINE = 2**24


class Child:
    """One child process."""

    def __init__(self, process: asyncio.subprocess.Process, guard: Guard) -> None:
        self._process = process
        self._guard = guard
        self._readers: list[asyncio.Task[None]] = []

    @classmethod
    async def start(cls, command: Sequence[str], folder: Path, environment: Mapping[str, str], guard: Guard) -> Child:
        """Start the command in the folder; raises `OSError` if it cannot be run.

        `environment` is added to what children inherit: see `digo.system.child_environment`.
        """
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env={**for_children(os.environ), **environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            limit=_LONGEST_LINE,
        )
        guard.watch(process.pid)
        return cls(process, guard)

    async def first_line(self) -> str:
        """The first line on standard output; empty if there is none."""
        assert self._process.stdout is not None
        return (await self._process.stdout.readline()).decode(errors="replace").strip()

    def relay_output(self, on_line: OnLine) -> None:
        """Pass on each line of standard output from now on."""
        self._readers.append(asyncio.create_task(_relay(self._process.stdout, on_line)))

    def relay_errors(self, on_line: OnLine) -> None:
        """Pass on each line of standard error from now on."""
        self._readers.append(asyncio.create_task(_relay(self._process.stderr, on_line)))

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process.returncode is None

    async def ends_within(self, seconds: float) -> bool:
        """Wait at most this long for the end of the process; whether it has ended."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._process.wait(), seconds)
        return not self.running

    async def wait(self) -> int:
        """Wait until the process has ended and its output was passed on. Returns the exit code."""
        code = await self._process.wait()
        await asyncio.gather(*self._readers)
        self._guard.release(self._process.pid)
        return code

    def send(self, number: int) -> None:
        """Send a signal to the process group."""
        if self.running:
            kill_group(self._process.pid, number)

    def kill(self) -> None:
        """Kill the process group."""
        self.send(signal.SIGKILL)


async def _relay(stream: asyncio.StreamReader | None, on_line: OnLine) -> None:
    assert stream is not None
    async for raw in stream:
        on_line(raw.decode(errors="replace").rstrip("\r\n"))

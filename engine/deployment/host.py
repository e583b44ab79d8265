"""The provider host's process: `pulumi-resource-<package>`, started as the Pulumi CLI starts it.

Its last argument is the engine's address, its first line on standard output is the port it listens on.
It leads a process group of its own, so that a Ctrl-C on the terminal reaches the engine alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path

from engine.deployment.errors import StepError
from engine.deployment.guard import Guard, kill_group

_SECONDS_TO_START = 60.0
_SECONDS_TO_END = 5.0
_LAST_LINES = 20


class HostProcess:
    """One running host."""

    def __init__(self, package: str, process: asyncio.subprocess.Process, guard: Guard) -> None:
        self.package = package
        self.port = 0
        self._process = process
        self._guard = guard
        self._readers: list[asyncio.Task[None]] = []
        self._last_errors: list[str] = []

    @classmethod
    async def start(
        cls,
        package: str,
        location: Path,
        engine_address: str,
        working_directory: Path,
        environment: dict[str, str],
        guard: Guard,
        on_line: Callable[[str, bool], None],
    ) -> HostProcess:
        """Start the host and wait for its port. `on_line` gets each further line, and whether it is an error line.

        Raises:
            StepError: the executable is missing, cannot be run, or ends before it has said its port.
        """
        executable = executable_of(package, location)
        try:
            process = await asyncio.create_subprocess_exec(
                str(executable),
                engine_address,
                cwd=working_directory,
                env={**os.environ, **environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
                limit=2**24,
            )
        except OSError as error:
            raise StepError(f"cannot start the provider host {executable}: {error.strerror}") from error
        guard.watch(process.pid)
        host = cls(package, process, guard)
        host._readers.append(asyncio.create_task(host._relay(process.stderr, True, on_line)))
        try:
            host.port = await host._read_port(executable)
        except BaseException:
            await host.close()
            raise
        host._readers.append(asyncio.create_task(host._relay(process.stdout, False, on_line)))
        return host

    async def _read_port(self, executable: Path) -> int:
        assert self._process.stdout is not None
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), _SECONDS_TO_START)
        except asyncio.TimeoutError:
            raise StepError(
                f"the provider host {executable} did not say its port within {_SECONDS_TO_START:.0f} s"
            ) from None
        text = line.decode(errors="replace").strip()
        if text.isdecimal():
            return int(text)
        if text:
            raise StepError(f"the provider host {executable} printed {text!r} where its port was expected")
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._process.wait(), _SECONDS_TO_END)
        await asyncio.gather(*self._readers)
        said = "\n".join(self._last_errors) or "it printed nothing"
        raise StepError(f"the provider host {executable} ended before it said its port:\n{said}")

    async def _relay(
        self, stream: asyncio.StreamReader | None, is_error: bool, on_line: Callable[[str, bool], None]
    ) -> None:
        assert stream is not None
        async for raw in stream:
            line = raw.decode(errors="replace").rstrip("\r\n")
            if is_error:
                self._last_errors = [*self._last_errors, line][-_LAST_LINES:]
                if not self.port:
                    continue
            on_line(line, is_error)

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process.returncode is None

    async def ends_within(self, seconds: float) -> bool:
        """Whether the process has ended, or does so within the time."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._process.wait(), seconds)
        return not self.running

    def kill(self) -> None:
        """End it now."""
        kill_group(self._process.pid, signal.SIGKILL)

    async def close(self) -> None:
        """Ask it to end (SIGINT), and kill it where it does not within 5 s."""
        if self.running:
            kill_group(self._process.pid, signal.SIGINT)
            try:
                await asyncio.wait_for(self._process.wait(), _SECONDS_TO_END)
            except asyncio.TimeoutError:
                self.kill()
                await self._process.wait()
        self._guard.release(self._process.pid)
        await asyncio.gather(*self._readers)


def executable_of(package: str, location: Path) -> Path:
    """Where the host of the package lies.

    Raises:
        StepError: there is none, or it is not executable.
    """
    executable = location / f"pulumi-resource-{package}" if location.is_dir() else location
    if not executable.is_file():
        raise StepError(
            f"no provider host for package {package}: {executable} does not exist "
            "(see plugins.providers in Pulumi.yaml)"
        )
    if not os.access(executable, os.X_OK):
        raise StepError(f"the provider host {executable} is not executable (chmod +x it)")
    return executable

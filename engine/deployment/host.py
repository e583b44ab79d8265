"""The provider host's process: `pulumi-resource-<package>`, started as the Pulumi CLI starts it.

Its last argument is the engine's address. Its first line on standard output is its port.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

from engine.deployment.child import Child
from engine.deployment.child_guard import Guard
from engine.deployment.errors import StepError
from engine.events import Diagnostic, Event, Severity
from protocol.tokens import DYNAMIC_PACKAGE

_SECONDS_TO_START = 60.0
_SECONDS_TO_END = 5.0
_LAST_LINES = 20


class HostProcess:
    """One running host."""

    def __init__(self, executable: Path, child: Child, emit: Callable[[Event], None]) -> None:
        self.port = 0
        self.child = child
        self._executable = executable
        self._emit = emit
        self._last_errors: list[str] = []

    @classmethod
    async def start(
        cls,
        executable: Path,
        address: str,
        folder: Path,
        environment: Mapping[str, str],
        guard: Guard,
        emit: Callable[[Event], None],
    ) -> HostProcess:
        """Start the host in the folder and wait for its port. `address` is the engine's. `emit` gets what it prints.

        Raises:
            StepError: the executable cannot be run, or it ends before it prints its port.
        """
        try:
            child = await Child.start([str(executable), address], folder, environment, guard)
        except OSError as error:
            raise StepError(f"cannot start the provider host {executable}: {error.strerror}") from error
        host = cls(executable, child, emit)
        child.relay_errors(host.on_error_line)
        try:
            host.port = await host.read_port()
        except BaseException:
            await host.close()
            raise
        child.relay_output(lambda line: emit(Diagnostic(Severity.INFO, line)))
        return host

    async def read_port(self) -> int:
        """The port that the host prints first; raises `StepError` if it prints none."""
        try:
            text = await asyncio.wait_for(self.child.first_line(), _SECONDS_TO_START)
        except asyncio.TimeoutError:
            raise StepError(
                f"the provider host {self._executable} did not say its port within {_SECONDS_TO_START:.0f} s"
            ) from None
        if text.isdecimal():
            return int(text)
        if text:
            raise StepError(f"the provider host {self._executable} printed {text!r} where its port was expected")
        if await self.child.ends_within(_SECONDS_TO_END):
            await self.child.wait()
        printed = "\n".join(self._last_errors) or "it printed nothing"
        raise StepError(f"the provider host {self._executable} ended before it said its port:\n{printed}")

    def on_error_line(self, line: str) -> None:
        """Keep the line for an error message; once the port is known, pass it on too."""
        self._last_errors = [*self._last_errors, line][-_LAST_LINES:]
        if self.port:
            self._emit(Diagnostic(Severity.INFO_ERROR, line))

    async def close(self) -> None:
        """Send SIGINT, and kill the host if it has not ended within 5 s."""
        self.child.send(signal.SIGINT)
        if not await self.child.ends_within(_SECONDS_TO_END):
            self.child.kill()
        await self.child.wait()


def executable_of(location: Path) -> Path:
    """The path of the host in its folder, or the file itself.

    Raises:
        StepError: the file does not exist or is not executable.
    """
    executable = location / f"pulumi-resource-{DYNAMIC_PACKAGE}" if location.is_dir() else location
    if not executable.is_file():
        raise StepError(
            f"no provider host for package {DYNAMIC_PACKAGE}: {executable} does not exist "
            "(see plugins.providers in Pulumi.yaml)"
        )
    if not os.access(executable, os.X_OK):
        raise StepError(f"the provider host {executable} is not executable (chmod +x it)")
    return executable

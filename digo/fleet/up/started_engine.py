"""One engine's process, as the process that runs it sees it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from digo.fleet.up import launcher
from digo.system.signals import SIGNAL_EXIT_BASE


@dataclass(frozen=True)
class EngineRun:
    """What is to be run.

    Attributes:
        command: the engine with its arguments.
        folder: where it runs.
        environ: all of its environment.
        output: the descriptor that takes what it prints.
        grace: how many seconds it may take to end in order, once this process is gone.
    """

    command: Sequence[str]
    folder: Path
    environ: Mapping[str, str] = field(repr=False)
    output: int
    grace: float


class NotStarted(Exception):
    """The engine has not begun, and can be started in another way."""


class StartedEngine(Protocol):
    """An engine whose start was asked for."""

    def interrupt(self) -> None:
        """Sends it SIGINT, if it has not ended."""

    def kill(self) -> None:
        """Kills it, if it has not ended."""

    def wait(self) -> int:
        """Waits for its end; its exit code, or 128 and the number of the signal that ended it.

        Raises:
            NotStarted: it has not begun.
        """


class LaunchedEngine:
    """An engine that a launcher of its own has started.

    Raises:
        OSError: no process can be started.
    """

    def __init__(self, run: EngineRun) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-IS", launcher.__file__, str(run.grace), *run.command],
            cwd=run.folder,
            env=dict(run.environ),
            stdin=subprocess.PIPE,
            stdout=run.output,
            stderr=run.output,
            start_new_session=True,
        )

    def interrupt(self) -> None:
        """Sends it SIGINT, if it has not ended."""
        self._tell(launcher.INTERRUPT)

    def kill(self) -> None:
        """Kills it, if it has not ended."""
        self._tell(launcher.KILL)

    def wait(self) -> int:
        """Waits for its end; its exit code, or 128 and the number of the signal that ended it."""
        code = self._process.wait()
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        if code < 0:
            kill_group(self._process.pid)
        return shell_exit_code(code)

    def _tell(self, request: bytes) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.write(request)
            self._process.stdin.flush()


def kill_group(launcher_id: int) -> None:
    """Kills what a launcher has left: somebody killed it, so nothing guards its engine any more."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(launcher_id, signal.SIGKILL)


def shell_exit_code(code: int) -> int:
    """An exit code of Python, which is negative for a signal, as a shell has it."""
    return SIGNAL_EXIT_BASE - code if code < 0 else code

"""A server that forks the embedded engine for the ups of this process. The other end is `engine/fork_server.py`.

`multiprocessing` has such a server. It runs the main module of its user once more in each process, which would be the
program of somebody who ups a fleet by `Fleet.up`; and what it has started is lost with it.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from digo.fleet.up.started_engine import EngineRun, NotStarted, kill_group, shell_exit_code

_ENGINE = "engine"
_SERVER = "engine.fork_server"
_READ_AT_START = ("HOME", "LANG", "LANGUAGE", "PATH", "TEMPORARILY_DISABLE_PROTOBUF_VERSION_CHECK", "TMPDIR", "TZ")
_PREFIXES_READ_AT_START = ("GRPC_", "LC_", "LD_", "MALLOC_", "OPENSSL_", "PROTOCOL_BUFFERS_", "PYTHON")
"""The variables that Python, the system's libraries and the engine's modules read as they load."""

_SECONDS_TO_END = 5.0


def read_at_start(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that a process has read before its first command. None of them is a secret."""
    return {
        name: value
        for name, value in environ.items()
        if name in _READ_AT_START or name.startswith(_PREFIXES_READ_AT_START)
    }


class ForkServer:
    """The server of this process. It is started when it is first needed, and again if it was killed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._requests: socket.socket | None = None
        self._loaded: tuple[object, ...] = ()
        self._works = threading.Event()

    def start(self, run: EngineRun) -> ForkedEngine:
        """Starts an engine. One thread may call it at a time.

        Raises:
            NotStarted: the server cannot start this engine.
            OSError: no process can be started.
        """
        # macOS: a fork of a process that has loaded the system's libraries may crash.
        if sys.platform != "linux" or list(run.command[:3]) != [sys.executable, "-m", _ENGINE]:
            raise NotStarted
        loaded = (run.folder, read_at_start(run.environ))
        if self._requests is None:
            self._begin(run, loaded)
        elif loaded != self._loaded:
            raise NotStarted
        try:
            return self._ask(run)
        except OSError:
            if not self._works.is_set():
                raise NotStarted from None  # it never did: its modules cannot be loaded
        self.close()
        self._begin(run, loaded)
        return self._ask(run)

    def close(self) -> None:
        """Ends the server. Its engines go on: they do not need it."""
        if self._requests is not None and self._process is not None:
            self._requests.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_SECONDS_TO_END)
            self._requests = self._process = None

    def _begin(self, run: EngineRun, loaded: tuple[object, ...]) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", _SERVER],
                cwd=run.folder,
                env=read_at_start(run.environ),
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._requests, self._loaded = ours, loaded
        self._works.clear()

    def _ask(self, run: EngineRun) -> ForkedEngine:
        assert self._requests is not None
        ours, theirs = Pipe()
        try:
            with theirs:
                socket.send_fds(self._requests, [b"u"], [theirs.fileno(), run.output])
            ours.send((str(run.folder), list(run.command[3:]), dict(run.environ), run.grace))
        except OSError:
            ours.close()
            raise
        return ForkedEngine(ours, self._works.set)


class ForkedEngine:
    """An engine that the server was asked for.

    Args:
        channel: leads to the engine's launcher.
        begun: called when the engine begins.
    """

    def __init__(self, channel: Connection, begun: Callable[[], None]) -> None:
        self._channel = channel
        self._begun = begun

    def interrupt(self) -> None:
        """Sends it SIGINT, if it has not ended."""
        self._send(signal.SIGINT)

    def kill(self) -> None:
        """Kills it, if it has not ended."""
        self._send(signal.SIGKILL)

    def wait(self) -> int:
        """Waits for its end; its exit code, or 128 and the number of the signal that ended it.

        Raises:
            NotStarted: it has not begun: there is no server any more, or no room for a process.
        """
        with self._channel:
            try:
                launcher_id = self._channel.recv()
            except (EOFError, OSError):
                raise NotStarted from None
            self._begun()
            try:
                code = self._channel.recv()
            except (EOFError, OSError):
                kill_group(launcher_id)
                code = -signal.SIGKILL
        return shell_exit_code(code)

    def _send(self, number: signal.Signals) -> None:
        with contextlib.suppress(OSError):
            self._channel.send(number)

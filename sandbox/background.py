"""The sandbox in the background, for a Makefile: start if it is not running, status, stop.

Beside the database lie `<name>.pid` (URL and process id while it runs), `<name>.log` (what it printed) and
`<name>.start` (the lock that keeps two starts apart).
"""

import json
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
from filelock import FileLock

from sandbox.admin import SERVICE_NAME
from sandbox.errors import SandboxError
from sandbox.launch import launch_detached
from sandbox.server import base_url

_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_ANSWER_SECONDS = 30.0  # long enough that a busy sandbox still counts as running
_STRANGER_SECONDS = 1.0
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox that answers. `database` is the file that it says it uses."""

    url: str
    pid: int
    database: str


class Background:
    """The background process that belongs to one database file."""

    def __init__(self, database: Path) -> None:
        self._database = database.resolve()
        self._pid_file = self._beside("pid")
        self._log_file = self._beside("log")

    def _beside(self, suffix: str) -> Path:
        return self._database.with_name(f"{self._database.name}.{suffix}")

    def running(self) -> Running | None:
        """The sandbox that runs on this database, found through its pid file and asked over HTTP."""
        try:
            noted = json.loads(self._pid_file.read_text(encoding="utf-8"))
            found = ask(noted["url"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        # The answer, not the file, says whose process it is: a pid may have been given to another since.
        return found if found and found.database == str(self._database) else None

    def start(self, host: str, port: int, options: Mapping[str, object]) -> tuple[Running, bool]:
        """Start the sandbox with these options, unless it runs already; the bool says whether it was started.

        Raises:
            SandboxError: the port is taken by something else, the sandbox of this database runs at another
                port, or the process ended before it listened.
        """
        self._database.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self._beside("start")):
            running = self.running()
            if running is not None:
                self._check_port(running, port)
                return running, False
            self._check_free(host, port)
            return self._launch({"host": host, "port": port, "db": self._database, **options}), True

    def _check_port(self, running: Running, port: int) -> None:
        if port not in (0, httpx.URL(running.url).port):
            raise SandboxError(
                f"The sandbox of {self._database} runs already, but at {running.url}, not at port {port}."
                " Stop it first, or give its port."
            )

    def _check_free(self, host: str, port: int) -> None:
        other = ask(base_url(host, port), _STRANGER_SECONDS) if port else None
        if other is not None:
            raise SandboxError(
                f"Port {port} on {host} is taken by a sandbox of another account ({other.database},"
                f" process {other.pid}). Stop that one, or choose another port with --port."
            )

    def _launch(self, options: Mapping[str, object]) -> Running:
        self._pid_file.unlink(missing_ok=True)
        with self._log_file.open("wb") as log:
            process = launch_detached({**options, "ready_file": self._pid_file}, log)
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            running = self.running()
            if running is not None:
                return running
            if process.poll() is not None:
                raise SandboxError(self._last_words())
            time.sleep(_POLL_SECONDS)
        process.kill()
        raise SandboxError(f"The sandbox did not answer within {_START_SECONDS:.0f} s. See {self._log_file}.")

    def _last_words(self) -> str:
        text = self._log_file.read_text(encoding="utf-8", errors="replace").strip()
        return text.removeprefix("Error: ") or f"The sandbox ended at once. See {self._log_file}."

    def stop(self) -> Running | None:
        """End the sandbox of this database and return what ran, or None if nothing did."""
        running = self.running()
        if running is None:
            return None
        _signal(running.pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        # The server removes its pid file last. Asking for the process would not do: once ended, it stays
        # visible until its parent, which may be anyone, takes notice.
        while self._pid_file.exists():
            if time.monotonic() > deadline:
                _signal(running.pid, signal.SIGKILL)
                break
            time.sleep(_POLL_SECONDS)
        self._pid_file.unlink(missing_ok=True)
        return running


def ask(url: str, seconds: float = _ANSWER_SECONDS) -> Running | None:
    """The sandbox that answers at `url` within `seconds`; None if nothing does or something else."""
    try:
        response = httpx.get(f"{url}/_sandbox/health", timeout=seconds, trust_env=False)
        answer = response.json()
        if answer["service"] != SERVICE_NAME:
            return None
        return Running(url, int(answer["pid"]), str(answer["db"]))
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return None


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    except PermissionError:
        raise SandboxError(f"The sandbox is another user's process ({pid}): only that user can stop it.") from None

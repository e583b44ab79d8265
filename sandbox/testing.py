"""The sandbox for tests: starts the real process on a free port and calls its `/_sandbox` endpoints."""

import contextlib
import functools
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from sandbox.account_side import AccountSide, Tokens, accounts_file, tokens_of_named
from sandbox.launch import launch_tied
from sandbox.settings import EXAMPLE_API_KEY

_START_SECONDS = 60.0
_STOP_SECONDS = 60.0
_REPLY_SECONDS = 60.0
_POLL_SECONDS = 0.02

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients of servers without encryption: httpx reads all certificates for each client that is not given one."""


class Sandbox(AccountSide):
    """A running sandbox process, and its account without a name.

    Attributes:
        url: base of the endpoint, without a trailing slash.
        api_key: a key that `POST /v1/c2c_api` accepts.
        db: file of the account without a name.
        pid: process id of the server.
    """

    def __init__(self, folder: Path, options: dict[str, object], python: str = sys.executable) -> None:
        self.db = folder / "sandbox.db"
        self.api_key = EXAMPLE_API_KEY
        self._folder = folder
        self._python = python
        self._options = {**options, "accounts": accounts_file(folder, options.get("accounts"))}
        self._tokens = tokens_of_named(self._options)
        super().__init__(self._call, self._client_of, Tokens.of(options))
        self._held = contextlib.ExitStack()
        try:
            self._launch(port=self._held.enter_context(held_port()))
        except BaseException:
            self._held.close()
            raise

    def _launch(self, port: int) -> None:
        ready_file, log_file = self._folder / "sandbox-ready.json", self._folder / "sandbox.log"
        ready_file.unlink(missing_ok=True)
        options = {"port": port, "db": self.db, "ready_file": ready_file, **self._options}
        with log_file.open("ab") as log:
            self._process = launch_tied(options, log, self._python)
        ready = self._wait_ready(ready_file, log_file)
        self.url, self.pid = str(ready["url"]), int(ready["pid"])
        self._admin = httpx.Client(
            base_url=f"{self.url}/_sandbox", timeout=_REPLY_SECONDS, verify=NO_TLS, trust_env=False
        )

    def _wait_ready(self, ready_file: Path, log_file: Path) -> dict[str, Any]:
        deadline = time.monotonic() + _START_SECONDS
        while not ready_file.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._process.kill()
                raise RuntimeError(f"the sandbox did not start: {log_file.read_text(encoding='utf-8')}")
            time.sleep(_POLL_SECONDS)
        ready: dict[str, Any] = json.loads(ready_file.read_text(encoding="utf-8"))
        return ready

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._held.close()

    @property
    def port(self) -> int:
        """Port on which the server listens."""
        return int(self.url.rpartition(":")[2])

    @property
    def running(self) -> bool:
        """Whether the server has not ended."""
        return self._process.poll() is None

    def _client_of(self, header: str) -> httpx.Client:
        headers = {"Authorization": header}
        return httpx.Client(base_url=self.url, headers=headers, timeout=_REPLY_SECONDS, verify=NO_TLS, trust_env=False)

    def _call(self, method: str, path: str, content: object = None) -> Any:
        # httpx writes JSON in UTF-8, which has no place for half of a surrogate pair; escaped, it can be sent.
        sent = None if content is None else json.dumps(content)
        response = self._admin.request(method, path, content=sent, headers={"content-type": "application/json"})
        if response.is_error:
            raise RuntimeError(f"{method} /_sandbox{path}: {response.status_code} {response.text}")
        return response.json()

    def account(self, name: str) -> AccountSide:
        """A named account, which the options `account` or `accounts` have given. Raises KeyError."""
        return AccountSide(functools.partial(self._call_of, name), self._client_of, self._tokens[name])

    def _call_of(self, name: str, method: str, path: str, content: object = None) -> Any:
        return self._call(method, f"/accounts/{name}{path}", content)

    def stop(self) -> int:
        """End the server cleanly and return its exit code. It is not an error if the server has ended already."""
        self._admin.close()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        self._close_stdin()
        try:
            return self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def kill(self) -> None:
        """End the server at once (SIGKILL)."""
        self._admin.close()
        if self._process.poll() is None:
            # Not the process that was started: a Python of the tests has its server fork, and ends as the fork does.
            os.kill(self.pid, signal.SIGKILL)
        self._process.wait()
        self._close_stdin()

    def _close_stdin(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()

    def restart(self) -> None:
        """Start the ended or running server again, on the same port and account."""
        self.stop()
        self._launch(self.port)


@contextlib.contextmanager
def held_port() -> Iterator[int]:
    """A free port of the loopback that no other program is given.

    A server can start on it, end, and start again. It must set SO_REUSEADDR, as servers do. Where the system is not
    Linux, the port is free but not held.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        port = int(holder.getsockname()[1])
        # Elsewhere two sockets cannot have one port, even where only one of them listens.
        if sys.platform != "linux":
            holder.close()
        yield port


@contextlib.contextmanager
def start_sandbox(folder: Path, *, python: str = sys.executable, **options: object) -> Iterator[Sandbox]:
    """A sandbox for the length of a `with`, with its account in `folder`. `python` is the Python that runs it.

    Options are those of the command line: `start_sandbox(tmp_path, cps=5, lists=["4711"], token=["a", "b"])`. The
    option `accounts` also takes the content of such a file: `accounts={"chennai-1": "token-1"}`.
    Raises RuntimeError, with what the process printed, if it does not start.
    """
    with Sandbox(folder, options, python) as sandbox:
        yield sandbox

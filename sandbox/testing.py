"""The sandbox for tests: starts the real process on a free port and calls its `/_sandbox` endpoints."""

import contextlib
import json
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from sandbox.faults import Match
from sandbox.launch import launch_tied
from sandbox.settings import EXAMPLE_API_KEY, EXAMPLE_TOKEN
from sandbox.smartflo.settings import EXAMPLE_SMARTFLO_TOKEN
from sandbox.smartflo.testing import SmartfloSide

_START_SECONDS = 60.0
_STOP_SECONDS = 60.0
_REPLY_SECONDS = 60.0
_POLL_SECONDS = 0.02
_LOG_POLL_SECONDS = 0.1  # each time the whole log is sent

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients of servers without encryption: httpx reads all certificates for each client that is not given one."""


class Sandbox:
    """A running sandbox process.

    Attributes:
        url: base of the endpoint, without a trailing slash.
        token: an accepted `Authorization` value.
        api_key: a key that `POST /v1/c2c_api` accepts.
        db: file of the simulated accounts.
        smartflo: the sibling's account.
    """

    def __init__(self, folder: Path, options: dict[str, object]) -> None:
        self.db = folder / "sandbox.db"
        self.token = _first(options.get("token", EXAMPLE_TOKEN))
        token = _first(options.get("smartflo_token", EXAMPLE_SMARTFLO_TOKEN))
        self.smartflo = SmartfloSide(self._call, self._client_of, token)
        self.api_key = EXAMPLE_API_KEY
        self._folder = folder
        self._options = options
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
            self._process = launch_tied(options, log)
        self.url = self._wait_ready(ready_file, log_file)
        self._admin = httpx.Client(
            base_url=f"{self.url}/_sandbox", timeout=_REPLY_SECONDS, verify=NO_TLS, trust_env=False
        )

    def _wait_ready(self, ready_file: Path, log_file: Path) -> str:
        deadline = time.monotonic() + _START_SECONDS
        while not ready_file.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._process.kill()
                raise RuntimeError(f"the sandbox did not start: {log_file.read_text(encoding='utf-8')}")
            time.sleep(_POLL_SECONDS)
        return str(json.loads(ready_file.read_text(encoding="utf-8"))["url"])

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
    def pid(self) -> int:
        """Process id of the server."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the server has not ended."""
        return self._process.poll() is None

    def client(self) -> httpx.Client:
        """A plain HTTP client for the API, with an accepted token. Close it after use."""
        return self._client_of(self.token)

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

    def requests(self) -> list[dict[str, Any]]:
        """Every request to the API so far, oldest first; `sandbox.journal.Record` names the fields."""
        return list(self._call("GET", "/requests")["log"])

    def counts(self) -> dict[str, int]:
        """Requests so far by method and path, for example `{"GET /v1/agents": 2}`."""
        return dict(self._call("GET", "/requests?last=0")["counts"])

    def clear_requests(self) -> None:
        """Start counting anew."""
        self._call("DELETE", "/requests")

    def wait_for(self, condition: Callable[[dict[str, Any]], bool], seconds: float = 60.0) -> dict[str, Any]:
        """Wait for a request that fulfils `condition`, and return the first; raises TimeoutError.

        For example `sandbox.wait_for(lambda request: request["fault"] == "hang")`.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for request in self.requests():
                if condition(request):
                    return request
            time.sleep(_LOG_POLL_SECONDS)
        raise TimeoutError("no request fulfilled the condition")

    def state(self) -> dict[str, Any]:
        """`agents` (the list's objects) and `leads` (by list id: lead_id, phone digits, fields)."""
        return dict(self._call("GET", "/state"))

    def agents(self) -> list[dict[str, Any]]:
        """The account's agents, without a request to the API being counted."""
        return list(self.state()["agents"])

    def leads(self, list_id: str | int) -> list[dict[str, Any]]:
        """The leads of one list."""
        return list(self.state()["leads"].get(str(list_id), []))

    def fault(self, kind: str, **parameters: object) -> int:
        """Switch on a fault, for example `fault("status", status=429, path="/v1/agent", nth=[3])`.

        Parameters are those of `sandbox.faults.Match` and `sandbox.faults.Fault` together. Returns the fault's number,
        which `lift` takes.
        """
        match = {name: value for name, value in parameters.items() if name in Match.model_fields}
        fault = {name: value for name, value in parameters.items() if name not in Match.model_fields}
        return int(self._call("POST", "/faults", {"match": match, "fault": {"kind": kind, **fault}})["number"])

    def faults(self) -> list[dict[str, Any]]:
        """The faults in force, with how many requests each has seen and struck."""
        return list(self._call("GET", "/faults"))

    def lift(self, number: int) -> None:
        """Lift one fault and let the requests that hang by it go on; the others stay in force."""
        self._call("DELETE", f"/faults/{number}")

    def clear_faults(self) -> None:
        """Lift all faults and let hanging requests go on."""
        self._call("DELETE", "/faults")

    def settings(self, **changes: object) -> dict[str, Any]:
        """Change settings (`sandbox.settings.Settings`) and return them all, without the tokens."""
        return dict(self._call("POST", "/settings", changes))

    def add_agent(self, follow_me_number: str | int | None = None, **fields: object) -> dict[str, Any]:
        """Add an agent as if in the panel, and return its object as the list shows it."""
        return dict(self._call("POST", "/agents", {"follow_me_number": follow_me_number, **fields}))

    def edit_agent(self, eid: str, **fields: object) -> dict[str, Any]:
        """Change an agent as if in the panel, and return its object as the list shows it."""
        return dict(self._call("PATCH", f"/agents/{eid}", fields))

    def delete_agent(self, eid: str) -> None:
        """Delete an agent as if in the panel."""
        self._call("DELETE", f"/agents/{eid}")

    def calls(self) -> list[dict[str, Any]]:
        """All calls so far, oldest first, with the `state` that each is in now."""
        return list(self._call("GET", "/calls"))

    def add_records(self, count: int, **details: object) -> dict[str, Any]:
        """Make up `count` calls of the past (`sandbox.admin_calls.PastCalls`).

        `first` and `last` in the reply say when they were placed.
        """
        return dict(self._call("POST", "/records", {"count": count, **details}))

    def inbound(self, caller: str, dialled: str) -> dict[str, Any]:
        """Let `caller` dial a masking number; `outcome`, `destination` and `problem` say what came of it."""
        return dict(self._call("POST", "/inbound", {"caller": caller, "dialled": dialled}))

    def reset(self) -> None:
        """Back to an empty account and to the settings and faults given at start."""
        self._call("POST", "/reset")

    def save(self, file: Path) -> None:
        """Copy both accounts, as they are, into a file."""
        self._call("POST", "/save", {"file": str(file)})

    def load(self, file: Path) -> None:
        """As `reset`, but back to the accounts that were saved into a file."""
        self._call("POST", "/load", {"file": str(file)})

    def stop(self) -> int:
        """End the server cleanly and return its exit code. It is no error if the server has ended already."""
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
        self._process.kill()
        self._process.wait()
        self._close_stdin()

    def _close_stdin(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()

    def restart(self) -> None:
        """Start the ended or running server again, on the same port and account."""
        self.stop()
        self._launch(self.port)


def _first(tokens: object) -> str:
    return str(tokens[0]) if isinstance(tokens, list | tuple) else str(tokens)


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
def start_sandbox(folder: Path, **options: object) -> Iterator[Sandbox]:
    """A sandbox for the length of a `with`, with its account in `folder`.

    Options are those of the command line: `start_sandbox(tmp_path, cps=5, lists=["4711"], token=["a", "b"])`.
    Raises RuntimeError, with what the process printed, if it does not start.
    """
    with Sandbox(folder, options) as sandbox:
        yield sandbox

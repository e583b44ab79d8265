"""The HTTP server process: socket, protocol, start and end."""

import contextlib
import ipaddress
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sandbox.accounts import Accounts
from sandbox.accounts_file import NamedAccount
from sandbox.admin_accounts import AdminApi
from sandbox.errors import SandboxError
from sandbox.exchange import TRANSPORT, normalised
from sandbox.faults import FaultRule
from sandbox.settings import Settings
from sandbox.vendor import VendorApi

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

_BACKLOG = 2048
_GRACE_SECONDS = 2
# Longer than clients keep a connection (httpx 5 seconds, aiohttp 15): a server that closes it first may do so while the
# next request is on its way, and the outcome of that one is not known.
_KEEP_ALIVE_SECONDS = 75


@dataclass(frozen=True, slots=True)
class Place:
    """Where the sandbox listens and keeps its account; port 0 lets the system choose."""

    host: str
    port: int
    database: Path
    ready_file: Path | None = None


class _CuttableProtocol(HttpToolsProtocol):
    """Hands each request its connection, because ASGI has no way to cut one."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: self.transport}  # type: ignore[dict-item]


class _Server(uvicorn.Server):
    """Says where it listens once it does, and lets hanging requests go when it ends."""

    def __init__(self, config: uvicorn.Config, accounts: Accounts, place: Place) -> None:
        super().__init__(config)
        self._accounts = accounts
        self._place = place

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        assert sockets is not None
        url = base_url(*sockets[0].getsockname()[:2])
        if self._place.ready_file is not None:
            _write_ready_file(self._place.ready_file, url)
        more = len(self._accounts.names)
        beside = f" {more:,} named account{'s are' if more != 1 else ' is'} beside it." if more else ""
        print(f"The sandbox listens on {url}, and keeps its account in {self._place.database}.{beside}", flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._accounts.let_go()
        await super().shutdown(sockets)


def serve(
    place: Place, settings: Settings, fault_rules: Sequence[FaultRule], named: Mapping[str, NamedAccount]
) -> None:
    """Run the sandbox until SIGTERM, SIGINT or SIGHUP. Where SIGHUP is ignored, as by `nohup`, it goes on.

    Raises:
        SandboxError: the port is taken, the database cannot be used, or two accounts have a token in common.
    """
    listener = _listen(place.host, place.port)
    if not ipaddress.ip_address(listener.getsockname()[0]).is_loopback:
        print(f"Note: {place.host} is reachable from other machines, and /_sandbox asks for no token.", flush=True)
    with listener:
        _allow_open_files(len(named))
        accounts = Accounts(place.database.resolve(), settings, fault_rules, named)
        try:
            config = uvicorn.Config(
                _application(accounts),
                http=_CuttableProtocol,
                ws="none",
                lifespan="off",
                log_level="warning",
                access_log=False,
                server_header=False,
                backlog=_BACKLOG,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
            # uvicorn raises the signal again after a clean end; a requested end is a success for our callers.
            server = _Server(config, accounts, place)
            for name in ("SIGTERM", "SIGINT", "SIGHUP"):
                number = getattr(signal, name, None)
                if number is not None and not (name == "SIGHUP" and signal.getsignal(number) is signal.SIG_IGN):
                    signal.signal(number, server.handle_exit)
            server.run(sockets=[listener])
        finally:
            accounts.close()
            if place.ready_file is not None:
                place.ready_file.unlink(missing_ok=True)


def end_with_stdin() -> None:
    """From now on, end this process in good order once its standard input ends."""
    threading.Thread(target=_wait_for_stdin, name="stdin", daemon=True).start()


def _wait_for_stdin() -> None:
    # Unbuffered: a reader that holds the buffer's lock would make the interpreter abort at its end.
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _application(accounts: Accounts) -> ASGIApp:
    vendor, admin = VendorApi(accounts.asked), AdminApi(accounts)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        path = normalised(scope["path"])
        if path.startswith("/_sandbox"):
            await admin({**scope, "path": path}, receive, send)
        else:
            await vendor(scope, receive, send)

    return application


def _allow_open_files(accounts: int) -> None:
    """An account that is in use has two open files; a system's usual limit is 1,024, or even 256."""
    if not accounts or resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * accounts + _BACKLOG
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


def _listen(host: str, port: int) -> socket.socket:
    listener: socket.socket | None = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        if listener is not None:
            listener.close()
        raise SandboxError(
            f"Port {port} on {host} cannot be used: {error.strerror or error}."
            " Stop the program that listens there, or choose another port with --port (0 picks a free one)."
        ) from error
    return listener


def base_url(host: str, port: int) -> str:
    """The URL of a listener, IPv6 included."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _write_ready_file(path: Path, url: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(json.dumps({"url": url, "pid": os.getpid()}), encoding="utf-8")
    draft.replace(path)

"""The parent process: socket, workers, and the config watcher."""

from __future__ import annotations

import functools
import ipaddress
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn

from digo.masking.metrics import SHARED_FOLDER_VARIABLE
from digo.masking.reload import Reloader
from digo.masking.supervisor import Stopped, Supervisor, stoppable
from digo.text.counts import counted

_BACKLOG = 2048
_KEEP_ALIVE_SECONDS = 75  # longer than proxies' own: the proxy ends a connection, not we
_GRACE_SECONDS = 5


class ServerProblem(Exception):
    """The service cannot start. Nothing listens."""


@dataclass(frozen=True)
class ListenAddress:
    """The address to listen on and the number of workers. With port 0 the system chooses one."""

    host: str
    port: int
    workers: int


@dataclass(frozen=True)
class ServiceOptions:
    """How the service answers; see `digo.masking.service.Options`."""

    secret: str | None = field(default=None, repr=False)
    secret_header: str = "X-Digo-Secret"
    plus: bool = True
    access_log: bool = True


def serve(folder: Path, root: Path, place: ListenAddress, manner: ServiceOptions, tell: Callable[[str], None]) -> None:
    """Serves the routes of the environment in `folder` until SIGTERM or SIGINT. SIGHUP makes it read the config again.

    Raises:
        ServerProblem: the config is invalid, or the port cannot be used.
    """
    run_folder = Path(tempfile.mkdtemp(prefix="digo-masking-"))
    stopped = threading.Event()
    try:
        with stoppable(), _listener(place) as listener:
            reloader = Reloader(folder, root, run_folder, tell)
            made = reloader.first()
            if made.problem is not None:
                raise ServerProblem(made.problem)
            for warning in made.warnings:
                tell(f"warning: {warning}")
            address = listener.getsockname()
            tell(f"masking: {counted(made.routes, 'route')}; listens on http://{address[0]}:{address[1]}/masking")
            watch = threading.Thread(target=reloader.watch, args=(stopped,), daemon=True)
            watch.start()
            try:
                _run_workers(run_folder, listener, place, manner, reloader.ask)
            finally:
                stopped.set()
                # The watch must end first, or it would create the folder again.
                watch.join(_GRACE_SECONDS)
    except Stopped:
        tell("masking: stopped before it was ready")
    finally:
        shutil.rmtree(run_folder, ignore_errors=True)


def _run_workers(
    run_folder: Path, listener: socket.socket, place: ListenAddress, manner: ServiceOptions, reload: Callable[[], None]
) -> None:
    # Set before the workers start: prometheus_client reads it at import.
    os.environ[SHARED_FOLDER_VARIABLE] = str(run_folder)
    # The workers write no `.pyc` files: on a full disk, Python would leave parts of them (`digo.system.bytecode`).
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    from digo.masking.service import WorkerOptions, application

    options = WorkerOptions(
        run_folder, os.getpid(), manner.secret, manner.secret_header, manner.plus, manner.access_log
    )
    config = uvicorn.Config(
        functools.partial(application, options),
        factory=True,
        workers=place.workers,
        loop="uvloop" if os.name == "posix" else "asyncio",
        http="digo.masking.protocol:Protocol",
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        proxy_headers=False,  # the client's address is not used
        server_header=False,
        date_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    Supervisor(config, [listener], reload).run()


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listener(place: ListenAddress) -> socket.socket:
    try:
        family = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((place.host, place.port), family=family, backlog=_BACKLOG)
    except OSError as problem:
        raise ServerProblem(
            f"{place.host}:{place.port} cannot be used ({problem.strerror or problem}): stop what listens there, or "
            "choose another --port"
        ) from None

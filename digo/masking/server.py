"""The parent process: socket, workers, and the config watcher."""

from __future__ import annotations

import functools
import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from digo.masking.connections import IDLE_SECONDS, backlog_for, raise_file_limit
from digo.masking.counters import counters_file
from digo.masking.reload import Reloader
from digo.masking.routes_link import RoutesFeed
from digo.masking.supervisor import Stopped, Supervisor, stoppable
from digo.text.counts import counted

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
    """How the service answers; see `digo.masking.service.WorkerOptions`."""

    secret: str | None = field(default=None, repr=False)
    secret_header: str = "X-Digo-Secret"
    plus: bool = True
    access_log: bool = True


def serve(
    folder: Path, root: Path, address: ListenAddress, options: ServiceOptions, tell: Callable[[str], None]
) -> None:
    """Serves the routes of the environment in `folder` until SIGTERM or SIGINT. SIGHUP makes it read the config again.

    Raises:
        ServerProblem: the config is invalid, or the port cannot be used.
    """
    files = raise_file_limit()
    stopped = threading.Event()
    counters, metrics_problem = _counters()
    if metrics_problem is not None:
        tell(f"masking: requests are not counted, and /metrics has no counts: {metrics_problem}")
    feed = RoutesFeed(counters)
    try:
        with stoppable(), _listener(address, backlog_for(files)) as listener:
            reloader = Reloader(folder, root, feed, tell, metrics_problem)
            made = reloader.first()
            if made.problem is not None:
                raise ServerProblem(made.problem)
            for warning in made.warnings:
                tell(f"warning: {warning}")
            host, port = listener.getsockname()[:2]
            tell(f"masking: {counted(made.routes, 'route')}; listens on http://{host}:{port}/masking")
            watch = threading.Thread(target=reloader.watch, args=(stopped,), daemon=True)
            watch.start()
            try:
                _run_workers(feed, files, listener, address, options, reloader.ask)
            finally:
                stopped.set()
                watch.join(_GRACE_SECONDS)
    except Stopped:
        tell("masking: stopped before it was ready")
    finally:
        feed.close()


def _counters() -> tuple[int | None, str | None]:
    """The descriptor of the workers' counters, or the reason why there are none. Calls matter more than counts."""
    try:
        return counters_file(), None
    except OSError as problem:
        return None, f"there is no memory for them: {problem.strerror or problem}"


def _run_workers(
    feed: RoutesFeed,
    files: int | None,
    listener: socket.socket,
    address: ListenAddress,
    options: ServiceOptions,
    reload: Callable[[], None],
) -> None:
    # The workers write no `.pyc` files: on a full disk, Python would leave parts of them (`digo.system.bytecode`).
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    from digo.masking.service import WorkerOptions, application

    def worker(number: int, link: socket.socket) -> Callable[[], ASGIApp]:
        of_worker = WorkerOptions(
            link, number, files, options.secret, options.secret_header, options.plus, options.access_log
        )
        return functools.partial(application, of_worker)

    config = uvicorn.Config(
        "digo.masking.service:application",  # each worker gets its own
        factory=True,
        workers=address.workers,
        loop="uvloop" if os.name == "posix" else "asyncio",
        http="digo.masking.protocol:Protocol",
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        proxy_headers=False,  # the client's address is not used
        server_header=False,
        date_header=False,
        backlog=backlog_for(files),
        timeout_keep_alive=int(IDLE_SECONDS),
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    Supervisor(config, [listener], feed, worker, reload).run()


def _listener(address: ListenAddress, backlog: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((address.host, address.port), family=family, backlog=backlog)
    except OSError as problem:
        raise ServerProblem(
            f"{address.host}:{address.port} cannot be used ({problem.strerror or problem}): stop what listens there, "
            "or choose another --port"
        ) from None

"""`python -m engine.fork_server`: has the engine's modules in memory, and forks an engine for each up of a fleet.

An engine that is started as a Python of its own loads its modules for half a second; a forked one has them. The worker
of the fleet is at the other end: see `digo.fleet.up.fork_server`. Standard input is a socket. Each byte on it is an up,
and comes with two descriptors: the channel of the up, and its log. The end of the socket means that the worker has
ended or died.

The server itself forks a launcher, and the launcher the engine, so that ups under way do not need the server. The
launcher does what `digo/fleet/up/launcher.py` does.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess

_OF_UPS = (
    "engine.cli.main",
    "engine.cli.operation",
    "engine.cli.operation_commands",
    "engine.deployment.updating",
    "grpc._utilities",  # these load when they are first needed
    "email.parser",
    "encodings.utf_8_sig",
    "pwd",
    "resource",
)
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_DESCRIPTORS = 2


def load_modules() -> None:
    """Imports what an engine imports for an up."""
    for name in _OF_UPS:
        import_module(name)


def serve(requests: socket.socket) -> None:
    """Forks a launcher for each request, until the worker is gone."""
    processes = get_context("fork")
    while True:
        byte, descriptors, _, _ = socket.recv_fds(requests, 1, _DESCRIPTORS)
        if not byte:
            return
        for one in descriptors:
            os.set_inheritable(one, False)  # noqa: FBT003 - the system's own call
        # Without a process, the channel closes unanswered. Then the worker starts the engine by itself.
        with contextlib.suppress(OSError):
            processes.Process(target=_launch, args=(requests, *descriptors)).start()
        for one in descriptors:
            os.close(one)


def _launch(requests: socket.socket, channel_descriptor: int, log: int) -> None:
    """The launcher: runs one engine to its end, and says its exit code."""
    requests.close()
    os.setsid()
    channel = Connection(channel_descriptor)
    folder, arguments, environ, grace = channel.recv()
    # From here on, there may be an engine. The worker ends this group if nobody says its exit code.
    channel.send(os.getpid())
    engine = get_context("fork").Process(target=_become_engine, args=(channel, log, folder, arguments, environ))
    engine.start()
    os.close(log)
    code = _ended(engine, channel, grace)
    with contextlib.suppress(OSError):
        channel.send(code)


def _ended(engine: ForkProcess, channel: Connection, grace: float) -> int | None:
    """Waits for the engine, and does what the worker asks for; the exit code, negative for a signal."""
    sources: list[int | Connection] = [engine.sentinel, channel]
    patience = None
    while engine.sentinel not in (ready := wait(sources, patience)):
        if not ready:
            engine.kill()
            patience = None
            continue
        try:
            number = channel.recv()
        except (EOFError, OSError):
            number, patience = signal.SIGINT, grace
            sources.remove(channel)
        os.kill(engine.ident or 0, number)
    engine.join()
    return engine.exitcode


def _become_engine(
    channel: Connection, log: int, folder: str, arguments: Sequence[str], environ: Mapping[str, str]
) -> None:
    """The engine, as `python -m engine ARGUMENTS` runs it."""
    channel.close()
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    sys.argv = ["engine", *arguments]
    sys.orig_argv = [sys.executable, "-m", "engine", *arguments]
    gc.enable()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    import_module("engine.__main__").main()


def main() -> None:
    """Loads the modules, and serves."""
    sys.dont_write_bytecode = True  # until `use_whole_files`
    import_module("digo.system.bytecode").use_whole_files()
    requests = socket.socket(fileno=os.dup(0))
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - for the engines' standard input
        os.dup2(nothing.fileno(), 0)
    # Only the socket ends this process, and only its channel a launcher. An engine unblocks what comes meanwhile.
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in _ENDING[1:]:
        signal.signal(number, signal.SIG_DFL)
    gc.disable()
    load_modules()
    gc.freeze()  # so that a search for garbage in an engine does not copy the memory that it shares
    serve(requests)


if __name__ == "__main__":
    main()

"""`python -m engine.fork_server`: has the engine's modules in memory, and forks an engine for each up of a fleet.

An engine that is started as a Python of its own loads its modules for half a second; a forked one has them. The worker
of the fleet is at the other end: see `digo.fleet.up.fork_server`. Standard input is a socket. Each byte on it is an up,
and comes with two descriptors: the channel of the up, and its log. The end of the socket means that the worker has
ended or died. The server ends too if the files of its modules have changed: an engine with old modules would run a
program and a host of new ones. The worker then starts this engine by itself, and another server for the next one.

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
from multiprocessing import active_children, get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess

from digo.system.loaded_files import LoadedFiles
from digo.system.signals import SIGNAL_EXIT_BASE

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
_NOT_STARTED = 127


def load_modules() -> None:
    """Imports what an engine imports for an up."""
    for name in _OF_UPS:
        import_module(name)


def serve(requests: socket.socket) -> None:
    """Forks a launcher for each request, until the worker is gone or the files of the modules have changed."""
    files = LoadedFiles()
    while True:
        _wait_for_request(requests)
        byte, descriptors, _, _ = socket.recv_fds(requests, 1, _DESCRIPTORS)
        if not byte or files.have_changed():
            return
        for one in descriptors:
            os.set_inheritable(one, False)  # noqa: FBT003 - the system's own call
        # Without a process, the channel closes unanswered. Then the worker starts the engine by itself.
        with contextlib.suppress(OSError):
            get_context("fork").Process(target=_launch, args=(requests, *descriptors)).start()
        for one in descriptors:
            os.close(one)


def _wait_for_request(requests: socket.socket) -> None:
    """Waits, and takes the launchers that end meanwhile from the system's table of processes."""
    while requests not in wait([requests, *(one.sentinel for one in active_children())]):
        pass


def _launch(requests: socket.socket, channel_descriptor: int, log: int) -> None:
    """The launcher: runs one engine to its end, and says its exit code."""
    requests.close()
    os.setsid()
    channel = Connection(channel_descriptor)
    folder, arguments, environ, grace = channel.recv()
    # From here on, there may be an engine. The worker ends this group if nobody says its exit code.
    channel.send(os.getpid())
    engine = get_context("fork").Process(target=_become_engine, args=(channel, log, folder, arguments, environ))
    try:
        engine.start()
    except OSError as problem:
        os.write(log, f"error: the engine cannot be started: {problem.strerror}\n".encode())
        code: int | None = _NOT_STARTED
    else:
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
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        import_module("engine.__main__").main()
    except KeyboardInterrupt:  # it came while the launcher began
        sys.exit(SIGNAL_EXIT_BASE + signal.SIGINT)


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
    os._exit(0)  # `multiprocessing` would wait for the launchers, which need nobody


if __name__ == "__main__":
    main()

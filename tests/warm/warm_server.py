"""The other end of a warm Python: has one command's modules in memory, and forks for each call of the command.

    python warm_server.py FOLDER

The variable DIGO_TESTS_MODULES has the modules of each command, as JSON. Each command gets a server, which listens at
the socket of the command's name in the folder. What all of them need is loaded once, before the first is forked.

A call is its length in four bytes, with the caller's open descriptors, and then texts that each end with a NUL: the
descriptors' numbers, executable, working folder, umask, number of arguments, arguments, environment. Then each byte
from the caller is a signal to pass on, and the end of the connection is the caller's death. The one answer is the
wait status of the process, in four bytes.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import gc
import importlib
import io
import itertools
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_MOST_DESCRIPTORS = 64
_PASSED_ON = signal.valid_signals() - {signal.SIGCHLD}


class Server:
    """Takes calls until the session of the tests ends."""

    def __init__(self, place: Path) -> None:
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(place))
        self._listening.listen(64)
        self._session = socket.socket(socket.AF_UNIX)
        self._session.connect(str(place.with_name("session")))
        self._woken, self._waking = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._callers: dict[int, socket.socket] = {}
        for end in (self._woken, self._waking):
            end.setblocking(False)
        for source in (self._listening, self._woken, self._session):
            self._selector.register(source, selectors.EVENT_READ)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waking.fileno())

    def serve(self) -> list[str] | None:
        """Returns in the process that is to run a call, with the call's arguments; None where there are no more."""
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._listening:
                    arguments = self._accepted()
                    if arguments is not None:
                        return arguments
                elif key.fileobj is self._woken:
                    self._woken.recv(4096)
                    self._reap()
                elif key.fileobj is self._session:
                    for process in self._callers:
                        os.kill(process, signal.SIGKILL)
                    return None
                else:
                    self._pass_on(key.data)

    def _accepted(self) -> list[str] | None:
        caller, _ = self._listening.accept()
        with contextlib.suppress(ConnectionError):
            head, descriptors, _, _ = socket.recv_fds(caller, 4, _MOST_DESCRIPTORS)
            if not head:
                raise ConnectionResetError
            call = _exactly(caller, int.from_bytes(head, "big"))
            # A signal that comes before the process has put aside what the server does with it would be lost.
            signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)
            process = os.fork()
            if process == 0:
                self._close()
                caller.close()
                signal.pthread_sigmask(signal.SIG_UNBLOCK, _PASSED_ON)
                return _become(descriptors, call)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _PASSED_ON)
            for descriptor in descriptors:
                os.close(descriptor)
            self._callers[process] = caller
            self._selector.register(caller, selectors.EVENT_READ, process)
        return None

    def _pass_on(self, process: int) -> None:
        """A signal that the caller got, or its end, which no process that it stands for may outlive."""
        caller = self._callers.get(process)
        if caller is None:
            return  # it has ended in the meantime, and was told so
        try:
            numbers = caller.recv(64) or bytes([signal.SIGKILL])
        except ConnectionError:
            numbers = bytes([signal.SIGKILL])
        if numbers[-1] == signal.SIGKILL:
            self._selector.unregister(caller)
        for number in numbers:
            os.kill(process, number)

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                caller = self._callers.pop(ended[0], None)
                if caller is None:
                    continue  # a server that came of the same process
                with contextlib.suppress(KeyError):
                    self._selector.unregister(caller)
                with contextlib.suppress(ConnectionError):
                    caller.sendall(ended[1].to_bytes(4, "big"))
                caller.close()

    def _close(self) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self._selector.close()
        for end in (self._listening, self._session, self._woken, self._waking, *self._callers.values()):
            end.close()


def _exactly(caller: socket.socket, length: int) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        part = caller.recv(length - len(parts))
        if not part:
            raise ConnectionResetError
        parts += part
    return bytes(parts)


def _become(descriptors: list[int], call: bytes) -> list[str]:
    """This process is the call's from here on. Returns its arguments."""
    numbers, executable, folder, umask, count, *rest = call[:-1].split(b"\0")
    arguments = [os.fsdecode(one) for one in rest[: int(count)]]
    os.setsid()
    _give(descriptors, [int(number) for number in numbers.split()])
    os.environb.clear()
    for variable in rest[int(count) :]:
        name, _, value = variable.partition(b"=")
        os.environb[name] = value
    os.umask(int(umask))
    os.chdir(folder)
    sys.executable = os.fsdecode(executable)
    sys.orig_argv = [sys.executable, *arguments]
    sys.dont_write_bytecode = "PYTHONDONTWRITEBYTECODE" in os.environ
    if "multiprocessing.spawn" in sys.modules:
        sys.modules["multiprocessing.spawn"].set_executable(sys.executable)
    return arguments


def _give(descriptors: list[int], numbers: list[int]) -> None:
    """Gives each descriptor its number. One may have the number of another before that."""
    above = max(numbers) + 1
    copies = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, above) for descriptor in descriptors]
    for copy, number in zip(copies, numbers, strict=True):
        os.dup2(copy, number)
        os.close(copy)
    for descriptor in set(descriptors) - set(numbers):
        os.close(descriptor)


def _open_streams(unbuffered: bool) -> None:
    """Streams of the call's own: those of the server know what its own output was, a file that could be sought in."""
    for number, (name, mode) in enumerate((("stdin", "rb"), ("stdout", "wb"), ("stderr", "wb"))):
        inherited = getattr(sys, name)
        whole = os.fdopen(number, mode, 0 if unbuffered and mode == "wb" else -1, closefd=False)
        lines = name == "stderr" or whole.isatty()
        stream = io.TextIOWrapper(
            whole, inherited.encoding, inherited.errors, line_buffering=lines, write_through=unbuffered
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _run(arguments: list[str]) -> None:
    """What Python itself does with its command line, in as far as `warm_python.COMMANDS` use it."""
    flags = list(itertools.takewhile(("-u", "-B").__contains__, arguments))
    arguments = arguments[len(flags) :]
    sys.dont_write_bytecode |= "-B" in flags
    _open_streams("-u" in flags)
    if arguments[0] == "-c":
        sys.path[0] = ""
        sys.argv = ["-c", *arguments[2:]]
        exec(compile(arguments[1], "<string>", "exec"), vars(sys.modules["__main__"]))
    elif arguments[0] == "-m":
        sys.path[0] = str(Path.cwd())
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.path[0] = str(Path(arguments[0]).parent)
        sys.argv = arguments
        runpy.run_path(arguments[0], run_name="__main__")


def _run_to_the_end(arguments: list[str]) -> None:
    """Ends the process as Python does, without taking apart what it shares with the server."""
    code: int | None = None
    try:
        _run(arguments)
    except SystemExit as end:
        if not isinstance(end.code, int | None):
            raise
        code = end.code
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001  # what the end of an interpreter does
    atexit._run_exitfuncs()  # noqa: SLF001  # the same
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)


def _load(name: str) -> None:
    """Imports a module, or with `.*` behind it a package and all of ours that is in it."""
    module = importlib.import_module(name.removesuffix(".*"))
    if name.endswith(".*"):
        for inner in pkgutil.iter_modules(module.__path__, module.__name__ + "."):
            # What `protocol.messages` has inside is the SDK's, and more than an engine loads.
            if not inner.name.endswith(("__main__", "protocol.messages")):
                _load(inner.name + ".*" * inner.ispkg)


def _forked(names: Sequence[str]) -> str:
    """Makes a process for each name. Returns in each of them, with its name."""
    *others, last = names
    return next((name for name in others if os.fork() == 0), last)


def main() -> None:
    """Loads the modules, says so, and serves. The process of a call ends as any Python does, at the end of this."""
    (folder,) = sys.argv[1:]
    sys.path[0] = str(ROOT)
    # Every command begins with this. Done here, it leaves the process of a call what is known of the path's folders.
    importlib.import_module("digo.system.bytecode").use_whole_files()
    modules: dict[str, list[str]] = json.loads(os.environ.pop("DIGO_TESTS_MODULES"))
    first, *others = modules.values()
    for module in first:
        if all(module in other for other in others):
            _load(module)
    name = _forked(list(modules))
    try:
        for module in modules[name]:
            _load(module)
    except BaseException:
        print("failed", flush=True)  # the others hold the pipe open: its end would not tell
        raise
    gc.freeze()
    importlib.import_module("tests.warm.huge_pages").use_huge_pages()
    server = Server(Path(folder, name))
    print("ready", flush=True)
    arguments = server.serve()
    if arguments is not None:
        _run_to_the_end(arguments)


if __name__ == "__main__":
    main()

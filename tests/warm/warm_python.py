"""A Python for the tests' many runs that has the project's modules in memory already.

Two thirds of the processor time of a `preview` go into loading modules, three times over: in the engine, in the program
and in the host. `warm_python()` is an executable to put where a `python` stands. For the commands below it asks a
server, which has loaded the command's modules, to fork; the process that answers has the caller's arguments,
environment, working folder and standard streams, gets its signals, dies with it, and ends as it would have. For any
other command it is the Python that runs the tests. Tests that kill processes take the real one.

`pytest --cold` turns it off: all processes then start as a user's do.
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from signal import SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2

_HTTP = ["httpx", "httpcore", "anyio._backends._asyncio", "certifi", "encodings.idna", "phonenumbers.data.region_US"]
_PROTO = ("engine_pb2_grpc", "provider_pb2_grpc", "status_pb2")
COMMANDS: dict[str, tuple[list[str], list[str]]] = {
    "engine": (["-m", "engine"], ["engine.*", "tests.warm.stack_key"]),
    "program": (
        ["-u", "*/engine/deployment/program.py"],
        ["pulumi", "pulumi.runtime", "digo.*", "providers.program", "providers.account", *_HTTP],
    ),
    "host": (["-u", "-m", "providers.host"], ["digo.*", "providers.host.*", "aiohttp", *_HTTP]),
    "engines-test-host": (
        ["*/tests/engine/hosts/host.py"],
        ["grpc", "google.protobuf.json_format", *(f"protocol.messages.{name}" for name in _PROTO)],
    ),
    "masking-table": (["-m", "digo.masking.compile"], ["digo.masking.loader"]),
    "digo": (["-m", "digo"], ["digo.*", "aiohttp", *_HTTP]),
}
"""By the name of its server: how a command line begins (`*` stands for the start of a path), and what it imports
at any time (`.*`: a package and all that is in it)."""

COLD = "DIGO_TESTS_COLD"
"""This variable turns the warm Python off. `pytest --cold` sets it, for its workers as well."""

_SERVER = Path(__file__).with_name("warm_server.py")
_SIGNALS = tuple(int(signal) for signal in (SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2))

# Only modules that are part of the interpreter itself: others would take longer to load than all that this does.
_CALLER = """#!{python} -IS
import _signal, _socket, marshal, posix, sys

arguments = sys.argv[1:]

def begins(wanted, word):
    return word == wanted or wanted[0] == "*" and word.endswith(wanted[1:])

for name, beginning in {beginnings!r}.items():
    if len(arguments) >= len(beginning) and all(map(begins, beginning, arguments)):
        break
else:
    posix.execv({python!r}, [{python!r}, *arguments])

# A signal that comes before the call is told in full would be told in the middle of it.
_signal.pthread_sigmask(_signal.SIG_BLOCK, {signals!r})
server = _socket.socket(_socket.AF_UNIX)
server.connect({place!r} + "/" + name)

def pass_on(number, _):
    server.send(bytes([number]))

umask = posix.umask(0)
posix.umask(umask)
call = marshal.dumps((sys.argv[0], arguments, posix.environ, posix.getcwd(), umask))
head = len(call).to_bytes(4, "big")
streams = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
server.sendmsg([head], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
for number in {signals!r}:
    _signal.signal(number, pass_on)
while call:
    call = call[server.send(call):]
_signal.pthread_sigmask(_signal.SIG_UNBLOCK, {signals!r})
status = int.from_bytes(server.recv(4) or b"\\0\\0\\0\\x09", "big")
if posix.WIFSIGNALED(status):
    if posix.WTERMSIG(status) in {signals!r}:
        _signal.signal(posix.WTERMSIG(status), _signal.SIG_DFL)
    posix.kill(posix.getpid(), posix.WTERMSIG(status))
posix._exit(posix.WEXITSTATUS(status))
"""


@functools.cache
def warm_environment() -> Path:
    """A virtual environment like the one that runs the tests, with a warm `bin/python`; there until this process ends.

    Its servers end with this process, however that ends. With `pytest --cold` it is the one that runs the tests.
    """
    if COLD in os.environ:
        return Path(sys.prefix)
    folder = Path(tempfile.mkdtemp(prefix="warm-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for path in Path(sys.prefix).iterdir():
        if path.name != "bin":
            (folder / path.name).symlink_to(path)
    (folder / "bin").mkdir()
    for path in Path(sys.prefix, "bin").iterdir():
        if not path.name.startswith("python"):
            (folder / "bin" / path.name).symlink_to(path)
    servers = [
        subprocess.Popen(
            [sys.executable, str(_SERVER), str(folder / name), *modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for name, (_, modules) in COMMANDS.items()
    ]
    for server in servers:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n", "a server of the warm Python did not start: see above"
    python = folder / "bin/python"
    python.write_text(
        _CALLER.format(
            python=sys.executable,
            beginnings={name: beginning for name, (beginning, _) in COMMANDS.items()},
            place=str(folder),
            signals=_SIGNALS,
        )
    )
    python.chmod(0o755)
    return folder


def warm_python() -> Path:
    """The warm Python itself."""
    return warm_environment() / "bin/python"

"""A Python for the tests' many runs that has the project's modules in memory already.

Two thirds of the processor time of a `preview` go into loading modules, three times over: in the engine, in the program
and in the host. `warm_python()` is an executable to put where a `python` stands. For the commands below it asks a
server, which has loaded the command's modules, to fork; the process that answers has the caller's arguments,
environment, working folder and standard streams, gets its signals, dies with it, and ends as it would have. For any
other command it is the Python that runs the tests. Tests that kill processes take the real one.

The servers are those of the whole session: the first worker that needs them starts them, and all workers use them. They
end with the process that the session began in, however that ends.

`pytest --cold` turns it off: all processes then start as a user's do.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from signal import SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2

from filelock import FileLock

_STREAMS = ["encodings.utf_8_sig", "grpc._channel", "grpc._simple_stubs", "grpc._utilities", "grpc.experimental"]
_HTTP = ["httpx", "httpcore", "anyio._backends._asyncio", "certifi", "encodings.idna", "phonenumbers.data.region_US"]
_PROGRAM_MODULES = ("account", "agent", "lead", "lead_list", "program", "recording", "register", "run", "stack")
_PROGRAM = [f"providers.{name}" for name in _PROGRAM_MODULES]
_PROTO = ("engine_pb2_grpc", "provider_pb2_grpc")
SHARED = ["digo.*", "tests.warm.first_use", *_HTTP]
"""Two seconds of work. The servers that load all of it are forked from one process, which has done it."""
_ENGINE = ["engine.*", "digo.system.entry", "email.parser", "pwd", "resource", "tests.warm.stack_key", *_STREAMS]
"""The same of two servers."""

COMMANDS: dict[str, tuple[list[str], list[str]]] = {
    "engine": (["-m", "engine"], _ENGINE),
    "engines-of-fleets": (["-m", "engine.fork_server"], _ENGINE),
    "program": (
        ["-u", "*/engine/deployment/program.py"],
        [*SHARED, "pulumi", "pulumi.runtime", *_PROGRAM, *_STREAMS],
    ),
    "host": (
        ["-u", "-m", "providers.host"],
        [*SHARED, "providers.host.*", "aiohttp", "pyarrow.json", *_STREAMS],
    ),
    "engines-test-host": (
        ["*/tests/engine/hosts/host.py"],
        [
            "grpc",
            "google.protobuf.json_format",
            "google.rpc.status_pb2",
            *(f"protocol.messages.{name}" for name in _PROTO),
        ],
    ),
    "sandbox": (
        ["-m", "sandbox"],
        [
            "sandbox.*",
            "encodings.idna",
            "ruamel.yaml",
            "uvicorn.lifespan.off",
            "uvicorn.loops.uvloop",
            "uvicorn.protocols.http.httptools_impl",
        ],
    ),
    "masking-table": (["-B", "-m", "digo.masking.compile"], SHARED),
    "workbook": (["-m", "digo.lists.files.workbook_process"], ["digo.lists.files.workbook_process"]),
    "masking-worker": (
        ["-c", "*)", "--multiprocessing-fork"],
        ["digo.masking.service", "digo.masking.protocol", "digo.system.entry", "uvicorn.lifespan.on", "uvloop"],
    ),
    "digo": (
        ["-m", "digo"],
        [
            *SHARED,
            "aiohttp",
            "pyarrow.json",
            "encodings.ascii",
            "encodings.unicode_escape",
            "encodings.utf_8_sig",
            "filelock",
            "standardwebhooks",
            "dbos._sys_db_postgres",
            "dbos._sys_db_sqlite",
            "sqlalchemy.dialects.sqlite",
            "sqlalchemy.dialects.postgresql.psycopg",
            "tests.warm.stack_key",
        ],
    ),
}
"""By the name of its server: how a command line begins (`*` stands for the start of a path), and what it imports
at any time (`.*`: a package and all that is in it)."""

COLD = "DIGO_TESTS_COLD"
"""This variable turns the warm Python off. `pytest --cold` sets it, for its workers as well."""

FOLDER = "DIGO_TESTS_WARM"
"""This variable names the session's folder: the servers' sockets, and the virtual environment."""

SERVER = Path(__file__).with_name("warm_server.py")
"""What runs in the processes that stand behind a warm Python: their command lines have its name."""

_CALLER_IN_C = Path(__file__).with_name("caller.c")

_SIGNALS = tuple(int(signal) for signal in (SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2))

# Where no C compiler makes `caller.c`. Only modules that are part of the interpreter itself: others would take longer
# to load than all that this does.
_CALLER = """#!{python} -IS
import _signal, _socket, posix, sys

arguments = sys.argv[1:]

def begins(wanted, word):
    return word == wanted or wanted[0] == "*" and word.endswith(wanted[1:])

for name, beginning in {beginnings!r}.items():
    if len(arguments) >= len(beginning) and all(map(begins, beginning, arguments)):
        break
else:
    posix.execv({python!r}, [{python!r}, *arguments])

descriptors = []
for number in posix.listdir("/dev/fd"):
    try:
        posix.fstat(int(number))
        descriptors.append(int(number))
    except OSError:
        pass  # it was that of the list

# A signal that comes before the call is told in full would be told in the middle of it.
_signal.pthread_sigmask(_signal.SIG_BLOCK, {signals!r})
server = _socket.socket(_socket.AF_UNIX)
server.connect({place!r} + "/" + name)

def pass_on(number, _):
    server.send(bytes([number]))

umask = posix.umask(0)
posix.umask(umask)
encoding = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
texts = [" ".join(map(str, descriptors)), sys.argv[0], posix.getcwd(), str(umask), str(len(arguments)), *arguments]
texts = [text.encode(*encoding) for text in texts] + [b"%b=%b" % variable for variable in posix.environ.items()]
call = b"".join(text + b"\\0" for text in texts)
head = len(call).to_bytes(4, "big")
rights = b"".join(number.to_bytes(4, sys.byteorder) for number in descriptors)
server.sendmsg([head], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)])
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


@contextmanager
def warm_session() -> Iterator[None]:
    """Servers that are started within it end with it, or with this process. `pytest` begins one for all its workers."""
    with servers_folder("warm-") as folder:
        os.environ[FOLDER] = str(folder)
        try:
            yield
        finally:
            del os.environ[FOLDER]


@contextmanager
def servers_folder(prefix: str) -> Iterator[Path]:
    """A folder for servers, which end with it."""
    with tempfile.TemporaryDirectory(prefix=prefix) as folder, socket.socket(socket.AF_UNIX) as session:
        # The servers connect and say nothing: the end of the connection is what they wait for.
        session.bind(f"{folder}/session")
        session.listen(len(COMMANDS))
        yield Path(folder)


@functools.cache
def warm_environment() -> Path:
    """A virtual environment like the one that runs the tests, with a warm `bin/python`; there until the session ends.

    With `pytest --cold` it is the one that runs the tests.
    """
    if COLD in os.environ:
        return Path(sys.prefix)
    if FOLDER not in os.environ:
        alone = ExitStack()
        alone.enter_context(warm_session())
        atexit.register(alone.close)
    folder = Path(os.environ[FOLDER])
    python = folder / "bin/python"
    with FileLock(folder / "lock"):
        if not python.exists():
            make_warm_environment(folder, _groups())
    return folder


def make_warm_environment(folder: Path, groups: Sequence[Mapping[str, Sequence[str]]], program: Path = SERVER) -> None:
    """Makes a virtual environment with a warm Python in a folder for servers.

    Args:
        folder: see `servers_folder`.
        groups: the commands that are warm, each with what it imports. A group's servers are forked from one process.
        program: the servers' program. Its project is the one whose modules they have.
    """
    _fill(folder)
    _start_servers(folder, groups, program)
    make_caller(folder / "bin/python", folder, shutil.which("cc") if sys.platform == "linux" else None)


def _groups() -> list[dict[str, list[str]]]:
    """All commands: those that share much are a group, and each other one is alone."""
    alone = {name: modules for name, (_, modules) in COMMANDS.items()}
    groups = []
    for shared in (SHARED, _ENGINE):
        related = [name for name, modules in alone.items() if set(shared) <= set(modules)]
        groups += [{name: alone.pop(name) for name in related}] if related else []
    return groups + [{name: modules} for name, modules in alone.items()]


def _fill(folder: Path) -> None:
    """Links to all of the virtual environment but its Python."""
    for path in Path(sys.prefix).iterdir():
        if path.name != "bin":
            (folder / path.name).symlink_to(path)
    (folder / "bin").mkdir()
    for path in Path(sys.prefix, "bin").iterdir():
        if not path.name.startswith("python"):
            (folder / "bin" / path.name).symlink_to(path)


def _start_servers(folder: Path, groups: Sequence[Mapping[str, Sequence[str]]], program: Path) -> None:
    servers = [
        subprocess.Popen(
            [sys.executable, str(program), str(folder)],
            # Not as arguments: tests look for processes by the names in their command lines.
            env={**os.environ, "DIGO_TESTS_MODULES": json.dumps(group)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        for group in groups
    ]
    for server, group in zip(servers, groups, strict=True):
        assert server.stdout is not None
        for _ in group:
            assert server.stdout.readline() == b"ready\n", "a server of the warm Python did not start: see above"


def make_caller(python: Path, session: Path, compiler: str | None) -> None:
    """Makes a warm Python for the servers of a session's folder.

    It is a program that takes 1 ms, or, where nothing compiles C, a script that takes 9 ms.
    """
    beginnings = {name: beginning for name, (beginning, _) in COMMANDS.items()}
    if compiler is None or not _compiled(python, session, compiler, beginnings):
        python.write_text(
            _CALLER.format(python=sys.executable, beginnings=beginnings, place=str(session), signals=_SIGNALS)
        )
        python.chmod(0o755)


def _compiled(python: Path, session: Path, compiler: str, beginnings: Mapping[str, Sequence[str]]) -> bool:
    commands = ",".join(f"{{{_c(name)}, {{{','.join(map(_c, words))}}}}}" for name, words in beginnings.items())
    signals = ",".join(map(str, _SIGNALS))
    facts = {"COMMANDS": commands, "PLACE": _c(str(session)), "PYTHON": _c(sys.executable), "SIGNALS": signals}
    defined = [f"-D{name}={value}" for name, value in facts.items()]
    command = [compiler, "-O1", *defined, "-o", str(python), str(_CALLER_IN_C)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _c(text: str) -> str:
    """The text as a constant of C."""
    return json.dumps(text)


def warm_python() -> Path:
    """The warm Python itself."""
    return warm_environment() / "bin/python"

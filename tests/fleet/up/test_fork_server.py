"""The fork server of engines: what it shares, what it does not, and what happens without it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from digo.fleet.up.engine_process import Engines
from digo.fleet.up.fork_server import ForkServer, read_at_start
from digo.fleet.up.started_engine import EngineRun
from tests.fleet.up.running_engine import ENDS_IN_ORDER, FORKED, NEVER_ENDS, Running, fork_server_of, gone
from tests.fleet.up.scripted_engine import FORK_SERVER, command, environment, write_engine

pytestmark = pytest.mark.needs("linux")

SHOWS_VARIABLES = """
import json, os, subprocess
child = subprocess.run(["env", "-0"], capture_output=True, text=True).stdout.split("\\0")
first = open("/proc/self/environ").read()
files = sorted(os.readlink(f"/proc/self/fd/{one}") for one in range(3))
print(json.dumps({"own": dict(os.environ), "child": sorted(filter(None, child)), "first": first, "files": files}))
"""
SHOWS_COMMAND = "print(' '.join(open('/proc/self/cmdline').read().split('\\0')[1:3]))"
ENDS_BY = "import os; os.kill(os.getpid(), int(__import__('sys').argv[1]))"
LOADS_IN_ORDINARY_ENGINES_ALONE = """
import sys
if "engine.fork_server" in sys.orig_argv:
    open("tried", "a").write("once ")
    raise ImportError
"""
SHOWS_VERSION = "import engine.cli.main as one; print(getattr(one, 'VERSION', 1)); " + SHOWS_COMMAND
WAITS = "__import__('signal').pause()"
NO_ROOM_FOR_ENGINES = """
import os, sys
if "engine.fork_server" in sys.orig_argv:
    server, fork = os.getpid(), os.fork
    def full():
        if os.getpid() != server:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return fork()
    os.fork = full
"""
RECORDS_READS = """
import json, os
names, whole = set(), os.environ

class Recording(dict):
    def __contains__(self, name):
        names.add(name)
        return name in whole
    def __getitem__(self, name):
        names.add(name)
        return whole[name]
    def get(self, name, default=None):
        names.add(name)
        return whole.get(name, default)
    def __iter__(self):
        names.add("all of them")
        return iter(whole)
    keys = items = values = copy = __iter__

os.environ = Recording()
os.getenv = os.environ.get
from engine.fork_server import load_modules
load_modules()
print(json.dumps([sorted(names), len(os.listdir("/proc/self/task"))]))
"""


@pytest.fixture
def engines() -> Iterator[Engines]:
    made = Engines()
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[Engines, Path]]:
    """A server for the tests that neither end nor change it, and its project's folder."""
    made = Engines()
    with tempfile.TemporaryDirectory() as folder:
        write_engine(Path(folder))
        yield made, Path(folder)
        made.close()


def printed(
    engines: Engines, folder: Path, script: str, environ: Mapping[str, str], *arguments: str
) -> tuple[int, str]:
    """The exit code of an engine that runs the code, and what it printed."""
    log = folder / "log"
    with log.open("wb") as output:
        code = engines.run(command(script, *arguments), folder, environ, output.fileno())
    return code, log.read_text()


def test_an_engine_sees_the_variables_of_its_own_stack_alone(shared: tuple[Engines, Path]) -> None:
    engines, folder = shared
    for stack in ("ONE", "TWO"):
        given = environment(**{f"DIGO_AUTHORIZATION_{stack}": f"canary-of-{stack}", "DIGO_PLAN": "sha256:1"})
        code, text = printed(engines, folder, SHOWS_VARIABLES, given)
        assert code == 0, text
        shown = json.loads(text)
        assert shown["own"] == given
        assert shown["child"] == sorted(f"{name}={value}" for name, value in given.items())
        # `ps` and /proc show what the server began with, to this user and to root.
        assert "canary" not in shown["first"]
        assert "DIGO_" not in shown["first"]
        assert shown["files"] == [os.devnull, *2 * [str(folder / "log")]]


def test_an_engine_ends_as_any_process_does(shared: tuple[Engines, Path]) -> None:
    engines, folder = shared
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP):
        assert printed(engines, folder, ENDS_BY, environment(), str(int(number)))[0] == 128 + number
    assert printed(engines, folder, "import sys; sys.exit(255)", environment()) == (255, "")
    assert printed(engines, folder, "import sys; sys.exit('said')", environment()) == (1, "said\n")
    code, text = printed(engines, folder, "1 / 0", environment())
    assert code == 1
    assert "ZeroDivisionError" in text
    code, text = printed(engines, folder, SHOWS_COMMAND, environment())
    assert text.strip() == FORK_SERVER, "all of these were forked"


def test_a_killed_server_takes_no_engine_with_it_and_another_one_is_started(tmp_path: Path, engines: Engines) -> None:
    first = Running(engines, FORKED, NEVER_ENDS, tmp_path / "a")
    killed = fork_server_of(first.launcher)
    killed.kill()
    assert gone(killed)
    second = Running(engines, FORKED, ENDS_IN_ORDER, tmp_path / "b")
    launcher = second.launcher
    server = fork_server_of(launcher)
    assert server.pid != killed.pid
    assert first.process.is_running()
    engines.interrupt()
    assert second.ended() == 7
    assert gone(launcher), "the server takes its end, and waits for no further engine"
    assert first.says("not yet")
    engines.interrupt()
    assert first.ended() == 128 + signal.SIGKILL
    engines.close()
    assert gone(server)


def test_an_engine_that_the_server_cannot_run_is_started_by_a_launcher(
    tmp_path: Path, shared: tuple[Engines, Path]
) -> None:
    engines, own = shared
    write_engine(tmp_path)
    shown = [
        printed(engines, folder, SHOWS_COMMAND, environ)[1].strip()
        for folder, environ in (
            (own, environment(DIGO_VAR_SITE="a")),
            (own, environment(LC_ALL="C")),  # a process reads it as it begins
            (tmp_path, environment()),
            (own, environment(DIGO_VAR_SITE="b")),
        )
    ]
    assert shown == [FORK_SERVER, "-m engine", "-m engine", FORK_SERVER]


def test_a_server_that_does_not_load_is_tried_once(tmp_path: Path, engines: Engines) -> None:
    write_engine(tmp_path, LOADS_IN_ORDINARY_ENGINES_ALONE)
    for _ in range(2):
        assert printed(engines, tmp_path, SHOWS_COMMAND, environment()) == (0, "-m engine\n")
    assert (tmp_path / "tried").read_text() == "once "


def test_a_server_whose_files_have_changed_runs_no_engine_any_more(tmp_path: Path, engines: Engines) -> None:
    write_engine(tmp_path)
    shown = [printed(engines, tmp_path, SHOWS_VERSION, environment())[1].split("\n")[:2]]
    (tmp_path / "engine/cli/main.py").write_text("VERSION = 'the second'\n")
    shown += [printed(engines, tmp_path, SHOWS_VERSION, environment())[1].split("\n")[:2] for _ in range(2)]
    # The first engine after the change is started by a launcher, or by a new server if the old one has ended by then.
    assert [version for version, _ in shown] == ["1", "the second", "the second"]
    assert (shown[0][1], shown[2][1]) == (FORK_SERVER, FORK_SERVER)


def test_an_engine_that_has_no_room_or_is_interrupted_as_it_begins_says_so_in_its_log(tmp_path: Path) -> None:
    """Both as with a launcher of its own: without a traceback."""
    for name, begin, code, text in (
        ("full", NO_ROOM_FOR_ENGINES, 127, "error: the engine cannot be started: Resource temporarily unavailable\n"),
        ("early", "", 128 + signal.SIGINT, ""),
    ):
        folder = tmp_path / name
        folder.mkdir()
        write_engine(folder, begin)
        server, log = ForkServer(), folder / "log"
        with log.open("wb") as output:
            started = server.start(EngineRun(command(WAITS), folder, environment(), output.fileno(), 30))
        started.interrupt()
        assert (started.wait(), log.read_text()) == (code, text)
        server.close()


def test_what_the_server_loads_reads_no_variable_that_it_lacks_and_begins_no_thread() -> None:
    done = subprocess.run(
        [sys.executable, "-c", RECORDS_READS],
        env=environment(HOME=os.environ.get("HOME", "/")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    names, threads = json.loads(done.stdout)
    assert "LANG" in names
    assert set(names) == set(read_at_start(dict.fromkeys(names, "")))
    assert threads == 1
    secrets = ("DIGO_AUTHORIZATION", "PULUMI_CONFIG_PASSPHRASE", "PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "HTTPS_PROXY")
    assert read_at_start(dict.fromkeys(secrets, "")) == {}

"""Engine processes: their environment, their signals, and that none outlives the process that runs it.

Each engine is started in both ways: by a launcher of its own, and by the fork server.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from digo.fleet.up.engine_process import Engines, EnginesStopped, was_killed
from tests.fleet.up.running_engine import (
    ENDS_IN_ORDER,
    FORKED,
    LAUNCHED,
    NEVER_ENDS,
    Running,
    command_of,
    fork_server_of,
    gone,
)
from tests.fleet.up.scripted_engine import environment

SHOWS_ITSELF = """
import os, sys
print(os.getcwd(), os.environ.get("DIGO_AUTHORIZATION"), sys.argv[1:], sys.stdin.read() == "")
sys.stderr.write("err\\n")
sys.exit(5)
"""
WORKER = """
import json, sys
from pathlib import Path
from digo.fleet.up.engine_process import Engines
grace, folder, environ, *command = sys.argv[1:]
with open(Path(folder, "log"), "wb") as log:
    Engines(float(grace)).run(command, Path(folder), json.loads(environ), log.fileno())
"""


@pytest.fixture(params=[LAUNCHED, pytest.param(FORKED, marks=pytest.mark.needs("linux"))])
def kind(request: pytest.FixtureRequest) -> str:
    """How engines are started."""
    return str(request.param)


@pytest.fixture
def engines() -> Iterator[Engines]:
    made = Engines()
    yield made
    made.close()


def test_an_engine_has_its_own_environment_and_folder_and_its_output_is_appended(
    tmp_path: Path, engines: Engines, kind: str
) -> None:
    log = tmp_path / "log"
    log.write_text("before\n")
    with log.open("ab") as output:
        shows = command_of(kind, SHOWS_ITSELF, tmp_path, "--yes")
        for token in ("one", "two"):
            assert engines.run(shows, tmp_path, environment(DIGO_AUTHORIZATION=token), output.fileno()) == 5
        assert engines.run(["/no/such/engine"], tmp_path, {}, output.fileno()) == 127
    lines = log.read_text().splitlines()
    assert lines.pop() == "error: /no/such/engine cannot be started: No such file or directory"
    # Standard error has no buffer, so its line may be the first of an engine's.
    assert sorted(lines) == sorted(
        ["before", *2 * ["err"], *(f"{tmp_path} {token} ['--yes'] True" for token in ("one", "two"))]
    )


def test_the_first_interrupt_lets_an_engine_end_and_the_second_kills(
    tmp_path: Path, engines: Engines, kind: str
) -> None:
    orderly = Running(engines, kind, ENDS_IN_ORDER, tmp_path / "a")
    stubborn = Running(engines, kind, NEVER_ENDS, tmp_path / "b")
    assert engines.running == 2
    engines.stop()
    with pytest.raises(EnginesStopped):
        engines.run(["true"], tmp_path, {}, 1)
    assert engines.running == 2, "what runs goes on"
    assert not engines.interrupted
    engines.interrupt()
    assert orderly.ended() == 7
    assert orderly.log.read_text() == "in order\n"
    assert engines.running == 1
    engines.interrupt()
    code = stubborn.ended()
    assert code == 128 + signal.SIGKILL
    assert was_killed(code)
    assert not was_killed(7)
    assert not was_killed(255)
    assert not was_killed(128 + signal.SIGINT), "it ends in order by this, before it has begun anything"
    assert engines.running == 0


def test_an_engine_whose_launcher_is_killed_is_killed_as_well(tmp_path: Path, engines: Engines, kind: str) -> None:
    running = Running(engines, kind, NEVER_ENDS, tmp_path / "a")
    running.launcher.kill()
    assert running.ended() == 128 + signal.SIGKILL
    assert gone(running.process)


@contextmanager
def worker(
    kind: str, script: str, folder: Path, grace: float
) -> Iterator[tuple[subprocess.Popen[bytes], psutil.Process]]:
    folder.mkdir(exist_ok=True)
    ready = folder / "ready"
    os.mkfifo(ready)
    engine: Sequence[str] = command_of(kind, script, folder, str(ready))
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(grace), str(folder), json.dumps(environment()), *engine]
    )
    try:
        yield process, psutil.Process(int(ready.read_text()))
    finally:
        process.kill()
        process.wait()


def test_an_engine_does_not_outlive_its_worker(tmp_path: Path, kind: str) -> None:
    for name, script, said in (("a", ENDS_IN_ORDER, "in order\n"), ("b", NEVER_ENDS, "not yet\n")):
        with worker(kind, script, tmp_path / name, 1) as (process, child):
            launcher = child.parent()
            assert launcher is not None
            others = [fork_server_of(launcher)] if kind == FORKED else []
            process.kill()
            assert gone(child, launcher, *others)
            assert (tmp_path / name / "log").read_text() == said, "it was asked to end in order first"


def test_a_signal_to_the_worker_s_terminal_does_not_reach_an_engine(tmp_path: Path, kind: str) -> None:
    with worker(kind, ENDS_IN_ORDER, tmp_path, 30) as (process, child):
        assert os.getsid(child.pid) != os.getsid(process.pid)
        launcher = child.parent()
        assert launcher is not None
        for one in (launcher, *([fork_server_of(launcher)] if kind == FORKED else [])):
            assert os.getsid(one.pid) != os.getsid(process.pid)
            one.send_signal(signal.SIGINT)
            one.send_signal(signal.SIGTERM)
        assert child.is_running()
        assert (tmp_path / "log").read_text() == ""
